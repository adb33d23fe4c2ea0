// Passwords: hashed with Argon2id, and strong enough or refused. Loaded where one is first needed.
import { argon2, randomBytes, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import { Problem } from "../../platform/problem.ts";

/** OWASP's first choice for Argon2id: 19 MiB, two passes, one lane. */
const parameters = { memory: 19_456, passes: 2, parallelism: 1 } as const;
const prefix = `$argon2id$v=19$m=${parameters.memory},t=${parameters.passes},p=${parameters.parallelism}$`;

const derive = promisify(argon2);

/** What is kept of a password: its parameters, a salt of its own and the hash, in PHC's form. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  return `${prefix}${encode(salt)}$${encode(await hash(password, salt))}`;
}

/** Takes as long for an account that there is not, or that has no password, as for one that has. */
export async function verifyPassword(kept: string | null | undefined, password: string): Promise<boolean> {
  const [salt = "", expected = ""] = (kept ?? nobodys).slice(prefix.length).split("$");
  const found = await hash(password, Buffer.from(salt, "base64"));
  return timingSafeEqual(found, Buffer.from(expected, "base64")) && kept !== null && kept !== undefined;
}

/** A hash that no password has. */
const nobodys = `${prefix}${encode(randomBytes(16))}$${encode(randomBytes(32))}`;

function hash(password: string, nonce: Buffer): Promise<Buffer> {
  return derive("argon2id", { message: password.normalize("NFKC"), nonce, tagLength: 32, ...parameters });
}

/** Base64 without padding. */
function encode(bytes: Buffer): string {
  return bytes.toString("base64").replaceAll("=", "");
}

/** Fewest characters that a password has. */
export const shortestPassword = 10;

/** Of 4, as zxcvbn counts: more than 10^8 guesses. */
const leastScore = 3;

/**
 * @param about what others know of the person: name, e-mail address
 * @throws Problem if it would be guessed
 */
export async function assertStrong(password: string, about: readonly string[], field = "password"): Promise<void> {
  const message = await whatIsWeak(password, about);
  if (message !== undefined)
    throw new Problem("VALIDATION_FAILED", `${field} ${message}`, { fields: { [field]: message } });
}

async function whatIsWeak(password: string, about: readonly string[]): Promise<string | undefined> {
  if ([...password].length < shortestPassword) return `must have ${shortestPassword} characters or more`;
  const known = ["arena", ...about.flatMap((text) => [text, ...text.split(/[^\p{L}\p{N}]+/u)])];
  judge ??= loadJudge();
  const { score } = (await judge).check(
    password,
    known.filter((text) => text.length > 2),
  );
  const isOwn = about.some((text) => text.toLowerCase() === password.toLowerCase());
  return score < leastScore || isOwn ? "is easy to guess: take several words that do not belong together" : undefined;
}

let judge: ReturnType<typeof loadJudge> | undefined;

/** Dictionaries of what people take for passwords; 30 MB of memory that a process spends when somebody sets one. */
async function loadJudge() {
  const [{ ZxcvbnFactory }, { adjacencyGraphs, dictionary }] = await Promise.all([
    import("@zxcvbn-ts/core"),
    import("@zxcvbn-ts/language-common"),
  ]);
  return new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs });
}
