// Jobs: makes the file of an export; takes away files and other leftovers that are old.
import { sql } from "kysely";
import type { Database } from "../../platform/postgres.ts";
import type { Job, JobContext } from "../../platform/queue.ts";
import { inScope } from "../../platform/scope.ts";
import { toCsv } from "./csv.ts";
import { type ExportPayload, exportKey } from "./export-file.ts";
import { toPdf } from "./pdf.ts";
import { type Table, tablesOf } from "./report-tables.ts";
import type { ExportReport, Period } from "./tables.ts";

const contentTypes = { csv: "text/csv; charset=utf-8", pdf: "application/pdf" } as const;

const titles: Readonly<Record<ExportReport, string>> = {
  sales: "Sales",
  sales_summary: "Sales by day",
  inventory: "Inventory",
};

/** Making it again replaces the file by the same one: nothing doubles. */
export const makeExport: Job<ExportPayload> = {
  name: "point-of-sale.export",
  maxAttempts: 5,
  async run(payload, context) {
    try {
      const made = await make(context, payload);
      context.logger.info(
        { export: payload.id, ...made },
        made === undefined ? "The export is gone or done" : "Export made",
      );
    } catch (error) {
      await fail(context.database, payload);
      throw error;
    }
  },
};

async function make({ database, storage }: JobContext, payload: ExportPayload) {
  // The file is stored outside of the transaction: a slow store holds no snapshot of the database.
  const file = await inScope(database, { tenant: payload.tenant }, async (trx) => {
    const order = await trx
      .selectFrom("exports")
      .select(["report", "format", "parameters"])
      .where("tenant_id", "=", payload.tenant)
      .where("id", "=", payload.id)
      .where("status", "<>", "done")
      .executeTakeFirst();
    if (order === undefined) return undefined;
    const { report, format, parameters } = order;
    const { tables, rows } = counting(tablesOf(trx, payload, report, parameters));
    const body = format === "csv" ? Buffer.from(await toCsv(tables)) : await pdfOf(report, parameters, tables);
    return { body, format, rows: rows() };
  });
  if (file === undefined) return undefined;
  await storage.put(exportKey(payload, file.format), file.body, contentTypes[file.format]);
  const result = { rows: file.rows, size: file.body.length };
  await update(database, payload, { ...result, status: "done", error: null });
  return result;
}

function counting(tables: AsyncIterable<Table>) {
  let rows = 0;
  async function* counted(): AsyncGenerator<Table> {
    for await (const table of tables) {
      rows += table.rows.length;
      yield table;
    }
  }
  return { tables: counted(), rows: () => rows };
}

/** Rows that a PDF has; nobody prints more. */
const mostPrinted = 5_000;

async function pdfOf(report: ExportReport, { from, to }: Period, tables: AsyncIterable<Table>): Promise<Buffer> {
  let whole: Table = { heading: [], rows: [] };
  for await (const { heading, rows } of tables) {
    whole = { heading, rows: [...whole.rows, ...rows].slice(0, mostPrinted) };
    if (whole.rows.length === mostPrinted) break;
  }
  const cut = whole.rows.length === mostPrinted ? ` · the first ${mostPrinted} rows, the CSV has all` : "";
  const period =
    report === "inventory"
      ? `As of ${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC`
      : `${from} to ${to}`;
  return toPdf({ title: titles[report], subtitle: period + cut, table: whole });
}

/** It may be tried again; until then whoever waits is told. */
async function fail(database: Database, payload: ExportPayload): Promise<void> {
  await update(database, payload, {
    status: "failed",
    error: "The file could not be made; it is tried again for some minutes.",
  });
}

interface Changes {
  readonly status: "done" | "failed";
  readonly error: string | null;
  readonly rows?: number;
  readonly size?: number;
}

async function update(database: Database, { tenant, id }: ExportPayload, changes: Changes): Promise<void> {
  await inScope(database, { tenant }, (trx) =>
    trx
      .updateTable("exports")
      .set({ ...changes, finished_at: sql<string>`now()` })
      .where("tenant_id", "=", tenant)
      .where("id", "=", id)
      .execute(),
  );
}

/** Days that things are kept: files of exports; keys of requests, so that a client may try again for that long; carts. */
const kept = { exports: 7, keys: 7, carts: 14 };

/** Each organiser's leftovers, whose age is over. */
export const cleanUpShops: Job<Record<string, never>> = {
  name: "point-of-sale.clean-up",
  schedule: "40 3 * * *",
  async run(_payload, context) {
    const tenants = await context.database.db.selectFrom("tenants").select("id").execute();
    let removed = 0;
    for (const { id } of tenants) {
      if (context.signal.aborted) throw new Error("the worker stops: the rest is cleaned up by the next attempt");
      removed += await cleanUp(context, id);
    }
    context.logger.info({ removed }, "Old exports, keys and carts removed");
  },
};

async function cleanUp({ database, storage }: JobContext, tenant: string): Promise<number> {
  const old = await inScope(database, { tenant }, (trx) =>
    trx
      .selectFrom("exports")
      .select(["id", "format"])
      .where("tenant_id", "=", tenant)
      .where(olderThan("created_at", kept.exports))
      .execute(),
  );
  // The file before its row: whoever is killed between them finds the row again.
  for (const { id, format } of old) await storage.remove(exportKey({ tenant, id }, format));
  return inScope(database, { tenant }, async (trx) => {
    if (old.length > 0) {
      const ids = old.map(({ id }) => id);
      await trx.deleteFrom("exports").where("tenant_id", "=", tenant).where("id", "in", ids).execute();
    }
    const keys = trx.deleteFrom("idempotency_keys").where(olderThan("created_at", kept.keys));
    const carts = trx.deleteFrom("carts").where(olderThan("updated_at", kept.carts));
    const results = [
      await keys.where("tenant_id", "=", tenant).executeTakeFirstOrThrow(),
      await carts.where("tenant_id", "=", tenant).executeTakeFirstOrThrow(),
    ];
    return old.length + results.reduce((all, { numDeletedRows }) => all + Number(numDeletedRows), 0);
  });
}

function olderThan(column: string, days: number) {
  return sql<boolean>`${sql.ref(column)} < now() - make_interval(days => ${days})`;
}
