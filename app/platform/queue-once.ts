// Effects that must not happen twice, though a job may run twice: the first to write a key down has it.
import type { Trx } from "./postgres.ts";

declare module "./postgres.ts" {
  interface Tables {
    job_effects: { key: string; done_at: Stamp };
  }
}

/**
 * Whether nobody has done this before: then the caller does it, in the same transaction, which makes both stay or neither.
 * @param key of the effect, such as a job's key; known for 30 days
 */
export async function once(trx: Trx, key: string): Promise<boolean> {
  const written = await trx
    .insertInto("job_effects")
    .values({ key })
    .onConflict((conflict) => conflict.column("key").doNothing())
    .executeTakeFirst();
  return written.numInsertedOrUpdatedRows === 1n;
}
