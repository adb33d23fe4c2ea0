// Entry fees by Stripe Checkout. Nothing of a card ever comes here. Loaded when first needed: the library is large.
import type Stripe from "stripe";
import { Problem } from "../../platform/problem.ts";
import type { Order, PaymentEvent, PaymentProvider } from "./payment-port.ts";

export interface StripeOptions {
  readonly secretKey: string;
  readonly webhookSecret: string;
  /** Stands in for the network. @default Stripe's own */
  readonly fetch?: typeof fetch;
}

export async function stripePayments(options: StripeOptions): Promise<Omit<PaymentProvider, "origin">> {
  const { default: StripeClient } = await import("stripe");
  const { fetch } = options;
  const client = new StripeClient(options.secretKey, {
    maxNetworkRetries: 2,
    timeout: 10_000,
    telemetry: false,
    ...(fetch === undefined ? {} : { httpClient: StripeClient.createFetchHttpClient(fetch) }),
  });
  return {
    checkout: (order) => checkout(client, order),
    async readEvent(body, signature) {
      const event = await client.webhooks
        .constructEventAsync(body, signature, options.webhookSecret)
        .catch((cause: unknown) => {
          throw new Problem("VALIDATION_FAILED", "This is not signed by Stripe, or too old.", { cause });
        });
      return eventOf(event);
    },
  };
}

async function checkout(client: Stripe, order: Order): Promise<string> {
  // On the session and on what it charges: refunds only know the latter.
  const metadata = { payment: order.payment, tenant: order.tenant, slug: order.slug };
  const session = await client.checkout.sessions
    .create(
      {
        mode: "payment",
        line_items: [
          {
            quantity: 1,
            price_data: {
              currency: order.currency.toLowerCase(),
              unit_amount: order.amount,
              product_data: { name: order.title },
            },
          },
        ],
        metadata,
        payment_intent_data: { metadata },
        success_url: order.returnTo,
        cancel_url: order.returnTo,
      },
      { idempotencyKey: order.payment },
    )
    .catch((cause: unknown) => {
      throw new Problem("UNAVAILABLE", "Stripe does not take the payment at present.", { cause });
    });
  if (session.url === null) throw new Problem("UNAVAILABLE", "Stripe gave no address to pay at.");
  return session.url;
}

function eventOf(event: Stripe.Event): PaymentEvent | undefined {
  switch (event.type) {
    case "checkout.session.completed":
    case "checkout.session.async_payment_succeeded":
      // Completed without money yet: another event says when it comes.
      if (event.data.object.payment_status !== "paid") return undefined;
      return ofSession(event.id, "paid", event.data.object);
    case "checkout.session.async_payment_failed":
    case "checkout.session.expired":
      return ofSession(event.id, "failed", event.data.object);
    case "charge.refunded": {
      const { metadata, amount_refunded, currency, payment_intent } = event.data.object;
      return ours(event.id, "refunded", metadata, amount_refunded, currency, idOf(payment_intent));
    }
    default:
      return undefined;
  }
}

function ofSession(id: string, kind: "paid" | "failed", session: Stripe.Checkout.Session): PaymentEvent | undefined {
  const { metadata, amount_total, currency, payment_intent } = session;
  return ours(id, kind, metadata, amount_total ?? 0, currency ?? "", idOf(payment_intent));
}

/** Other things may be sold by the same Stripe account: what does not name a payment of ours is none. */
function ours(
  id: string,
  kind: PaymentEvent["kind"],
  metadata: Stripe.Metadata | null,
  amount: number,
  currency: string,
  reference: string,
): PaymentEvent | undefined {
  const { payment, tenant, slug } = metadata ?? {};
  if (!isId(payment) || !isId(tenant) || slug === undefined) return undefined;
  return { id, kind, payment, tenant, slug, amount, currency: currency.toUpperCase(), reference };
}

function isId(given: string | undefined): given is string {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(given ?? "");
}

function idOf(given: string | { readonly id: string } | null): string {
  return typeof given === "string" ? given : (given?.id ?? "");
}
