// The audit log, as an organiser's admins read it.
import { decodeCursor, encodeCursor } from "../../platform/cursor.ts";
import type { Database } from "../../platform/postgres.ts";
import type { Staff } from "../../platform/principal.ts";
import { inScope } from "../../platform/scope.ts";
import type { AuditQuery } from "./schemas.ts";

/** Newest first. */
export async function readAudit(database: Database, by: Staff, query: AuditQuery) {
  const rows = await inScope(database, by, (trx) => {
    let select = trx
      .selectFrom("audit_log")
      .select(["id", "user_id as user", "action", "outcome", "entity", "request_id", "detail", "created_at"])
      .where("tenant_id", "=", by.tenant)
      .orderBy("id", "desc")
      .limit(query.limit + 1);
    if (query.cursor !== undefined) select = select.where("id", "<", decodeCursor(query.cursor));
    if (query.action !== undefined) select = select.where("action", "=", query.action);
    if (query.user !== undefined) select = select.where("user_id", "=", query.user);
    if (query.outcome !== undefined) select = select.where("outcome", "=", query.outcome);
    return select.execute();
  });
  const items = rows.slice(0, query.limit);
  const last = items.at(-1);
  return { items, next: rows.length > items.length && last ? encodeCursor(last.id) : null };
}
