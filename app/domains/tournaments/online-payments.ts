// Which provider takes fees online, by the environment. It is loaded with the first payment.
import type { Environment } from "../../platform/load-environment.ts";
import type { PaymentProvider } from "./payment-port.ts";
import type { StripeOptions } from "./stripe.ts";

/** Undefined where fees are paid by hand. @param fetch stands in for the network */
export function onlinePayments(
  environment: Pick<Environment, "STRIPE_SECRET_KEY" | "STRIPE_WEBHOOK_SECRET">,
  fetch?: StripeOptions["fetch"],
): PaymentProvider | undefined {
  const { STRIPE_SECRET_KEY: secretKey, STRIPE_WEBHOOK_SECRET: webhookSecret } = environment;
  if (secretKey === undefined || webhookSecret === undefined) return undefined;
  let loaded: Promise<PaymentProvider> | undefined;
  const provider = () => {
    loaded ??= import("./stripe.ts").then(({ stripePayments }) => stripePayments({ secretKey, webhookSecret, fetch }));
    return loaded;
  };
  return {
    checkout: async (order) => (await provider()).checkout(order),
    readEvent: async (body, signature) => (await provider()).readEvent(body, signature),
  };
}
