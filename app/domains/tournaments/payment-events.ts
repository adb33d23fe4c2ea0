// What the provider of online payments tells us, entered into the ledger once, in whatever order and however often it comes.

import { audit } from "../../platform/audit.ts";
import type { Logger } from "../../platform/logger.ts";
import type { Database, Trx } from "../../platform/postgres.ts";
import { Problem } from "../../platform/problem.ts";
import { inScope } from "../../platform/scope.ts";
import type { TournamentRow } from "./access.ts";
import type { PaymentEvent } from "./payment-port.ts";
import { addRefund, heldPayment, refundedOf, setPaid } from "./payments.ts";
import { heldTeam } from "./registration.ts";

/** @returns whether it changed anything */
export async function enterEvent(
  database: Database,
  logger: Pick<Logger, "error" | "info">,
  event: PaymentEvent,
): Promise<boolean> {
  const { tenant } = event;
  return inScope(database, { tenant }, async (trx) => {
    const tournament = await trx
      .selectFrom("tournaments")
      .selectAll()
      .where("tenant_id", "=", tenant)
      .where("slug", "=", event.slug)
      .forNoKeyUpdate()
      .executeTakeFirst();
    if (tournament === undefined) {
      logger.error({ event: event.id, payment: event.payment }, "A payment is for a tournament that there is not");
      return false;
    }
    if (!(await isNews(trx, event))) return false;
    return enter(trx, tournament, event, logger);
  });
}

async function isNews(trx: Trx, { id, tenant }: PaymentEvent): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await trx
    .insertInto("payment_events")
    .values({ id, tenant_id: tenant })
    .onConflict((conflict) => conflict.column("id").doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

async function enter(
  trx: Trx,
  tournament: TournamentRow,
  event: PaymentEvent,
  logger: Pick<Logger, "error">,
): Promise<boolean> {
  const payment = await heldPayment(trx, tournament, event.payment);
  if (payment === undefined || payment.method !== "stripe" || payment.kind !== "payment") {
    logger.error({ event: event.id, payment: event.payment }, "An event is about a payment that there is not");
    return false;
  }
  if (event.kind === "refunded") {
    // Events tell what is refunded in all: only what is new is entered.
    const amount = Math.min(event.amount, payment.amount) - (await refundedOf(trx, tournament, payment.id));
    // Came before the news of the payment itself: it has to come again.
    if (payment.status !== "done") throw new Problem("CONFLICT", "This payment is not known to be paid yet.");
    if (amount <= 0) return false;
    await addRefund(trx, tournament, payment, { amount, user_id: null });
    return true;
  }
  // A session that expired may still have been paid just before; what is paid stays paid.
  if (payment.status === "done" || (event.kind === "failed" && payment.status === "failed")) return false;
  if (event.kind === "failed") {
    await setStatus(trx, tournament, payment.id, { status: "failed" });
    return true;
  }
  if (event.amount !== payment.amount || event.currency !== tournament.currency) {
    logger.error({ event: event.id, payment: payment.id }, "A payment is not of the amount that was asked for");
    return false;
  }
  await setStatus(trx, tournament, payment.id, { status: "done", reference: event.reference });
  const team = await heldTeam(trx, tournament, payment.team_id);
  await setPaid(trx, tournament, team.id, team.paid + payment.amount);
  await audit(trx, { action: "payment.paid", entity: payment.id, detail: { amount: payment.amount, event: event.id } });
  return true;
}

async function setStatus(
  trx: Trx,
  { tenant_id }: TournamentRow,
  id: string,
  changes: { readonly status: "done" | "failed"; readonly reference?: string },
): Promise<void> {
  await trx.updateTable("payments").set(changes).where("tenant_id", "=", tenant_id).where("id", "=", id).execute();
}
