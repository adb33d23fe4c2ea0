// Exports: reports as files. Asked for here, made by a job, fetched by a signed link that expires.

import { sql } from "kysely";
import Type, { type Static } from "typebox";
import { v7 as uuid } from "uuid";
import { audit } from "../../platform/audit.ts";
import type { Trx } from "../../platform/postgres.ts";
import { enqueue } from "../../platform/queue.ts";
import type { Actor } from "./acting.ts";
import { makeExport } from "./export-job.ts";
import { assertOutlet } from "./feeds.ts";
import { type ListQuery, listQuery, type Page, pageOf, type SortKeys } from "./paging.ts";
import { notFound } from "./refusals.ts";
import { assertPeriod } from "./reports.ts";
import { Day, Id, Nullable, strict, Time } from "./schemas.ts";
import { exportReports, type Period } from "./tables.ts";

const report = Type.Enum([...exportReports], {
  description: "sales: each of them; sales_summary: by day; inventory: levels and values now",
});
const format = Type.Enum(["csv", "pdf"]);
export const NewExport = Type.Object({ report, format, from: Day, to: Day, outlet: Type.Optional(Id) }, strict);
export const Export = Type.Object({
  id: Id,
  report,
  format,
  from: Day,
  to: Day,
  status: Type.Enum(["queued", "done", "failed"]),
  rows: Nullable(Type.Integer()),
  size: Nullable(Type.Integer({ description: "Bytes" })),
  error: Nullable(Type.String()),
  created_at: Time,
  finished_at: Nullable(Time),
});
/** With the link, once there is a file. */
export const ExportWithLink = Type.Object({
  ...Export.properties,
  url: Nullable(Type.String({ description: "Where it is fetched, for some minutes; ask again for a new one" })),
});
const sorts = { created_at: { column: sql`created_at`, type: "moment" } } as const satisfies SortKeys;
export const ExportQuery = listQuery(sorts, "-created_at", { report: Type.Optional(report) });

export type NewExport = Static<typeof NewExport>;
export type Export = Static<typeof Export>;

const columns = [
  "id",
  "report",
  "format",
  "parameters",
  "status",
  "rows",
  "size",
  "error",
  "created_at",
  "finished_at",
] as const;

type Row = Omit<Export, "from" | "to"> & { readonly parameters: Period };

function toExport({ parameters: { from, to }, ...row }: Row): Export {
  return { ...row, from, to };
}

/** @throws Problem for a period or an outlet that there is not */
export async function orderExport(trx: Trx, actor: Actor, { report, format, ...period }: NewExport): Promise<Export> {
  assertPeriod(period);
  if (period.outlet !== undefined) await assertOutlet(trx, actor, period.outlet);
  const row = await trx
    .insertInto("exports")
    .values({
      id: uuid(),
      tenant_id: actor.tenant,
      account_id: actor.user,
      report,
      format,
      parameters: JSON.stringify(period),
    })
    .returning(columns)
    .executeTakeFirstOrThrow();
  await enqueue(trx, makeExport, { tenant: actor.tenant, id: row.id });
  await audit(trx, { action: "export.order", entity: row.id, detail: { report, format, ...period } });
  return toExport(row);
}

export async function listExports(
  trx: Trx,
  { tenant }: Actor,
  query: ListQuery & { readonly report?: Export["report"] | undefined },
): Promise<Page<Export>> {
  let select = trx.selectFrom("exports").select(columns).where("tenant_id", "=", tenant);
  if (query.report !== undefined) select = select.where("report", "=", query.report);
  const { items, next } = await pageOf(select, query, sorts, "-created_at", sql`id`);
  return { items: items.map(toExport), next };
}

export async function findExport(trx: Trx, { tenant }: Actor, id: string): Promise<Export> {
  const row = await trx
    .selectFrom("exports")
    .select(columns)
    .where("tenant_id", "=", tenant)
    .where("id", "=", id)
    .executeTakeFirst();
  if (row === undefined) throw notFound("export");
  return toExport(row);
}
