// Feeds: lists of stock that was counted, or came in, from outside. Taken at once, applied by a job; the same feed counts once.
import { createHash } from "node:crypto";
import Type, { type Static } from "typebox";
import { v7 as uuid } from "uuid";
import { audit } from "../../platform/audit.ts";
import type { Trx } from "../../platform/postgres.ts";
import { Problem } from "../../platform/problem.ts";
import { enqueue } from "../../platform/queue.ts";
import type { Actor } from "./acting.ts";
import { applyFeed } from "./feed-job.ts";
import { conflict, invalid, notFound } from "./refusals.ts";
import { Id, Nullable, strict, Time } from "./schemas.ts";
import { type FeedItem, feedKinds } from "./tables.ts";

/** Lines that one feed may have. */
const mostItems = 5_000;

export const FeedItems = Type.Array(
  Type.Object(
    {
      code: Type.String({ minLength: 1, maxLength: 48, description: "Code or barcode of a product" }),
      quantity: Type.Integer({ minimum: 0, maximum: 1_000_000 }),
    },
    strict,
  ),
  { minItems: 1, maxItems: mostItems },
);

const kind = Type.Enum([...feedKinds], { description: "count: how many there are; receipt: how many came in" });
const feedId = Type.String({
  pattern: "^[A-Za-z0-9._:-]{1,100}$",
  maxLength: 100,
  description: "The sender's own id: what has been taken once is not taken again",
});

export const NewFeed = Type.Object({ outlet_id: Id, feed_id: feedId, kind, items: FeedItems }, strict);
/** For feeds in CSV, whose body is only the items. */
export const FeedQuery = Type.Object({ outlet_id: Id, feed_id: feedId, kind }, strict);
export const Feed = Type.Object({
  id: Id,
  outlet_id: Id,
  feed_id: Type.String(),
  kind,
  status: Type.Enum(["queued", "done"]),
  received: Type.Integer({ description: "Lines in it" }),
  applied: Nullable(Type.Integer({ description: "Products whose stock it says something of" })),
  unknown_codes: Nullable(Type.Array(Type.String(), { description: "Codes of no product: nothing was done for them" })),
  refused_codes: Nullable(
    Type.Array(Type.String(), { description: "Products without stock: nothing was done for them" }),
  ),
  created_at: Time,
  finished_at: Nullable(Time),
});

export type NewFeed = Static<typeof NewFeed>;
export type Feed = Static<typeof Feed>;

const columns = [
  "id",
  "outlet_id",
  "feed_id",
  "kind",
  "status",
  "received",
  "applied",
  "unknown_codes",
  "refused_codes",
  "created_at",
  "finished_at",
] as const;

/** @throws Problem if a feed with this id said something else before */
export async function takeFeed(trx: Trx, actor: Actor, feed: NewFeed): Promise<Feed> {
  const { outlet_id, feed_id, kind, items } = feed;
  const fingerprint = createHash("sha256")
    .update(JSON.stringify([kind, items]))
    .digest("base64");
  const values = { outlet_id, feed_id, kind, fingerprint, items: JSON.stringify(items), received: items.length };
  const row = await trx
    .insertInto("stock_feeds")
    .values({ ...values, id: uuid(), tenant_id: actor.tenant, account_id: actor.user })
    .onConflict((conflict) => conflict.columns(["outlet_id", "feed_id"]).doNothing())
    .returning(columns)
    .executeTakeFirst();
  if (row === undefined) return sameFeed(trx, actor, feed, fingerprint);
  await enqueue(trx, applyFeed, { tenant: actor.tenant, feed: row.id, user: actor.user });
  await audit(trx, { action: "stock.feed", entity: row.id, detail: { feed_id, kind, received: items.length } });
  return row;
}

async function sameFeed(trx: Trx, { tenant }: Actor, { outlet_id, feed_id }: NewFeed, fingerprint: string) {
  const { fingerprint: before, ...row } = await trx
    .selectFrom("stock_feeds")
    .select([...columns, "fingerprint"])
    .where("tenant_id", "=", tenant)
    .where("outlet_id", "=", outlet_id)
    .where("feed_id", "=", feed_id)
    .executeTakeFirstOrThrow();
  if (before === fingerprint) return row;
  throw conflict("feed_id", "was used for another feed before");
}

export async function findFeed(trx: Trx, { tenant }: Actor, id: string): Promise<Feed> {
  const row = await trx
    .selectFrom("stock_feeds")
    .select(columns)
    .where("tenant_id", "=", tenant)
    .where("id", "=", id)
    .executeTakeFirst();
  if (row === undefined) throw notFound("feed");
  return row;
}

/** @throws Problem if there is no such outlet: a feed for nowhere is not taken */
export async function assertOutlet(trx: Trx, { tenant }: Actor, id: string): Promise<void> {
  const outlet = await trx
    .selectFrom("outlets")
    .select("id")
    .where("tenant_id", "=", tenant)
    .where("id", "=", id)
    .executeTakeFirst();
  if (outlet === undefined) throw invalid("outlet_id", "is no outlet of yours");
}

/** Items in CSV with a heading: code,quantity. @throws Problem that names the line */
export async function itemsOfCsv(text: string): Promise<FeedItem[]> {
  const { parse, CsvError } = await import("csv-parse/sync");
  const rows = attempt(() => parse(text, { bom: true, columns: true, skip_empty_lines: true, trim: true }), CsvError);
  if (rows.length === 0 || rows.length > mostItems)
    throw invalid("body", `must have 1 to ${mostItems} lines below its heading`);
  return rows.map((row, index) => itemOf(row, index + 2));
}

function attempt<T>(work: () => T, known: new (...args: never[]) => Error): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof known)) throw cause;
    throw new Problem("VALIDATION_FAILED", `The CSV cannot be read: ${cause.message}.`, { cause });
  }
}

function itemOf(row: unknown, line: number): FeedItem {
  const { code = "", quantity = "" } = row as { code?: string; quantity?: string };
  if (code === "" || code.length > 48) throw invalid(`line ${line}`, "has no code of up to 48 characters");
  if (!/^\d{1,7}$/.test(quantity) || Number(quantity) > 1_000_000) {
    throw invalid(`line ${line}`, "has no quantity from 0 to 1000000");
  }
  return { code, quantity: Number(quantity) };
}
