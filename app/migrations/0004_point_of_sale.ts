// The shop: outlets, products, stock, sales, customers with credit, attendance, exports. Amounts are in minor units of their
// currency. Who did something is the id of an account and no foreign key: staff leave, what they sold stays.
import type { Migration } from "../platform/migration.ts";

const tenant = "tenant_id uuid not null references tenants";
const amount = "bigint not null check (%s between -9000000000000 and 9000000000000)";
const money = (column: string, rule = `${column} >= 0`) => `${column} ${amount.replace("%s", column)} check (${rule})`;
const currency = "currency char(3) not null check (currency ~ '^[A-Z]{3}$')";

const tables = [
  `create table outlets (
    id uuid primary key,
    ${tenant},
    code text not null check (code ~ '^[A-Z0-9]{1,8}$'),
    name text not null check (length(name) between 1 and 120),
    address text not null default '' check (length(address) <= 300),
    ${currency},
    time_zone text not null default 'UTC' check (length(time_zone) <= 64),
    allows_negative_stock boolean not null default false,
    is_active boolean not null default true,
    last_number integer not null default 0,
    created_at timestamptz not null default now(),
    unique (tenant_id, id),
    unique (tenant_id, code),
    unique (tenant_id, id, allows_negative_stock)
  )`,
  `create table product_categories (
    id uuid primary key,
    ${tenant},
    name text not null check (length(name) between 1 and 80),
    created_at timestamptz not null default now(),
    unique (tenant_id, id)
  )`,
  "create unique index product_categories_by_name on product_categories (tenant_id, lower(name))",
  `create table products (
    id uuid primary key,
    ${tenant},
    category_id uuid,
    code text not null check (code ~ '^[A-Za-z0-9._-]{1,32}$'),
    barcode text check (barcode ~ '^[0-9A-Za-z-]{4,48}$'),
    name text not null check (length(name) between 1 and 120),
    price integer not null check (price between 0 and 100000000),
    ${currency},
    tax_rate integer not null default 0 check (tax_rate between 0 and 10000),
    cost integer not null default 0 check (cost between 0 and 100000000),
    tracks_stock boolean not null default true,
    low_stock integer not null default 0 check (low_stock between 0 and 1000000),
    is_active boolean not null default true,
    created_at timestamptz not null default now(),
    foreign key (tenant_id, category_id) references product_categories (tenant_id, id),
    unique (tenant_id, id),
    unique (tenant_id, barcode)
  )`,
  // However it is typed, a code means one product.
  "create unique index products_by_code on products (tenant_id, lower(code))",
  `create table stock_levels (
    tenant_id uuid not null,
    outlet_id uuid not null,
    product_id uuid not null,
    quantity integer not null default 0 check (quantity between -1000000000 and 1000000000),
    allows_negative_stock boolean not null,
    updated_at timestamptz not null default now(),
    primary key (outlet_id, product_id),
    foreign key (tenant_id, product_id) references products (tenant_id, id),
    -- A copy of the outlet's setting that cannot differ from it, so that the check below can read it.
    foreign key (tenant_id, outlet_id, allows_negative_stock)
      references outlets (tenant_id, id, allows_negative_stock) on update cascade,
    constraint stock_is_not_negative check (quantity >= 0 or allows_negative_stock)
  )`,
  "create index stock_levels_by_product on stock_levels (tenant_id, product_id)",
  `create table customers (
    id uuid primary key,
    ${tenant},
    name text not null check (length(name) between 1 and 120),
    email text check (length(email) <= 254),
    phone text check (length(phone) <= 40),
    ${currency},
    ${money("credit_limit")},
    ${money("balance", "true")},
    is_credit_blocked boolean not null default false,
    created_at timestamptz not null default now(),
    unique (tenant_id, id),
    constraint balance_within_limit check (balance <= credit_limit)
  )`,
  `create table sales (
    id uuid primary key,
    ${tenant},
    outlet_id uuid not null,
    number integer not null check (number > 0),
    customer_id uuid,
    account_id uuid not null,
    ${currency},
    status text not null default 'completed' check (status in ('completed', 'voided')),
    ${money("subtotal")},
    ${money("discount")},
    ${money("tax")},
    ${money("total")},
    ${money("due")},
    payment_status text not null generated always as (
      case when status = 'voided' then 'voided' when due = 0 then 'paid' when due < total then 'partly_paid' else 'unpaid' end
    ) stored,
    note text check (length(note) <= 300),
    created_at timestamptz not null default now(),
    voided_at timestamptz,
    voided_by uuid,
    void_reason text check (length(void_reason) between 1 and 300),
    foreign key (tenant_id, outlet_id) references outlets (tenant_id, id),
    foreign key (tenant_id, customer_id) references customers (tenant_id, id),
    unique (tenant_id, id),
    unique (outlet_id, number),
    check (total = subtotal - discount),
    check (due <= total and (due = 0 or customer_id is not null)),
    check ((status = 'voided') = (voided_at is not null and voided_by is not null and void_reason is not null)),
    check (status = 'completed' or due = 0)
  )`,
  "create index sales_by_tenant on sales (tenant_id, id)",
  "create index sales_by_time on sales (tenant_id, created_at)",
  "create index sales_by_outlet on sales (tenant_id, outlet_id, id)",
  "create index sales_by_account on sales (tenant_id, account_id, id)",
  "create index sales_by_customer on sales (tenant_id, customer_id, id) where customer_id is not null",
  "create index sales_due on sales (customer_id, id) where due > 0",
  `create table sale_lines (
    tenant_id uuid not null,
    sale_id uuid not null,
    position smallint not null,
    product_id uuid not null,
    name text not null,
    code text not null,
    quantity integer not null check (quantity between 1 and 10000),
    unit_price integer not null check (unit_price >= 0),
    tax_rate integer not null,
    ${money("discount")},
    ${money("total")},
    ${money("tax", "tax between 0 and total")},
    primary key (sale_id, position),
    foreign key (tenant_id, sale_id) references sales (tenant_id, id),
    foreign key (tenant_id, product_id) references products (tenant_id, id),
    check (total = quantity::bigint * unit_price - discount)
  )`,
  "create index sale_lines_by_product on sale_lines (tenant_id, product_id)",
  `create table sale_payments (
    tenant_id uuid not null,
    sale_id uuid not null,
    position smallint not null,
    kind text not null check (kind in ('cash', 'card', 'credit')),
    ${money("amount")},
    ${money("tendered", "tendered >= amount and (kind = 'cash' or tendered = amount)")},
    reference text check (length(reference) <= 60),
    primary key (sale_id, position),
    foreign key (tenant_id, sale_id) references sales (tenant_id, id)
  )`,
  `create table stock_feeds (
    id uuid primary key,
    ${tenant},
    outlet_id uuid not null,
    feed_id text not null check (feed_id ~ '^[A-Za-z0-9._:-]{1,100}$'),
    kind text not null check (kind in ('count', 'receipt')),
    status text not null default 'queued' check (status in ('queued', 'done')),
    items json not null,
    fingerprint text not null,
    received integer not null,
    applied integer,
    unknown_codes json,
    refused_codes json,
    account_id uuid not null,
    created_at timestamptz not null default now(),
    finished_at timestamptz,
    foreign key (tenant_id, outlet_id) references outlets (tenant_id, id),
    unique (tenant_id, id),
    unique (outlet_id, feed_id)
  )`,
  "create index stock_feeds_by_tenant on stock_feeds (tenant_id, id)",
  // Written before the sale that causes them, whose receipt number is taken last: until then outlets are not waited for.
  `create table stock_movements (
    id uuid primary key,
    ${tenant},
    outlet_id uuid not null,
    product_id uuid not null,
    kind text not null check (kind in ('receipt', 'sale', 'void', 'adjustment', 'transfer')),
    quantity integer not null check (quantity <> 0),
    balance integer not null,
    reason text check (length(reason) <= 300),
    sale_id uuid,
    feed_id uuid,
    transfer_id uuid,
    account_id uuid not null,
    created_at timestamptz not null default now(),
    foreign key (tenant_id, outlet_id) references outlets (tenant_id, id),
    foreign key (tenant_id, product_id) references products (tenant_id, id),
    foreign key (tenant_id, sale_id) references sales (tenant_id, id) deferrable initially deferred,
    foreign key (tenant_id, feed_id) references stock_feeds (tenant_id, id),
    check ((kind in ('sale', 'void')) = (sale_id is not null)),
    check ((kind = 'transfer') = (transfer_id is not null))
  )`,
  "create index stock_movements_by_tenant on stock_movements (tenant_id, id)",
  "create index stock_movements_by_product on stock_movements (tenant_id, product_id, id)",
  "create index stock_movements_by_sale on stock_movements (sale_id) where sale_id is not null",
  `create table credit_entries (
    id uuid primary key,
    ${tenant},
    customer_id uuid not null,
    kind text not null check (kind in ('charge', 'payment', 'void')),
    ${money("amount", "(kind = 'charge') = (amount > 0) and amount <> 0")},
    ${money("balance", "true")},
    method text check (method in ('cash', 'card', 'transfer')),
    sale_id uuid,
    note text check (length(note) <= 300),
    account_id uuid not null,
    created_at timestamptz not null default now(),
    foreign key (tenant_id, customer_id) references customers (tenant_id, id),
    foreign key (tenant_id, sale_id) references sales (tenant_id, id) deferrable initially deferred,
    check ((kind = 'payment') = (method is not null)),
    check ((kind = 'payment') = (sale_id is null))
  )`,
  "create index credit_entries_by_customer on credit_entries (tenant_id, customer_id, id)",
  `create table carts (
    id uuid primary key,
    ${tenant},
    outlet_id uuid not null,
    account_id uuid not null,
    customer_id uuid,
    ${money("discount")},
    updated_at timestamptz not null default now(),
    foreign key (tenant_id, outlet_id) references outlets (tenant_id, id),
    foreign key (tenant_id, customer_id) references customers (tenant_id, id),
    unique (tenant_id, id),
    unique (tenant_id, account_id)
  )`,
  `create table cart_lines (
    tenant_id uuid not null,
    cart_id uuid not null,
    product_id uuid not null,
    quantity integer not null check (quantity between 1 and 10000),
    added_at timestamptz not null default clock_timestamp(),
    primary key (cart_id, product_id),
    foreign key (tenant_id, cart_id) references carts (tenant_id, id) on delete cascade,
    foreign key (tenant_id, product_id) references products (tenant_id, id)
  )`,
  `create table idempotency_keys (
    ${tenant},
    account_id uuid not null,
    operation text not null,
    key text not null check (length(key) between 1 and 200),
    fingerprint text not null,
    answer json,
    created_at timestamptz not null default now(),
    primary key (tenant_id, account_id, operation, key)
  )`,
  "create index idempotency_keys_by_time on idempotency_keys (tenant_id, created_at)",
  `create table attendance (
    id uuid primary key,
    ${tenant},
    account_id uuid not null,
    outlet_id uuid,
    clocked_in_at timestamptz not null default now(),
    clocked_out_at timestamptz check (clocked_out_at >= clocked_in_at),
    foreign key (tenant_id, outlet_id) references outlets (tenant_id, id)
  )`,
  // Nobody is at work twice.
  "create unique index attendance_open on attendance (tenant_id, account_id) where clocked_out_at is null",
  "create index attendance_by_tenant on attendance (tenant_id, id)",
  `create table exports (
    id uuid primary key,
    ${tenant},
    account_id uuid not null,
    report text not null check (report in ('sales', 'sales_summary', 'inventory')),
    format text not null check (format in ('csv', 'pdf')),
    parameters json not null,
    status text not null default 'queued' check (status in ('queued', 'done', 'failed')),
    rows integer,
    size integer,
    error text,
    created_at timestamptz not null default now(),
    finished_at timestamptz
  )`,
  "create index exports_by_tenant on exports (tenant_id, id)",
];

const names = tables.flatMap((statement) => /^create table (\w+)/.exec(statement)?.[1] ?? []);

/** Only the rows of the tenant that a transaction is for; see `inScope`. */
const isolation = names.flatMap((name) => [
  `alter table ${name} enable row level security`,
  `create policy tenant on ${name} using (tenant_id = arena.current_tenant()) with check (tenant_id = arena.current_tenant())`,
]);

export const pointOfSale: Migration = {
  name: "0004_point_of_sale",
  statements: [...tables, ...isolation],
};
