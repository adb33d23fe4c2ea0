// Uploads in three steps: a form for the browser, the file on its way past us, and a look at what came before it is used.

import { readFileToken, signFileToken } from "./file-token.ts";
import { contentTypeOf, type FileType, fileTypeOf } from "./file-types.ts";
import { Problem } from "./problem.ts";
import { privateKey, publicKey, type Storage, type UploadForm } from "./storage.ts";

/** Seconds in which a browser must have sent its file. */
const sendSeconds = 600;

export interface UploadOffer {
  readonly form: UploadForm;
  /** The browser brings it back when the file is there. */
  readonly receipt: string;
}

/** Whose upload it is: an account, a tenant … any text. */
interface Owned {
  readonly storage: Storage;
  readonly secret: string;
  readonly owner: string;
}

/** A form for one file of at most so many bytes. */
export async function offerUpload(
  { storage, secret, owner }: Owned,
  { type, maxBytes }: { readonly type: FileType; readonly maxBytes: number },
): Promise<UploadOffer> {
  const key = privateKey("incoming", type);
  const contentType = contentTypeOf(key);
  const form = await storage.presignUpload({ key, contentType, maxBytes, seconds: sendSeconds });
  return { form, receipt: signFileToken(secret, { use: "receipt", key, owner }, 2 * sendSeconds) };
}

/**
 * Takes up what was uploaded: moves it to where everybody may see it and returns its key.
 * @throws Problem if the receipt is not this owner's, nothing has come, or it is of no allowed type
 */
export async function acceptUpload(
  { storage, secret, owner }: Owned,
  receipt: string,
  { kind, types }: { readonly kind: string; readonly types: readonly FileType[] },
): Promise<string> {
  const grant = readFileToken(secret, "receipt", receipt);
  if (grant?.owner !== owner) throw refusal("is not one of this upload, or is too old: begin again");
  const file = await storage.read(grant.key);
  if (file === undefined) throw refusal("is of an upload that has not arrived: send the file first");
  const type = fileTypeOf(file.body);
  if (type === undefined || !types.includes(type)) {
    await storage.remove(grant.key);
    throw refusal(`is of a file that is none of ${types.join(", ")}, whatever its name says`);
  }
  const key = publicKey(kind, type);
  await storage.put(key, file.body, contentTypeOf(key));
  await storage.remove(grant.key);
  return key;
}

function refusal(message: string): Problem {
  return new Problem("VALIDATION_FAILED", `receipt ${message}`, { fields: { receipt: message } });
}
