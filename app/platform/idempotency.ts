// A request that carries the same Idempotency-Key again is the same request: it gets the first one's answer and does nothing. So is a
// form with the same field `key`, which each form that is shown has a new one of.
import { createHash } from "node:crypto";
import type { ColumnType } from "kysely";
import type { Trx } from "./postgres.ts";
import { Problem } from "./problem.ts";

declare module "./postgres.ts" {
  interface Tables {
    idempotency_keys: {
      tenant_id: string;
      account_id: string;
      operation: string;
      key: string;
      fingerprint: string;
      answer: ColumnType<unknown, undefined, string>;
      created_at: Stamp;
    };
  }
}

export interface Once {
  /** What is asked for: keys of different operations are different keys. */
  readonly operation: string;
  /** The client's key; without one each request is a request of its own. */
  readonly key: string | undefined;
  /** What the request says: the same key with another body is a mistake of the client. */
  readonly body: unknown;
  /** People send it, who know of no keys. @default false */
  readonly isForm?: boolean;
}

/** Whose key it is: keys of different accounts are different keys. */
interface Asking {
  readonly tenant: string;
  readonly user: string;
}

const takenKey = "This Idempotency-Key came with another request before: use a new key for a new one.";
const takenForm =
  "This form was taken before, with something else in it: look whether that was meant, or send this one, too.";

/**
 * In the transaction of `work`: a second request waits for the first to commit, and if that rolls back, takes its place.
 * @throws Problem if the key came with another body before
 */
export async function once<T>(trx: Trx, { tenant, user }: Asking, asked: Once, work: () => Promise<T>) {
  const { operation, key, body, isForm = false } = asked;
  if (key === undefined) return { answer: await work(), isRepeated: false };
  const row = { tenant_id: tenant, account_id: user, operation, key };
  const fingerprint = createHash("sha256").update(canonical(body)).digest("base64");
  const { numInsertedOrUpdatedRows: inserted } = await trx
    .insertInto("idempotency_keys")
    .values({ ...row, fingerprint })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow();
  const mine = trx.selectFrom("idempotency_keys").where((eb) => eb.and(row));
  if (inserted === 0n) {
    const first = await mine.select(["fingerprint", "answer"]).executeTakeFirstOrThrow();
    if (first.fingerprint === fingerprint) return { answer: first.answer as T, isRepeated: true };
    throw new Problem("CONFLICT", isForm ? takenForm : takenKey);
  }
  const answer = await work();
  await trx
    .updateTable("idempotency_keys")
    .set({ answer: JSON.stringify(answer) })
    .where((eb) => eb.and(row))
    .execute();
  return { answer, isRepeated: false };
}

/** JSON with keys in order: the same content has the same text. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === "object" && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([one], [other]) => (one < other ? -1 : 1)))
      : part,
  );
}
