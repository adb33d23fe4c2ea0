// Cursors of paginated lists: opaque to clients, so that what they hold may change.
import { validate } from "uuid";
import { Problem } from "./problem.ts";

/** @param id of the last row on a page, a UUID */
export function encodeCursor(id: string): string {
  return Buffer.from(id.replaceAll("-", ""), "hex").toString("base64url");
}

/** @throws Problem if no list gave this cursor out */
export function decodeCursor(cursor: string): string {
  const hex = Buffer.from(cursor, "base64url").toString("hex");
  const id = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  if (validate(id) && encodeCursor(id) === cursor) return id;
  const message = "must be the value of `next` of a page of this list";
  throw new Problem("VALIDATION_FAILED", `cursor ${message}`, { fields: { cursor: message } });
}
