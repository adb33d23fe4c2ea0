// The ledger of entry fees. A line is added under the tournament's row lock, together with what it makes of the team's account.
import { sql } from "kysely";
import { v7 as uuid } from "uuid";
import { audit } from "../../platform/audit.ts";
import { once } from "../../platform/idempotency.ts";
import { formatMoney, money } from "../../platform/money.ts";
import type { Database, Trx } from "../../platform/postgres.ts";
import { Problem } from "../../platform/problem.ts";
import { inScope } from "../../platform/scope.ts";
import { type By, organising, type StaffBy, type TournamentRow, touch } from "./access.ts";
import { owedBy } from "./fees.ts";
import type { PaymentProvider } from "./payment-port.ts";
import { type HeldTeam, heldTeam, managing } from "./registration.ts";

/** What was taken by hand. */
export interface TakenPayment {
  readonly amount: number;
  readonly reference: string;
  /** Of the form that it was entered in: entered twice, it is one payment. @default each is a payment of its own */
  readonly key?: string;
}

/** Taken by hand: cash, a transfer. @throws Problem for more than the team owes */
export async function takePayment(
  database: Database,
  by: StaffBy,
  slug: string,
  team: string,
  { amount, reference, key }: TakenPayment,
): Promise<string> {
  return organising(database, by, slug, async (trx, tournament) => {
    const asked = { operation: "entry-fee", key, body: { slug, team, amount, reference }, isForm: true };
    const { answer } = await once(trx, by, asked, async () => {
      const found = await heldTeam(trx, tournament, team);
      const owed = owedBy(found, tournament);
      if (amount > owed) {
        const left = formatMoney(money(owed, tournament.currency));
        const message =
          owed === 0
            ? `is too much: ${owesNothing(found, tournament)}`
            : `must be ${left} or less: that is what is owed`;
        throw new Problem("CONFLICT", `amount ${message}`, { fields: { amount: message } });
      }
      const id = uuid();
      const line = { id, kind: "payment", method: "manual", status: "done", amount, reference } as const;
      await addLine(trx, tournament, found, { ...line, user_id: by.user });
      await setPaid(trx, tournament, found.id, found.paid + amount);
      await audit(trx, { action: "payment.take", entity: id, detail: { tournament: slug, team, amount } });
      return id;
    });
    return answer;
  });
}

/** Why a team has nothing to pay. */
function owesNothing({ name }: HeldTeam, { status }: TournamentRow): string {
  return `${name} owes nothing${status === "cancelled" ? ", as the tournament is cancelled" : ""}`;
}

interface Line {
  readonly id: string;
  readonly kind: "payment" | "refund";
  readonly method: "manual" | "stripe";
  readonly status: "pending" | "done";
  readonly amount: number;
  readonly reference: string;
  readonly user_id: string | null;
  readonly refund_of?: string;
}

async function addLine(trx: Trx, tournament: TournamentRow, { id }: Pick<HeldTeam, "id">, line: Line): Promise<void> {
  const { tenant_id, id: tournament_id, currency } = tournament;
  await trx
    .insertInto("payments")
    .values({ ...line, tenant_id, tournament_id, team_id: id, currency })
    .execute();
}

/** Every change of money is a change of the tournament's state, too: captains who wait see it. */
export async function setPaid(trx: Trx, tournament: TournamentRow, team: string, paid: number): Promise<void> {
  await trx
    .updateTable("teams")
    .set({ paid })
    .where("tenant_id", "=", tournament.tenant_id)
    .where("id", "=", team)
    .execute();
  await touch(trx, tournament);
}

/** Gives back what is left of a payment that was taken by hand. @throws Problem if nothing is, or Stripe has it */
export async function refundPayment(database: Database, by: StaffBy, slug: string, payment: string): Promise<string> {
  return organising(database, by, slug, async (trx, tournament) => {
    const found = await heldPayment(trx, tournament, payment);
    if (found === undefined || found.kind !== "payment") throw new Problem("NOT_FOUND", "There is no such payment.");
    if (found.method === "stripe") {
      throw new Problem("CONFLICT", "This was paid by Stripe: refund it there, and it is entered here by itself.");
    }
    const amount = found.amount - (await refundedOf(trx, tournament, payment));
    if (amount === 0) throw new Problem("CONFLICT", "This payment has been refunded already.");
    return addRefund(trx, tournament, found, { amount, user_id: by.user });
  });
}

