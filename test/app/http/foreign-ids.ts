// What stands for the parameters of routes when somebody asks for another organiser's things: a private one of theirs, by the
// parameter's name. A domain that adds a parameter adds it here; a parameter that is missing fails the test of permissions.
import { v7 as uuid } from "uuid";
import type { Actor } from "../actors.ts";
import type { TestApp } from "../harness.ts";

/** Makes something private of `foreigner`'s organiser and returns what addresses it. */
type Make = (arena: TestApp, foreigner: Actor) => Promise<string>;

/** One thing of a shop, by the last part of its address. */
const shopThings: Readonly<Record<string, (arena: TestApp, foreigner: Actor) => Promise<string>>> = {
  outlets: (arena, foreigner) =>
    insert(
      arena,
      foreigner,
      "outlets",
      "code, name, currency",
      "upper(left(md5(random()::text), 8)), 'Foreign', 'EUR'",
    ),
  categories: (arena, foreigner) => insert(arena, foreigner, "product_categories", "name", "gen_random_uuid()::text"),
  products: (arena, foreigner) =>
    insert(
      arena,
      foreigner,
      "products",
      "code, name, price, currency",
      "left(md5(random()::text), 16), 'Foreign', 100, 'EUR'",
    ),
  customers: (arena, foreigner) =>
    insert(arena, foreigner, "customers", "name, currency, credit_limit, balance", "'Foreign', 'EUR', 100, 0"),
  sales: async (arena, foreigner) => {
    const outlet = await shopOutlet(arena, foreigner);
    const columns = "outlet_id, number, account_id, currency, subtotal, discount, tax, total, due";
    const number = "(select count(*) + 1 from arena.sales)";
    return insert(
      arena,
      foreigner,
      "sales",
      columns,
      `'${outlet}', ${number}, '${foreigner.user}', 'EUR', 100, 0, 0, 100, 0`,
    );
  },
  feeds: async (arena, foreigner) => {
    const outlet = await shopOutlet(arena, foreigner);
    const columns = "outlet_id, feed_id, kind, items, fingerprint, received, account_id";
    const values = `'${outlet}', gen_random_uuid()::text, 'count', '[]', '', 1, '${foreigner.user}'`;
    return insert(arena, foreigner, "stock_feeds", columns, values);
  },
  exports: (arena, foreigner) =>
    insert(
      arena,
      foreigner,
      "exports",
      "account_id, report, format, parameters",
      `'${foreigner.user}', 'sales', 'csv', '{}'`,
    ),
};

async function shopOutlet(arena: TestApp, foreigner: Actor): Promise<string> {
  const { rows } = await arena.owner.query("select id from arena.outlets where tenant_id = $1", [foreigner.tenant]);
  return rows[0]?.id ?? shopThings.outlets?.(arena, foreigner);
}

async function insert(
  arena: TestApp,
  { tenant }: Actor,
  table: string,
  columns: string,
  values: string,
): Promise<string> {
  const id = uuid();
  await arena.owner.query(`insert into arena.${table} (id, tenant_id, ${columns}) values ($1, $2, ${values})`, [
    id,
    tenant,
  ]);
  return id;
}

const shopAddresses: Readonly<Record<string, string>> = {
  "/api/v1/outlets/:id/": "outlets",
  "/api/v1/categories/:id/": "categories",
  "/api/v1/products/:id/": "products",
  "/api/v1/stock-feeds/:id/": "feeds",
  "/api/v1/sales/:id/": "sales",
  "/api/v1/sales/:id/void/": "sales",
  "/api/v1/customers/:id/": "customers",
  "/api/v1/customers/:id/ledger/": "customers",
  "/api/v1/customers/:id/payments/": "customers",
  "/api/v1/customers/:id/statement/": "customers",
  "/api/v1/exports/:id/": "exports",
  "/shop/sales/:id/": "sales",
  "/shop/sales/:id/void/": "sales",
  "/shop/sales/:id/mail/": "sales",
  "/shop/products/:id/": "products",
  "/shop/stock/:id/": "products",
  "/shop/customers/:id/": "customers",
  "/shop/customers/:id/payments/": "customers",
  "/shop/customers/:id/statement/": "customers",
  "/shop/reports/exports/:id/": "exports",
  "/shop/outlets/:id/": "outlets",
};

