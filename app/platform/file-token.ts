// What links to files and forms for uploads carry: what they are for, until when, signed.
import { createHmac, timingSafeEqual } from "node:crypto";

/** What a token lets its holder do with one file. */
export type FileGrant =
  | { readonly use: "read"; readonly key: string; readonly fileName?: string | undefined }
  | {
      readonly use: "write";
      readonly key: string;
      readonly contentType: string;
      readonly maxBytes: number;
      /** Where the browser goes once the file is there. */
      readonly redirect?: string | undefined;
    }
  /** Says that an upload was asked for by whom, so that nobody takes up another's. */
  | { readonly use: "receipt"; readonly key: string; readonly owner: string };

type Signed = FileGrant & { readonly until: number };

export function signFileToken(secret: string, grant: FileGrant, seconds: number): string {
  const signed: Signed = { ...grant, until: Math.ceil(Date.now() / 1000) + seconds };
  const text = Buffer.from(JSON.stringify(signed)).toString("base64url");
  return `${text}.${signature(secret, text)}`;
}

/** Undefined if it is not ours, is for another use, or is over. */
export function readFileToken<Use extends FileGrant["use"]>(
  secret: string,
  use: Use,
  token: string,
): Extract<FileGrant, { use: Use }> | undefined {
  const [text = "", given = ""] = token.split(".");
  const [a, b] = [Buffer.from(given), Buffer.from(signature(secret, text))];
  if (a.length !== b.length || !timingSafeEqual(a, b)) return undefined;
  const signed = JSON.parse(Buffer.from(text, "base64url").toString("utf8")) as Signed;
  const fits = signed.use === use && signed.until > Date.now() / 1000;
  return fits ? (signed as Extract<Signed, { use: Use }>) : undefined;
}

function signature(secret: string, text: string): string {
  return createHmac("sha256", secret).update(`file:${text}`).digest("base64url");
}
