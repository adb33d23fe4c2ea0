// What takes entry fees online, whoever does. Fees that are paid by hand need no provider.

/** What is to be paid. */
export interface Order {
  /** Id of our payment: asked for twice, it is paid once. */
  readonly payment: string;
  readonly tenant: string;
  readonly slug: string;
  /** In minor units. */
  readonly amount: number;
  readonly currency: string;
  /** What it is for, as the payer reads it. */
  readonly title: string;
  /** Where the payer comes back to. */
  readonly returnTo: string;
}

/** What the provider has to say about one of our payments. */
export interface PaymentEvent {
  /** The provider's own: the same event may come more than once, and later ones before earlier ones. */
  readonly id: string;
  readonly kind: "paid" | "failed" | "refunded";
  readonly payment: string;
  readonly tenant: string;
  readonly slug: string;
  /** What was paid, or is refunded in all up to now, in minor units. */
  readonly amount: number;
  readonly currency: string;
  /** What the provider calls the payment. */
  readonly reference: string;
}

export interface PaymentProvider {
  /** Origin that payers are led to: browsers refuse to go where a page's policy does not let its forms. */
  readonly origin: string;
  /** Where the payer goes to pay. @throws Problem if the provider does not answer */
  checkout(order: Order): Promise<string>;
  /** Undefined for what is none of our business. @throws Problem unless the provider has signed it */
  readEvent(body: Buffer, signature: string): Promise<PaymentEvent | undefined>;
}
