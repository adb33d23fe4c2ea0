// The audit log: who changed what, for which organiser, in which request; and who was refused. Nobody can change it afterwards.
import { type ColumnType, sql } from "kysely";
import { v7 as uuid } from "uuid";
import type { Stamp, Trx } from "./postgres.ts";

export type AuditOutcome = "done" | "denied";

interface AuditTable {
  id: string;
  tenant_id: string | null;
  user_id: string | null;
  action: string;
  outcome: AuditOutcome;
  entity: string | null;
  request_id: string | null;
  detail: ColumnType<Record<string, unknown>, string, never>;
  created_at: Stamp;
}

declare module "./postgres.ts" {
  interface Tables {
    audit_log: AuditTable;
  }
}

/** What somebody did, or tried to. */
export interface AuditEntry {
  /** What was done to what kind of thing: `tournament.create`. */
  readonly action: string;
  /** Id of the thing. */
  readonly entity?: string;
  /** @default "done" */
  readonly outcome?: AuditOutcome;
  /** What else somebody will want to know: old and new values. Never secrets. @default nothing */
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** Writes an entry in the transaction of the change, as the organiser, account and request of its scope. */
export async function audit(trx: Trx, { action, entity, outcome = "done", detail = {} }: AuditEntry): Promise<void> {
  await trx
    .insertInto("audit_log")
    .values({
      id: uuid(),
      tenant_id: sql<string | null>`arena.current_tenant()`,
      user_id: sql<string | null>`arena.current_account()`,
      request_id: sql<string | null>`nullif(current_setting('arena.request', true), '')`,
      action,
      outcome,
      entity: entity ?? null,
      detail: JSON.stringify(detail),
    })
    .execute();
}