const shopMakers = Object.entries(shopAddresses).map(([address, kind]): [string, Make] => [
  `${address} id`,
  (arena, foreigner) => (shopThings[kind] ?? missingKind(kind))(arena, foreigner),
]);

/** A draft of theirs, which is for their own staff only. */
async function draft(arena: TestApp, foreigner: Actor): Promise<{ id: string; slug: string }> {
  const find = "select id, slug from arena.tournaments where tenant_id = $1 and status = 'draft' limit 1";
  const { rows } = await arena.owner.query(find, [foreigner.tenant]);
  if (rows[0] !== undefined) return rows[0];
  const slug = `foreign-${uuid()}`;
  const columns = "slug, name, starts_at, capacity";
  return { id: await insert(arena, foreigner, "tournaments", columns, `'${slug}', 'Foreign', now(), 16`), slug };
}

async function inDraft(
  arena: TestApp,
  foreigner: Actor,
  table: string,
  columns: string,
  values: string,
): Promise<string> {
  const { id } = await draft(arena, foreigner);
  return insert(arena, foreigner, table, `tournament_id, ${columns}`, `'${id}', ${values}`);
}

function missingKind(kind: string): never {
  throw new Error(`There is no ${kind} in shopThings.`);
}

/** By the parameter's name, or by `url parameter` where one name means several things. */
export const foreignThings: Readonly<Record<string, Make>> = {
  /** A member of their staff. */
  user: async (_arena, foreigner) => foreigner.user,
  session: async (arena, { user }) => {
    const { rows } = await arena.owner.query("select id from arena.refresh_families where user_id = $1", [user]);
    return rows[0].id;
  },
  invitation: async (arena, { tenant }) => {
    const id = uuid();
    await arena.owner.query(
      `insert into arena.invitations (id, tenant_id, email, role, expires_at)
       values ($1, $2, $3, 'cashier', now() + interval '1 day')`,
      [id, tenant, `${id}@example.com`],
    );
    return id;
  },
  slug: async (arena, foreigner) => (await draft(arena, foreigner)).slug,
  team: (arena, foreigner) =>
    inDraft(
      arena,
      foreigner,
      "teams",
      "name, status, captain_id, fee",
      "md5(random()::text), 'registered', gen_random_uuid(), 0",
    ),
  match: (arena, foreigner) =>
    inDraft(arena, foreigner, "matches", "round, slot, status", "1, (select count(*) from arena.matches), 'pending'"),
  payment: async (arena, foreigner) => {
    const team = await foreignThings.team?.(arena, foreigner);
    const columns = "team_id, kind, method, status, amount, currency";
    return inDraft(arena, foreigner, "payments", columns, `'${team}', 'payment', 'manual', 'done', 100, 'EUR'`);
  },
  image: (arena, foreigner) =>
    inDraft(arena, foreigner, "tournament_images", "key, alt", "md5(random()::text), 'Foreign'"),
  ...Object.fromEntries(shopMakers),
};

/** Parameters that address nothing of an organiser's. */
export const openParameters: ReadonlySet<string> = new Set([
  "/media/* *",
  "/files/* *",
  "/static/:name name",
  // A receipt that we signed, for an organiser's own tournament only.
  "/organise/tournaments/:slug/images/describe/* *",
  "/api/* *",
  "/dev/mail/:id/ id",
  "/api/v1/jobs/dead/:id/retry/ id",
  "/api/v1/flags/:name/ name",
]);

/** A value of the same form that addresses nothing. */
export function missing(value: string): string {
  return /^[0-9a-f]{8}-/.test(value) ? uuid() : `missing-${uuid()}`;
}