interface HeldPayment {
  readonly id: string;
  readonly team_id: string;
  readonly kind: "payment" | "refund";
  readonly method: "manual" | "stripe";
  readonly status: "pending" | "done" | "failed";
  readonly amount: number;
  readonly reference: string;
}

export function heldPayment(
  trx: Trx,
  { id, tenant_id }: TournamentRow,
  payment: string,
): Promise<HeldPayment | undefined> {
  return trx
    .selectFrom("payments")
    .select(["id", "team_id", "kind", "method", "status", "amount", "reference"])
    .where("tenant_id", "=", tenant_id)
    .where("tournament_id", "=", id)
    .where("id", "=", payment)
    .executeTakeFirst();
}

export async function refundedOf(trx: Trx, { tenant_id }: TournamentRow, payment: string): Promise<number> {
  const { sum } = await trx
    .selectFrom("payments")
    .select((build) => build.fn.coalesce(build.fn.sum<string | number>("amount"), build.lit(0)).as("sum"))
    .where("tenant_id", "=", tenant_id)
    .where("refund_of", "=", payment)
    .executeTakeFirstOrThrow();
  return Number(sum);
}

export async function addRefund(
  trx: Trx,
  tournament: TournamentRow,
  payment: HeldPayment,
  { amount, user_id }: { readonly amount: number; readonly user_id: string | null },
): Promise<string> {
  const team = await heldTeam(trx, tournament, payment.team_id);
  const id = uuid();
  const { method, reference } = payment;
  await addLine(trx, tournament, team, {
    id,
    kind: "refund",
    method,
    status: "done",
    amount,
    reference,
    user_id,
    refund_of: payment.id,
  });
  await setPaid(trx, tournament, team.id, team.paid - amount);
  await audit(trx, { action: "payment.refund", entity: id, detail: { of: payment.id, amount } });
  return id;
}

/** Begins an online payment of all that a team owes, or goes on with one that is not made yet. @returns where it is made */
export async function payOnline(
  database: Database,
  by: By,
  provider: PaymentProvider,
  slug: string,
  team: string,
): Promise<string> {
  const order = await managing(database, by, slug, team, async (trx, tournament, found) => {
    const amount = owedBy(found, tournament);
    if (amount === 0) throw new Problem("CONFLICT", `${owesNothing(found, tournament)}.`);
    const begun = await begunPayment(trx, tournament, team, amount);
    const id = begun ?? uuid();
    if (begun === undefined) {
      const line = { id, kind: "payment", method: "stripe", status: "pending", amount, reference: "" } as const;
      await addLine(trx, tournament, found, { ...line, user_id: by.user });
      await audit(trx, { action: "payment.begin", entity: id, detail: { tournament: slug, team, amount } });
    }
    const { tenant_id: tenant, currency, name } = tournament;
    const returnTo = `${by.site}/tournaments/${slug}/teams/${team}/`;
    return { payment: id, tenant, slug, amount, currency, title: `${name}: entry fee of ${found.name}`, returnTo };
  });
  // Not in the transaction: nobody waits for a lock while a provider thinks.
  return provider.checkout(order).catch(async (error: unknown) => {
    await inScope(database, { tenant: order.tenant, user: by.user, request: by.request }, (trx) =>
      trx
        .updateTable("payments")
        .set({ status: "failed" })
        .where("tenant_id", "=", order.tenant)
        .where("id", "=", order.payment)
        // In another window it may have been paid meanwhile.
        .where("status", "=", "pending")
        .execute(),
    );
    throw error;
  });
}

/** Hours that a provider leads to the same place whoever asks again: what is begun longer ago is begun anew. */
const hoursOpen = 23;

/** The payment of this sum that a team has begun and not made: a second one might be paid, too. */
async function begunPayment(
  trx: Trx,
  { id, tenant_id }: TournamentRow,
  team: string,
  amount: number,
): Promise<string | undefined> {
  const begun = await trx
    .selectFrom("payments")
    .select("id")
    .where("tenant_id", "=", tenant_id)
    .where("tournament_id", "=", id)
    .where("team_id", "=", team)
    .where("method", "=", "stripe")
    .where("status", "=", "pending")
    .where("amount", "=", amount)
    .where("created_at", ">", sql<string>`now() - make_interval(hours => ${hoursOpen})`)
    .executeTakeFirst();
  return begun?.id;
}
