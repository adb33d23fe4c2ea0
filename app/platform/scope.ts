// Transactions that see the rows of one tenant or one account: PostgreSQL's row-level security reads from settings of the
// transaction whom it is for. Outside of any, only public rows are seen.
import { sql } from "kysely";
import type { Database, Trx } from "./postgres.ts";

/** Whom a transaction is for. Left out: nobody's rows but public ones. */
export interface Scope {
  /** Id of an organiser, whose rows are seen and may be changed. */
  readonly tenant?: string | undefined;
  /** Id of an account, whose own rows are seen. */
  readonly user?: string | undefined;
  /** Sees and changes all accounts, and what keeps them signed in: for signing in, for mails to people, for clean-up. */
  readonly identities?: true;
  /** Id of the request that asks, for the audit log. */
  readonly request?: string | undefined;
}

/**
 * Settings that policies read, by `arena.current_tenant()` and `arena.current_account()` (migration 0002). They end with
 * the transaction, so that no connection of the pool carries them to the next request.
 */
export async function inScope<T>(
  database: Pick<Database, "db">,
  scope: Scope,
  work: (trx: Trx) => Promise<T>,
): Promise<T> {
  return database.db.transaction().execute(async (trx) => {
    await setScope(trx, scope);
    return work(trx);
  });
}

/** Changes the scope for the rest of a transaction, which learned only on its way whom it is for. */
export async function setScope(trx: Trx, scope: Scope): Promise<void> {
  await sql`select set_config('arena.tenant', ${scope.tenant ?? ""}, true),
    set_config('arena.account', ${scope.user ?? ""}, true),
    set_config('arena.identities', ${scope.identities ? "on" : ""}, true),
    set_config('arena.request', ${scope.request ?? ""}, true)`.execute(trx);
}
