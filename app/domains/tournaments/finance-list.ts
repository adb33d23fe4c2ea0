// Reads what tournaments have taken in: sums, and the ledger line by line.
import { sql } from "kysely";
import { listPage, type Page } from "../../platform/list.ts";
import { money } from "../../platform/money.ts";
import type { Database, Trx } from "../../platform/postgres.ts";
import type { Staff } from "../../platform/principal.ts";
import { inScope } from "../../platform/scope.ts";
import { findOwn, noTournament } from "./access.ts";
import { summarize } from "./finance.ts";
import { type TournamentQuery, tournamentSorts } from "./schemas.ts";
import { type Finance, type Payment, type PaymentQuery, paymentSorts } from "./team-schemas.ts";

/** Sums of big integers come as text. */
const sumOf = (kind: "payment" | "refund") => sql<string>`(select coalesce(sum(amount), 0) from arena.payments
  where payments.tournament_id = tournaments.id and kind = ${sql.lit(kind)} and status = 'done')`;

function takings(trx: Trx, tenant: string) {
  return trx
    .selectFrom("tournaments")
    .where("tournaments.tenant_id", "=", tenant)
    .select([
      "slug",
      "name",
      "status",
      "currency",
      "prize_share",
      sumOf("payment").as("paid"),
      sumOf("refund").as("refunded"),
      // Nothing once it is cancelled, as in fees.ts.
      sql<string>`(select coalesce(sum(greatest(fee - paid, 0)), 0) from arena.teams
        where teams.tournament_id = tournaments.id and teams.status in ('registered', 'checked_in')
          and tournaments.status <> 'cancelled')`.as("due"),
    ]);
}

type Row = Awaited<ReturnType<ReturnType<typeof takings>["executeTakeFirstOrThrow"]>>;

function financeOf({ slug, name, status, currency, prize_share, paid, refunded, due }: Row): Finance {
  const sums = { currency, prize_share, paid: Number(paid), refunded: Number(refunded), due: Number(due) };
  return { slug, name, status, currency, ...summarize(sums) };
}

/** Of an organiser's own tournaments. */
export function listFinances(database: Database, staff: Staff, query: TournamentQuery): Promise<Page<Finance>> {
  return inScope(database, staff, async (trx) => {
    const { status } = query;
    const select = takings(trx, staff.tenant);
    const page = await listPage(
      status === undefined ? select : select.where("status", "=", status),
      query,
      tournamentSorts,
    );
    return { ...page, items: page.items.map(financeOf) };
  });
}

/** @throws Problem if the organiser has no such tournament */
export function readFinance(database: Database, staff: Staff, slug: string): Promise<Finance> {
  return inScope(database, staff, async (trx) => {
    const row = await takings(trx, staff.tenant).where("slug", "=", slug).executeTakeFirst();
    if (row === undefined) throw noTournament();
    return financeOf(row);
  });
}

/** The ledger, newest first. @throws Problem if the organiser has no such tournament */
export function listPayments(
  database: Database,
  staff: Staff,
  slug: string,
  query: PaymentQuery,
): Promise<Page<Payment>> {
  return inScope(database, staff, async (trx) => {
    const { id } = await findOwn(trx, staff.tenant, slug);
    const select = trx
      .selectFrom("payments")
      .innerJoin("teams", "teams.id", "payments.team_id")
      .where("payments.tenant_id", "=", staff.tenant)
      .where("payments.tournament_id", "=", id)
      .select([
        "payments.id",
        "teams.name as team",
        "payments.kind",
        "payments.method",
        "payments.status",
        "payments.amount",
        "payments.currency",
        "payments.reference",
        "payments.created_at",
      ]);
    const page = await listPage(select, query, paymentSorts);
    return {
      ...page,
      items: page.items.map(({ amount, currency, ...row }) => ({ ...row, amount: money(amount, currency) })),
    };
  });
}
