// Attendance: when staff was at work. And activity: what each of them did.
import { sql } from "kysely";
import Type, { type Static } from "typebox";
import { v7 as uuid } from "uuid";
import { audit } from "../../platform/audit.ts";
import type { Trx } from "../../platform/postgres.ts";
import { isAtLeast } from "../../platform/principal.ts";
import type { Actor } from "./acting.ts";
import { type ListQuery, listQuery, type Page, pageOf, type SortKeys } from "./paging.ts";
import { conflict, explaining, invalid } from "./refusals.ts";
import { Day, Id, Nullable, strict, Time } from "./schemas.ts";

export const Shift = Type.Object({
  id: Id,
  account_id: Id,
  name: Type.String(),
  outlet_id: Nullable(Id),
  clocked_in_at: Time,
  clocked_out_at: Nullable(Time),
  minutes: Nullable(Type.Integer({ description: "Null while at work" })),
});
const sorts = { clocked_in_at: { column: sql`shift.clocked_in_at`, type: "moment" } } as const satisfies SortKeys;
export const ShiftQuery = listQuery(sorts, "-clocked_in_at", {
  account_id: Type.Optional(Id),
  open: Type.Optional(Type.Boolean({ description: "Only who is at work now, or only who is not" })),
});
export const ClockIn = Type.Object({ outlet_id: Type.Optional(Id) }, strict);

export const ActivityQuery = Type.Object({ from: Day, to: Day, account_id: Type.Optional(Id) }, strict);
export const Activity = Type.Object({
  items: Type.Array(
    Type.Object({
      account_id: Id,
      name: Type.String(),
      role: Type.String(),
      currency: Nullable(Type.String({ description: "Of the sales; null if there are none" })),
      sales: Type.Integer(),
      total: Type.Integer(),
      voided: Type.Integer({ description: "Sales of theirs that were voided" }),
      actions: Type.Integer({ description: "Entries in the audit log, refusals among them" }),
      denied: Type.Integer({ description: "Attempts that were refused" }),
      minutes: Type.Integer({ description: "At work, in shifts that have ended" }),
    }),
  ),
});

export type Shift = Static<typeof Shift>;
export type Activity = Static<typeof Activity>;

const shiftColumns = [
  "shift.id",
  "shift.account_id",
  sql<string>`coalesce(member.name, 'Former staff')`.as("name"),
  "shift.outlet_id",
  "shift.clocked_in_at",
  "shift.clocked_out_at",
  sql<number | null>`floor(extract(epoch from shift.clocked_out_at - shift.clocked_in_at) / 60)::int`.as("minutes"),
] as const;

function shifts(trx: Trx, tenant: string) {
  return trx
    .selectFrom("attendance as shift")
    .leftJoin("users as member", "member.id", "shift.account_id")
    .select(shiftColumns)
    .where("shift.tenant_id", "=", tenant);
}

export interface ShiftFilters extends ListQuery {
  readonly account_id?: string | undefined;
  readonly open?: boolean | undefined;
}

/** Newest first; a cashier sees only their own. */
export async function listShifts(trx: Trx, actor: Actor, query: ShiftFilters): Promise<Page<Shift>> {
  let select = shifts(trx, actor.tenant);
  if (!isAtLeast(actor.role, "manager")) select = select.where("shift.account_id", "=", actor.user);
  if (query.account_id !== undefined) select = select.where("shift.account_id", "=", query.account_id);
  if (query.open !== undefined) select = select.where(sql<boolean>`(shift.clocked_out_at is null) = ${query.open}`);
  return pageOf(select, query, sorts, "-clocked_in_at", sql`shift.id`);
}

/** The shift that somebody is in; undefined if they are not at work. */
export async function openShift(trx: Trx, { tenant, user }: Actor): Promise<Shift | undefined> {
  return shifts(trx, tenant)
    .where("shift.account_id", "=", user)
    .where("shift.clocked_out_at", "is", null)
    .executeTakeFirst();
}

const refusals = explaining({
  attendance_open: conflict("attendance", "is open: you are clocked in already"),
  attendance_tenant_id_outlet_id_fkey: invalid("outlet_id", "is no outlet of yours"),
});

export async function clockIn(trx: Trx, actor: Actor, outlet?: string): Promise<Shift> {
  const { id } = await trx
    .insertInto("attendance")
    .values({ id: uuid(), tenant_id: actor.tenant, account_id: actor.user, outlet_id: outlet ?? null })
    .returning("id")
    .executeTakeFirstOrThrow()
    .catch(refusals);
  await audit(trx, { action: "attendance.clock-in", entity: id });
  return shifts(trx, actor.tenant).where("shift.id", "=", id).executeTakeFirstOrThrow();
}

export async function clockOut(trx: Trx, actor: Actor): Promise<Shift> {
  const row = await trx
    .updateTable("attendance")
    .set({ clocked_out_at: sql<string>`now()` })
    .where("tenant_id", "=", actor.tenant)
    .where("account_id", "=", actor.user)
    .where("clocked_out_at", "is", null)
    .returning("id")
    .executeTakeFirst();
  if (row === undefined) throw conflict("attendance", "is not open: you are not clocked in");
  await audit(trx, { action: "attendance.clock-out", entity: row.id });
  return shifts(trx, actor.tenant).where("shift.id", "=", row.id).executeTakeFirstOrThrow();
}

/** Each member of staff, from one day to another (UTC, both included); once per currency they sold in. */
export async function activityOf(
  trx: Trx,
  { tenant }: Actor,
  { from, to, account_id }: Static<typeof ActivityQuery>,
): Promise<Activity> {
  const during = (column: string) => sql`${sql.ref(column)} >= ${from}::date and ${sql.ref(column)} < ${to}::date + 1`;
  const only = account_id === undefined ? sql`` : sql`and member.user_id = ${account_id}`;
  const { rows } = await sql<Activity["items"][number]>`
    with sold as (
      select account_id, currency,
        count(*) filter (where status = 'completed')::int as sales, count(*) filter (where status = 'voided')::int as voided,
        coalesce(sum(total) filter (where status = 'completed'), 0)::float8 as total
      from sales where tenant_id = ${tenant} and ${during("sales.created_at")} group by account_id, currency
    ), done as (
      select user_id, count(*)::int as actions, count(*) filter (where outcome = 'denied')::int as denied
      from audit_log where tenant_id = ${tenant} and ${during("audit_log.created_at")} group by user_id
    ), worked as (
      select account_id, (sum(extract(epoch from clocked_out_at - clocked_in_at)) / 60)::int as minutes
      from attendance where tenant_id = ${tenant} and ${during("attendance.clocked_in_at")} group by account_id
    )
    select member.user_id as account_id, account.name, member.role, sold.currency, coalesce(sold.sales, 0) as sales,
      coalesce(sold.total, 0) as total, coalesce(sold.voided, 0) as voided, coalesce(done.actions, 0) as actions,
      coalesce(done.denied, 0) as denied, coalesce(worked.minutes, 0) as minutes
    from memberships member
    join users account on account.id = member.user_id
    left join sold on sold.account_id = member.user_id
    left join done on done.user_id = member.user_id
    left join worked on worked.account_id = member.user_id
    where member.tenant_id = ${tenant} ${only}
    order by account.name, member.user_id, sold.currency`.execute(trx);
  return { items: rows };
}
