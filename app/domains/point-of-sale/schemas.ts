// What parts of the API take and give in common: ids, amounts, texts, lists.
import Type, { type TSchema } from "typebox";
import { CurrencyCode } from "../../platform/money.ts";

export const strict = { additionalProperties: false } as const;

export const Id = Type.String({ format: "uuid", maxLength: 36 });
export const IdParams = Type.Object({ id: Id });
export const Currency = CurrencyCode;
export const Time = Type.String({ format: "date-time" });
export const Day = Type.String({ format: "date", maxLength: 10 });
export const Quantity = Type.Integer({ minimum: 1, maximum: 10_000 });

/** Minor units. */
export const Amount = Type.Integer({
  minimum: 0,
  maximum: 1_000_000_000_000,
  description: "Minor units of the currency",
});
export const Price = Type.Integer({
  minimum: 0,
  maximum: 100_000_000,
  description: "Minor units of the currency, tax included",
});

const noControl = "[^\\u0000-\\u001f\\u007f]";

/** A text of one line with something on it. No control characters: they would end up in CSV files and mails. */
export const Line = (maxLength: number) =>
  Type.String({ minLength: 1, maxLength, pattern: `^${noControl}*[^\\u0000-\\u0020\\u007f]${noControl}*$` });

export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

export const IdempotencyHeaders = Type.Object({
  "idempotency-key": Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 200,
      pattern: "^[\\x21-\\x7e]+$",
      description: "The same key: the same request",
    }),
  ),
});

export const EmptyBody = Type.Object({}, strict);
