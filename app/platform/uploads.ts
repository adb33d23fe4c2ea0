// Uploads in three steps: a form for the browser, the file on its way past us, and a look at what came before it is used.
// What nobody comes back for is removed after a day.

import { readFileToken, signFileToken } from "./file-token.ts";
import { contentTypeOf, type FileType, fileTypeOf } from "./file-types.ts";
import { Problem } from "./problem.ts";
import { privateKey, publicKey, type Storage, type UploadForm } from "./storage.ts";

/** Seconds in which a browser must have sent its file. */
const sendSeconds = 600;
/** What uploads are kept as until they are looked at. */
const kind = "incoming";
const keptMs = 24 * 3_600_000;

export interface UploadOffer {
  readonly form: UploadForm;
  /** The browser brings it back when the file is there. */
  readonly receipt: string;
}

/** Whose upload it is: an account, a tenant … any text. */
export interface Owned {
  readonly storage: Storage;
  readonly secret: string;
  readonly owner: string;
}

export interface UploadWish {
  readonly maxBytes: number;
  /** What the browser will say it sends. @default nobody says it: what has come is looked at anyway */
  readonly type?: FileType | undefined;
  /** Where the browser goes once the file is there, a whole address. @default it stays where it is */
  readonly redirect?: ((receipt: string) => string) | undefined;
}

/** A form for one file of at most so many bytes. */
export async function offerUpload(
  { storage, secret, owner }: Owned,
  { type, maxBytes, redirect }: UploadWish,
): Promise<UploadOffer> {
  const key = privateKey(kind, type ?? "any");
  const receipt = signFileToken(secret, { use: "receipt", key, owner }, 2 * sendSeconds);
  const form = await storage.presignUpload({
    key,
    contentType: contentTypeOf(key),
    maxBytes,
    seconds: sendSeconds,
    redirect: redirect?.(receipt),
  });
  return { form, receipt };
}

/** Looks at what was uploaded, and leaves it as it is. @throws Problem as `acceptUpload` does */
export async function lookAtUpload(owned: Owned, receipt: string, types: readonly FileType[]): Promise<void> {
  const { body } = await arrived(owned, receipt);
  if (allowedTypeOf(body, types) === undefined) throw notOf(types);
}

/**
 * Takes up what was uploaded: moves it to where everybody may see it and returns its key.
 * @throws Problem if the receipt is not this owner's, nothing has come, or it is of no allowed type
 */
export async function acceptUpload(
  owned: Owned,
  receipt: string,
  { kind: shown, types }: { readonly kind: string; readonly types: readonly FileType[] },
): Promise<string> {
  const { storage } = owned;
  const incoming = await arrived(owned, receipt);
  const type = allowedTypeOf(incoming.body, types);
  if (type === undefined) {
    await storage.remove(incoming.key);
    throw notOf(types);
  }
  const key = publicKey(shown, type);
  await storage.put(key, incoming.body, contentTypeOf(key));
  await storage.remove(incoming.key);
  return key;
}

/** Removes what was sent a day ago or earlier and nobody took up. @returns how many files that were */
export function removeAbandoned(storage: Storage, now = Date.now()): Promise<number> {
  return storage.removeOlder(kind, new Date(now - keptMs));
}

async function arrived({ storage, secret, owner }: Owned, receipt: string) {
  const grant = readFileToken(secret, "receipt", receipt);
  if (grant?.owner !== owner) {
    throw refusal("This upload is too old, or was another's: choose the file again.", "is too old, or was another's");
  }
  const file = await storage.read(grant.key);
  if (file === undefined) {
    throw refusal("The file has not arrived, or was taken already: send it first.", "is of no file that has arrived");
  }
  return { key: grant.key, body: file.body };
}

function allowedTypeOf(body: Buffer, types: readonly FileType[]): FileType | undefined {
  return types.find((type) => type === fileTypeOf(body));
}

function notOf(types: readonly FileType[]): Problem {
  const none = `none of ${types.join(", ")}, whatever its name says`;
  return refusal(`The file is ${none}: choose another one.`, `is of a file that is ${none}`);
}

/** @param sentence for people @param message of the receipt, for programs */
function refusal(sentence: string, message: string): Problem {
  return new Problem("VALIDATION_FAILED", sentence, { fields: { receipt: message } });
}
