// A sale as a request: in one transaction, once for each key, done again where PostgreSQL broke it off.

import { once } from "../../platform/idempotency.ts";
import type { Database } from "../../platform/postgres.ts";
import { type Actor, act } from "./acting.ts";
import { findSale, type Sale } from "./sales.ts";
import { type SaleRequest, sell } from "./sell.ts";

export async function sellOnce(
  database: Pick<Database, "db">,
  actor: Actor,
  asked: SaleRequest,
  key: string | undefined,
): Promise<{ readonly answer: Sale; readonly isRepeated: boolean }> {
  return act(database, actor, (trx) =>
    once(trx, actor, { operation: "sale", key, body: asked }, async () =>
      findSale(trx, actor, await sell(trx, actor, asked)),
    ),
  );
}
