// Which provider takes fees online, by the environment. It is loaded with the first payment.
import type { Environment } from "../../platform/load-environment.ts";
import type { PaymentProvider } from "./payment-port.ts";
import type { StripeOptions, stripePayments } from "./stripe.ts";

/** Where Stripe Checkout is; a domain of one's own, which Stripe sells, is none that pages let their forms lead to. */
const checkoutOrigin = "https://checkout.stripe.com";

/** Undefined where fees are paid by hand. @param fetch stands in for the network */
export function onlinePayments(
  environment: Pick<Environment, "STRIPE_SECRET_KEY" | "STRIPE_WEBHOOK_SECRET">,
  fetch?: StripeOptions["fetch"],
): PaymentProvider | undefined {
  const { STRIPE_SECRET_KEY: secretKey, STRIPE_WEBHOOK_SECRET: webhookSecret } = environment;
  if (secretKey === undefined || webhookSecret === undefined) return undefined;
  let loaded: ReturnType<typeof stripePayments> | undefined;
  const provider = () => {
    loaded ??= import("./stripe.ts").then((stripe) => stripe.stripePayments({ secretKey, webhookSecret, fetch }));
    return loaded;
  };
  return {
    origin: checkoutOrigin,
    checkout: async (order) => (await provider()).checkout(order),
    readEvent: async (body, signature) => (await provider()).readEvent(body, signature),
  };
}
