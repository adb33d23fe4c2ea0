// DER, as far as certificates and requests for them need it.

export type Der = Buffer;

function element(tag: number, content: Buffer): Der {
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const bytes = Buffer.from(length.toString(16).padStart(length > 0xff ? 4 : 2, "0"), "hex");
  return Buffer.concat([Buffer.from([tag, 0x80 | bytes.length]), bytes, content]);
}

export const sequence = (...items: readonly Der[]): Der => element(0x30, Buffer.concat(items));
export const set = (...items: readonly Der[]): Der => element(0x31, Buffer.concat(items));
export const octets = (content: Buffer): Der => element(0x04, content);
export const bits = (content: Buffer): Der => element(0x03, Buffer.concat([Buffer.from([0]), content]));
export const boolean = (value: boolean): Der => element(0x01, Buffer.from([value ? 0xff : 0]));
export const utf8 = (text: string): Der => element(0x0c, Buffer.from(text));

/** `[n]` around other elements. */
export const explicit = (n: number, ...items: readonly Der[]): Der => element(0xa0 | n, Buffer.concat(items));
/** `[n]` in the place of an element's own tag. */
export const implicit = (n: number, content: Buffer): Der => element(0x80 | n, content);

/** A number that is not negative, big-endian. */
export function integer(value: Buffer | number): Der {
  const bytes = typeof value === "number" ? Buffer.from([value]) : value;
  const first = bytes.findIndex((byte) => byte !== 0);
  const short = first === -1 ? Buffer.from([0]) : bytes.subarray(first);
  return element(0x02, (short[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), short]) : short);
}

/** Before 2050 as UTCTime, then as GeneralizedTime: RFC 5280, 4.1.2.5. */
export function time(date: Date): Der {
  const digits = `${date.toISOString().replace(/[-:T]/g, "").slice(0, 14)}Z`;
  return date.getUTCFullYear() < 2050
    ? element(0x17, Buffer.from(digits.slice(2)))
    : element(0x18, Buffer.from(digits));
}

/** `oid("1.2.840")`. */
export function oid(dotted: string): Der {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return element(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(value: number): number[] {
  const digits = [value & 0x7f];
  for (let left = value >>> 7; left > 0; left >>>= 7) digits.unshift(0x80 | (left & 0x7f));
  return digits;
}

export function pem(label: string, der: Der): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
