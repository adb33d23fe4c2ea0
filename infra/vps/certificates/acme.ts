// ACME (RFC 8555) with challenges over HTTP: from an account's key and a list of names to a chain of certificates.
import { createHash, createPrivateKey, createPublicKey, type JsonWebKey, sign } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Certified } from "./x509.ts";
import { newKey, request } from "./x509.ts";

export interface AcmeOptions {
  /** URL of the authority's directory. */
  readonly directory: string;
  /** Key of the account, PEM; the account is made if there is none. */
  readonly accountKey: string;
  /** Where the authority may warn somebody. @default nowhere */
  readonly email?: string;
  /** Puts a file where `http://NAME/.well-known/acme-challenge/TOKEN` finds it. */
  readonly publish: (token: string, content: string) => Promise<void>;
  /** Takes it away again. */
  readonly withdraw: (token: string) => Promise<void>;
  /** Milliseconds between looks at something that is under way. @default 2000 */
  readonly pollMs?: number;
}

interface Directory {
  readonly newNonce: string;
  readonly newAccount: string;
  readonly newOrder: string;
}

interface Order {
  readonly status: string;
  readonly authorizations: readonly string[];
  readonly finalize: string;
  readonly certificate?: string;
  readonly error?: AcmeProblem;
}

interface Authorization {
  readonly status: string;
  readonly identifier: { readonly value: string };
  readonly challenges: readonly { type: string; url: string; token: string; error?: AcmeProblem }[];
}

interface AcmeProblem {
  readonly type?: string;
  readonly detail?: string;
}

interface Answer<T> {
  readonly body: T;
  readonly text: string;
  readonly location: string;
}

const polls = 60;
/** Tries with a fresh nonce: RFC 8555, 6.5. */
const nonceTries = 5;

/** Orders a certificate. @throws Error with the authority's words and the name that it is about */
export async function orderCertificate(options: AcmeOptions, names: readonly string[]): Promise<Certified> {
  const session = await AcmeSession.open(options);
  const order = await session.post<Order>(session.directory.newOrder, {
    identifiers: names.map((value) => ({ type: "dns", value })),
  });
  for (const url of order.body.authorizations) await authorize(session, options, url);
  const key = newKey();
  await session.post(order.body.finalize, { csr: request(key, names).toString("base64url") });
  const done = await settled<Order>(session, options, order.location, ["ready", "pending", "processing"]);
  if (done.status !== "valid" || done.certificate === undefined) {
    throw new Error(`The order ended as ${done.status}: ${done.error?.detail ?? "the authority gave no reason"}`);
  }
  const { text } = await session.post(done.certificate);
  return { key, certificate: text };
}

async function authorize(session: AcmeSession, options: AcmeOptions, url: string): Promise<void> {
  const { body } = await session.post<Authorization>(url);
  if (body.status === "valid") return;
  const challenge = body.challenges.find(({ type }) => type === "http-01");
  if (challenge === undefined) throw new Error(`${body.identifier.value}: the authority offers no challenge over HTTP`);
  await options.publish(challenge.token, `${challenge.token}.${session.thumbprint}`);
  let done: Authorization;
  try {
    await session.post(challenge.url, {});
    done = await settled<Authorization>(session, options, url, ["pending", "processing"]);
  } finally {
    await options.withdraw(challenge.token);
  }
  if (done.status === "valid") return;
  const reason = done.challenges.find(({ error }) => error !== undefined)?.error?.detail ?? "no reason given";
  throw new Error(`${done.identifier.value}: the authority could not verify the name (${reason})`);
}

async function settled<T extends { readonly status: string }>(
  session: AcmeSession,
  { pollMs = 2000 }: AcmeOptions,
  url: string,
  passing: readonly string[],
): Promise<T> {
  for (let poll = 0; poll < polls; poll += 1) {
    const { body } = await session.post<T>(url);
    if (!passing.includes(body.status)) return body;
    await sleep(pollMs);
  }
  throw new Error(`${url} was not decided after ${polls} looks`);
}

/** An account at an authority, which signs what it sends. */
class AcmeSession {
  readonly directory: Directory;
  /** Of the account's key: RFC 7638. */
  readonly thumbprint: string;
  readonly #key: string;
  readonly #jwk: JsonWebKey;
  #account = "";
  #nonce = "";

  private constructor(directory: Directory, key: string) {
    const { crv, kty, x, y } = createPublicKey(createPrivateKey(key)).export({ format: "jwk" });
    this.directory = directory;
    this.#key = key;
    this.#jwk = { crv, kty, x, y };
    this.thumbprint = createHash("sha256").update(JSON.stringify(this.#jwk)).digest("base64url");
  }

  static async open({ directory, accountKey, email }: AcmeOptions): Promise<AcmeSession> {
    const response = await fetch(directory, { signal: AbortSignal.timeout(30_000) });
    if (!response.ok) throw new Error(`${directory} answers ${response.status}`);
    const session = new AcmeSession((await response.json()) as Directory, accountKey);
    const contact = email === undefined ? {} : { contact: [`mailto:${email}`] };
    const account = await session.post(session.directory.newAccount, { termsOfServiceAgreed: true, ...contact });
    session.#account = account.location;
    return session;
  }

  /** Without a payload: reads (POST-as-GET). A nonce that the authority does not know any more is replaced. */
  async post<T = unknown>(url: string, payload?: object): Promise<Answer<T>> {
    for (let tries = 1; ; tries += 1) {
      const response = await this.#send(url, payload);
      this.#nonce = response.headers.get("replay-nonce") ?? "";
      const text = await response.text();
      const body = /json/.test(response.headers.get("content-type") ?? "") ? JSON.parse(text) : undefined;
      if (response.ok) return { body: body as T, text, location: response.headers.get("location") ?? "" };
      const problem = (body ?? {}) as AcmeProblem;
      if (problem.type !== "urn:ietf:params:acme:error:badNonce" || tries === nonceTries) {
        throw new Error(`${url} answers ${response.status}: ${problem.detail ?? text.slice(0, 200)}`);
      }
    }
  }

  async #send(url: string, payload: object | undefined): Promise<Response> {
    if (this.#nonce === "") {
      const fresh = await fetch(this.directory.newNonce, { method: "HEAD", signal: AbortSignal.timeout(30_000) });
      this.#nonce = fresh.headers.get("replay-nonce") ?? "";
    }
    const who = this.#account === "" ? { jwk: this.#jwk } : { kid: this.#account };
    const head = encode({ alg: "ES256", nonce: this.#nonce, url, ...who });
    const body = payload === undefined ? "" : encode(payload);
    const key = { key: createPrivateKey(this.#key), dsaEncoding: "ieee-p1363" } as const;
    const signature = sign("sha256", Buffer.from(`${head}.${body}`), key).toString("base64url");
    return fetch(url, {
      method: "POST",
      headers: { "content-type": "application/jose+json" },
      body: JSON.stringify({ protected: head, payload: body, signature }),
      signal: AbortSignal.timeout(30_000),
    });
  }
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
