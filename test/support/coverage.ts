// What `npm run coverage` measures of the app, and what it may not fall below.
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { CoverageOptions } from "vitest/node";

/** Where a wrong branch costs somebody money, a place or their data: each branch is run. Files, with what they decide. */
const decisive: Readonly<Record<string, string>> = {
  // Permissions: who somebody is, what they may do, whose rows they see.
  "app/platform/principal.ts": "roles, and what a route asks for",
  "app/platform/scope.ts": "whose rows a transaction sees",
  "app/platform/file-token.ts": "links to files, signed",
  "app/http/authentication.ts": "the two ways in",
  "app/http/authorization.ts": "the hook that lets requests through or refuses them",
  "app/http/csrf.ts": "forms that are ours",
  "app/domains/accounts/principals.ts": "whom a session or a token stands for",
  "app/domains/accounts/tokens.ts": "tokens, and which are ours",
  "app/domains/accounts/refresh.ts": "refresh tokens used once",
  "app/domains/accounts/sign-in.ts": "who gets in by password, and who is put out",
  "app/domains/accounts/staff.ts": "who is on a staff, in which role",
  "app/domains/accounts/organisations.ts": "whom somebody may act for",
  "app/domains/tournaments/access.ts": "who reads, takes part in and organises a tournament",
  "app/domains/point-of-sale/acting.ts": "members of staff, and transactions done again",
  "app/domains/point-of-sale/attendance.ts": "whose shifts a cashier sees",
  // Money: what is owed, paid, given back and taxed.
  "app/platform/money.ts": "arithmetic, rounding, splitting",
  "app/domains/tournaments/finance.ts": "takings and prizes",
  "app/domains/tournaments/finance-list.ts": "sums of the ledger",
  "app/domains/tournaments/fees.ts": "what a team owes",
  "app/domains/tournaments/payments.ts": "entry fees and refunds",
  "app/domains/tournaments/payment-events.ts": "what the provider says, entered once",
  "app/domains/tournaments/online-payments.ts": "whether fees are paid online",
  "app/domains/tournaments/stripe.ts": "orders and events as the provider has them",
  "app/domains/point-of-sale/amounts.ts": "amounts as people type and read them",
  "app/domains/point-of-sale/totals.ts": "what a sale comes to",
  "app/domains/point-of-sale/settlement.ts": "what payments count for, and change",
  "app/domains/point-of-sale/sell.ts": "sales",
  "app/domains/point-of-sale/selling.ts": "sales, once for each key",
  "app/platform/idempotency.ts": "requests done once",
  "app/domains/point-of-sale/void-sale.ts": "sales undone",
  "app/domains/point-of-sale/cart.ts": "what is sold at the till",
  "app/domains/point-of-sale/receipts.ts": "what a customer is told they paid",
  "app/domains/point-of-sale/credit.ts": "balances, limits and payments of customers",
  "app/domains/point-of-sale/customers.ts": "who decides on credit",
  "app/domains/point-of-sale/ledger.ts": "statements of what customers owe",
  "app/pages/edits.ts": "whose change is written where two edit the same",
  // Capacity: places, and goods that are there.
  "app/domains/tournaments/admission.ts": "who gets a place, who waits, who moves up",
  "app/domains/tournaments/places.ts": "places that become free",
  "app/domains/tournaments/registration.ts": "teams that come in, check in and go",
  "app/domains/tournaments/members.ts": "places on a team",
  "app/domains/tournaments/edits.ts": "how far a capacity or a fee may be changed",
  "app/domains/tournaments/life-cycle.ts": "when any of it may happen",
  "app/domains/tournaments/run.ts": "moves of a tournament",
  "app/domains/point-of-sale/stock-changes.ts": "stock that is never oversold",
  "app/domains/point-of-sale/stock.ts": "stock moved by hand",
  "app/domains/point-of-sale/feed-job.ts": "stock counted outside",
};

const gone = Object.keys(decisive).find((file) => !existsSync(join(import.meta.dirname, "..", "..", file)));
if (gone !== undefined)
  throw new Error(`${gone} is not there: name the file that decides it now in test/support/coverage.ts.`);

/** Measured in the process of the tests: what only runs in processes that they start counts as not run. */
export const coverage: CoverageOptions = {
  provider: "v8",
  // Files that no test loads count too.
  include: ["app/**/*.{ts,js}"],
  exclude: ["app/dist/**"],
  reporter: ["text-summary", "html", "json"],
  reportsDirectory: ".berth/coverage",
  thresholds: {
    lines: 85,
    ...Object.fromEntries(Object.keys(decisive).map((file) => [file, { branches: 100 }])),
  },
};
