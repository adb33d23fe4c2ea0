// Glossary. An outlet is a place that sells, with one currency and a stock of its own. A product has a code, typed or printed by
// the shop, and may have a barcode, printed by its maker. A stock level is how many of a product an outlet has; a movement is
// one change of a level: the sum of the movements is the level. A sale has lines (what) and payments (how); its `due` is what
// its customer has bought on credit and not paid yet. A customer's balance is what they owe, the sum of their ledger's entries,
// and below zero what the shop owes them. To void a sale is to undo what it did to stock and credit; its record stays. A feed
// is a list of stock that came in or was counted, from outside. A cart is a sale that is not made yet.
import type { ColumnType, Generated } from "kysely";
import type { Currency } from "../../platform/money.ts";
import type { Moment, Stamp } from "../../platform/postgres.ts";

/** Minor units of a currency in 64 bits, which the driver reads as text: `Number(…)`; checks in the schema keep it exact. */
export type Amount = ColumnType<string, number, number>;

export const movementKinds = ["receipt", "sale", "void", "adjustment", "transfer"] as const;
export type MovementKind = (typeof movementKinds)[number];

export const paymentKinds = ["cash", "card", "credit"] as const;
export type PaymentKind = (typeof paymentKinds)[number];

export const paymentStatuses = ["paid", "partly_paid", "unpaid", "voided"] as const;
export type PaymentStatus = (typeof paymentStatuses)[number];

export const saleStatuses = ["completed", "voided"] as const;
export type SaleStatus = (typeof saleStatuses)[number];

/** How a customer pays what they owe. */
export const creditMethods = ["cash", "card", "transfer"] as const;
export type CreditMethod = (typeof creditMethods)[number];

export const feedKinds = ["count", "receipt"] as const;
export type FeedKind = (typeof feedKinds)[number];

export const exportReports = ["sales", "sales_summary", "inventory"] as const;
export type ExportReport = (typeof exportReports)[number];

interface Owned {
  id: string;
  tenant_id: string;
  created_at: Stamp;
}

interface OutletTable extends Owned {
  code: string;
  name: string;
  address: Generated<string>;
  currency: Currency;
  time_zone: Generated<string>;
  allows_negative_stock: Generated<boolean>;
  is_active: Generated<boolean>;
  /** Of the newest sale. */
  last_number: Generated<number>;
}

interface CategoryTable extends Owned {
  name: string;
}

interface ProductTable extends Owned {
  category_id: string | null;
  code: string;
  barcode: string | null;
  name: string;
  /** Minor units, tax included. */
  price: number;
  currency: Currency;
  /** Hundredths of a per cent. */
  tax_rate: Generated<number>;
  /** What one costs the shop, in minor units: values the stock. */
  cost: Generated<number>;
  tracks_stock: Generated<boolean>;
  /** At this level or below it, stock is low. */
  low_stock: Generated<number>;
  is_active: Generated<boolean>;
}

interface StockLevelTable {
  tenant_id: string;
  outlet_id: string;
  product_id: string;
  quantity: Generated<number>;
  allows_negative_stock: boolean;
  updated_at: Stamp;
}

interface MovementTable extends Owned {
  outlet_id: string;
  product_id: string;
  kind: MovementKind;
  quantity: number;
  /** The level after it. */
  balance: number;
  reason: string | null;
  sale_id: string | null;
  feed_id: string | null;
  transfer_id: string | null;
  account_id: string;
}

interface FeedTable extends Owned {
  outlet_id: string;
  feed_id: string;
  kind: FeedKind;
  status: Generated<"queued" | "done">;
  items: ColumnType<FeedItem[], string, never>;
  fingerprint: string;
  received: number;
  applied: number | null;
  unknown_codes: ColumnType<string[] | null, null, string>;
  refused_codes: ColumnType<string[] | null, null, string>;
  account_id: string;
  finished_at: Moment | null;
}

/** One line of a feed. */
export interface FeedItem {
  /** Code or barcode of a product. */
  readonly code: string;
  readonly quantity: number;
}

interface CustomerTable extends Owned {
  name: string;
  email: string | null;
  phone: string | null;
  currency: Currency;
  credit_limit: Amount;
  balance: Amount;
  is_credit_blocked: Generated<boolean>;
}

interface SaleTable extends Owned {
  outlet_id: string;
  number: number;
  customer_id: string | null;
  account_id: string;
  currency: Currency;
  status: Generated<SaleStatus>;
  subtotal: Amount;
  discount: Amount;
  tax: Amount;
  total: Amount;
  due: Amount;
  payment_status: ColumnType<PaymentStatus, never, never>;
  note: string | null;
  voided_at: Moment | null;
  voided_by: string | null;
  void_reason: string | null;
}

interface SaleLineTable {
  tenant_id: string;
  sale_id: string;
  position: number;
  product_id: string;
  /** Name and code as they were when it was sold. */
  name: string;
  code: string;
  quantity: number;
  unit_price: number;
  tax_rate: number;
  /** The line's own and its share of the sale's. */
  discount: Amount;
  total: Amount;
  tax: Amount;
}

interface SalePaymentTable {
  tenant_id: string;
  sale_id: string;
  position: number;
  kind: PaymentKind;
  amount: Amount;
  /** What was handed over; the rest came back as change. */
  tendered: Amount;
  reference: string | null;
}

interface CreditEntryTable extends Owned {
  customer_id: string;
  kind: "charge" | "payment" | "void";
  /** Above zero: the customer owes more. */
  amount: Amount;
  /** What they owe after it. */
  balance: Amount;
  method: CreditMethod | null;
  sale_id: string | null;
  note: string | null;
  account_id: string;
}

interface CartTable {
  id: string;
  tenant_id: string;
  outlet_id: string;
  account_id: string;
  customer_id: string | null;
  discount: Amount;
  updated_at: Stamp;
}

interface CartLineTable {
  tenant_id: string;
  cart_id: string;
  product_id: string;
  quantity: number;
  added_at: Stamp;
}

interface AttendanceTable {
  id: string;
  tenant_id: string;
  account_id: string;
  outlet_id: string | null;
  clocked_in_at: Stamp;
  clocked_out_at: Moment | null;
}

interface ExportTable extends Owned {
  account_id: string;
  report: ExportReport;
  format: "csv" | "pdf";
  parameters: ColumnType<Period, string, never>;
  status: Generated<"queued" | "done" | "failed">;
  rows: number | null;
  size: number | null;
  error: string | null;
  finished_at: Moment | null;
}

/** Days that a report covers, both included, in the time of each outlet; all outlets if it names none. */
export interface Period {
  readonly from: string;
  readonly to: string;
  readonly outlet?: string | undefined;
}

declare module "../../platform/postgres.ts" {
  interface Tables {
    outlets: OutletTable;
    product_categories: CategoryTable;
    products: ProductTable;
    stock_levels: StockLevelTable;
    stock_movements: MovementTable;
    stock_feeds: FeedTable;
    customers: CustomerTable;
    sales: SaleTable;
    sale_lines: SaleLineTable;
    sale_payments: SalePaymentTable;
    credit_entries: CreditEntryTable;
    carts: CartTable;
    cart_lines: CartLineTable;
    attendance: AttendanceTable;
    exports: ExportTable;
  }
}
