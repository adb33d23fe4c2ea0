// Transactions of a member of staff. Two that lock the same rows do so in one order: idempotency key, customer, sales,
// stock levels by outlet and product, receipt number. What PostgreSQL still breaks off is done again, unseen by users.
import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyRequest } from "fastify";
import type { Database, Trx } from "../../platform/postgres.ts";
import { staffOf, type TenantRole } from "../../platform/principal.ts";
import { inScope } from "../../platform/scope.ts";

/** Who acts, for which organiser, in which request. */
export interface Actor {
  readonly tenant: string;
  readonly user: string;
  readonly role: TenantRole;
  /** Id of the request, for the audit log. */
  readonly request?: string | undefined;
}

/** @throws Problem if the request is not one of an organiser's staff */
export function actorOf(request: FastifyRequest): Actor {
  const { tenant, user, role } = staffOf(request);
  return { tenant, user, role, request: request.id };
}

/** Deadlock, serialization failure: the transaction is as if it had never been. */
const broken = new Set(["40P01", "40001"]);
const attempts = 6;

/** Runs `work` in a transaction for the actor's organiser; again if PostgreSQL broke it off. */
export async function act<T>(
  database: Pick<Database, "db">,
  actor: Pick<Actor, "tenant" | "user" | "request">,
  work: (trx: Trx) => Promise<T>,
): Promise<T> {
  const { tenant, user, request } = actor;
  return withRetries(() => inScope(database, { tenant, user, request }, work));
}

/** @throws what `work` throws, once it is no deadlock or has been tried often enough */
export async function withRetries<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt === attempts || !broken.has(codeOf(error))) throw error;
      // Not in step with whoever it collided with.
      await sleep(Math.random() * 5 * 2 ** attempt);
    }
  }
}

/** PostgreSQL's code of an error; empty for others. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

/** The constraint that a write broke, if it broke one. */
export function constraintOf(error: unknown): string | undefined {
  return error instanceof Error && "constraint" in error && typeof error.constraint === "string"
    ? error.constraint
    : undefined;
}
