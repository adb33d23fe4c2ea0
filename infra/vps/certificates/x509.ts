// Keys, certificates of an authority of one's own, and requests to another. ECDSA on P-256 throughout.
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from "node:crypto";
import { isIP } from "node:net";
import {
  bits,
  boolean,
  type Der,
  explicit,
  implicit,
  integer,
  octets,
  oid,
  pem,
  sequence,
  set,
  time,
  utf8,
} from "./der.ts";

/** A key and its certificate, as PEM. */
export interface Certified {
  readonly key: string;
  readonly certificate: string;
}

const ids = {
  commonName: oid("2.5.4.3"),
  ecdsaWithSha256: oid("1.2.840.10045.4.3.2"),
  extensionRequest: oid("1.2.840.113549.1.9.14"),
  subjectKeyId: oid("2.5.29.14"),
  keyUsage: oid("2.5.29.15"),
  subjectAltName: oid("2.5.29.17"),
  basicConstraints: oid("2.5.29.19"),
  authorityKeyId: oid("2.5.29.35"),
  extendedKeyUsage: oid("2.5.29.37"),
  serverAuth: oid("1.3.6.1.5.5.7.3.1"),
};

export function newKey(): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

/** An authority that signs certificates for servers and nothing else. */
export function createAuthority(name: string, days: number): Certified {
  const key = newKey();
  const usage = [
    extension(ids.basicConstraints, sequence(boolean(true), integer(0)), true),
    // keyCertSign and cRLSign
    extension(ids.keyUsage, Buffer.from([0x03, 0x02, 0x01, 0x06]), true),
  ];
  return {
    key,
    certificate: certificate({ subject: name, key, issuer: name, issuerKey: key, days, extensions: usage }),
  };
}

/** A server's certificate by an authority. */
export function issue(authority: Certified, authorityName: string, names: readonly string[], days: number): Certified {
  const key = newKey();
  const extensions = [
    extension(ids.basicConstraints, sequence(), true),
    // digitalSignature
    extension(ids.keyUsage, Buffer.from([0x03, 0x02, 0x07, 0x80]), true),
    extension(ids.extendedKeyUsage, sequence(ids.serverAuth)),
    alternativeNames(names),
  ];
  const issuer = { issuer: authorityName, issuerKey: authority.key };
  return { key, certificate: certificate({ subject: names[0] ?? "server", key, ...issuer, days, extensions }) };
}

/** A request for a certificate, PKCS #10, as DER. */
export function request(key: string, names: readonly string[]): Der {
  const attribute = sequence(ids.extensionRequest, set(sequence(alternativeNames(names))));
  const info = sequence(integer(0), sequence(), spki(key), explicit(0, attribute));
  return signed(info, key);
}

interface Wanted {
  readonly subject: string;
  readonly key: string;
  readonly issuer: string;
  readonly issuerKey: string;
  readonly days: number;
  readonly extensions: readonly Der[];
}

function certificate({ subject, key, issuer, issuerKey, days, extensions }: Wanted): string {
  const now = Date.now();
  const content = sequence(
    explicit(0, integer(2)),
    integer(randomBytes(16)),
    sequence(ids.ecdsaWithSha256),
    commonName(issuer),
    // An hour ago: clocks differ.
    sequence(time(new Date(now - 3_600_000)), time(new Date(now + days * 86_400_000))),
    commonName(subject),
    spki(key),
    explicit(
      3,
      sequence(
        ...extensions,
        extension(ids.subjectKeyId, octets(keyId(key))),
        extension(ids.authorityKeyId, sequence(implicit(0, keyId(issuerKey)))),
      ),
    ),
  );
  return pem("CERTIFICATE", signed(content, issuerKey));
}

function signed(content: Der, key: string): Der {
  return sequence(content, sequence(ids.ecdsaWithSha256), bits(sign("sha256", content, createPrivateKey(key))));
}

function extension(id: Der, value: Der, critical = false): Der {
  return sequence(id, ...(critical ? [boolean(true)] : []), octets(value));
}

function alternativeNames(names: readonly string[]): Der {
  return extension(ids.subjectAltName, sequence(...names.map(alternativeName)));
}

function alternativeName(name: string): Der {
  if (isIP(name) === 4) return implicit(7, Buffer.from(name.split(".").map(Number)));
  return implicit(2, Buffer.from(name));
}

/** At most 64 characters: RFC 5280's upper bound. */
function commonName(name: string): Der {
  return sequence(set(sequence(ids.commonName, utf8(name.slice(0, 64)))));
}

function publicKey(key: string): KeyObject {
  return createPublicKey(createPrivateKey(key));
}

function spki(key: string): Der {
  return publicKey(key).export({ type: "spki", format: "der" });
}

/** SHA-1 of the public key's bits: RFC 5280, 4.2.1.2. On P-256 these are the last 65 bytes. */
function keyId(key: string): Buffer {
  return createHash("sha1").update(spki(key).subarray(-65)).digest();
}
