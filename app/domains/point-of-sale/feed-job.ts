// Job: applies a feed to the stock. In one transaction with its status, so that a job that runs again finds it done.
import { sql } from "kysely";
import type { Trx } from "../../platform/postgres.ts";
import type { Job } from "../../platform/queue.ts";
import { act } from "./acting.ts";
import { changeStock, levelAt, lockLevels, type StockChange } from "./stock-changes.ts";
import type { FeedItem, FeedKind } from "./tables.ts";

export interface FeedPayload {
  readonly tenant: string;
  readonly feed: string;
  /** Who sent it. */
  readonly user: string;
}

export const applyFeed: Job<FeedPayload> = {
  name: "point-of-sale.feed",
  async run({ tenant, feed, user }, { database, logger }) {
    const applied = await act(database, { tenant, user }, (trx) => apply(trx, { tenant, user }, feed));
    logger.info({ feed, applied }, applied === undefined ? "The feed was applied before" : "Feed applied");
  },
};

type Sender = Pick<FeedPayload, "tenant" | "user">;

/** Undefined if it is done already. */
async function apply(trx: Trx, sender: Sender, id: string): Promise<number | undefined> {
  const feed = await trx
    .selectFrom("stock_feeds")
    .select(["outlet_id", "kind", "items", "feed_id"])
    .where("tenant_id", "=", sender.tenant)
    .where("id", "=", id)
    .where("status", "=", "queued")
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (feed === undefined) return undefined;
  const products = await productsByCode(trx, sender, feed.items);
  const isKnown = ({ code }: FeedItem) => products.has(code.toLowerCase());
  const unknown = feed.items.filter((item) => !isKnown(item));
  const refused = feed.items.filter((item) => products.get(item.code.toLowerCase())?.tracks_stock === false);
  const quantities = sumByProduct(feed.items, products);
  const changes = await changesOf(trx, sender, feed.outlet_id, feed.kind, quantities);
  const cause = {
    kind: feed.kind === "count" ? "adjustment" : "receipt",
    feed: id,
    reason: `Feed ${feed.feed_id}`,
  } as const;
  await changeStock(trx, sender, changes, cause);
  const codes = (items: readonly FeedItem[]) => JSON.stringify([...new Set(items.map(({ code }) => code))]);
  await trx
    .updateTable("stock_feeds")
    .set({ status: "done", applied: quantities.size, unknown_codes: codes(unknown), refused_codes: codes(refused) })
    .set({ finished_at: sql<string>`now()` })
    .where("tenant_id", "=", sender.tenant)
    .where("id", "=", id)
    .execute();
  return quantities.size;
}

interface Stocked {
  readonly id: string;
  readonly name: string;
  readonly tracks_stock: boolean;
}

/** By code and barcode in lower case; the shop's own code goes first. */
async function productsByCode(trx: Trx, { tenant }: Sender, items: readonly FeedItem[]): Promise<Map<string, Stocked>> {
  const codes = items.map(({ code }) => code);
  const rows = await trx
    .selectFrom("products")
    .select(["id", "name", "code", "barcode", "tracks_stock"])
    .where("tenant_id", "=", tenant)
    .where(
      sql<boolean>`(lower(code) = any (${codes.map((code) => code.toLowerCase())}::text[]) or barcode = any (${codes}::text[]))`,
    )
    .execute();
  const byBarcode = rows.flatMap((row) => (row.barcode === null ? [] : [[row.barcode.toLowerCase(), row] as const]));
  return new Map<string, Stocked>([...byBarcode, ...rows.map((row) => [row.code.toLowerCase(), row] as const)]);
}

/** However often a feed has a product, it counts once: with the sum. */
function sumByProduct(items: readonly FeedItem[], products: ReadonlyMap<string, Stocked>): Map<Stocked, number> {
  const quantities = new Map<Stocked, number>();
  for (const { code, quantity } of items) {
    const product = products.get(code.toLowerCase());
    if (product?.tracks_stock) quantities.set(product, (quantities.get(product) ?? 0) + quantity);
  }
  return quantities;
}

async function changesOf(
  trx: Trx,
  sender: Sender,
  outlet: string,
  kind: FeedKind,
  quantities: ReadonlyMap<Stocked, number>,
): Promise<StockChange[]> {
  const wanted = [...quantities].map(([{ id, name }, quantity]) => ({ outlet, product: id, name, quantity }));
  if (kind === "receipt") return wanted;
  const levels = await lockLevels(trx, sender, wanted);
  return wanted.map((one) => ({ ...one, quantity: one.quantity - levelAt(levels, one).quantity }));
}
