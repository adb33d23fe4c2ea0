// Mails in a folder, a file each, for machines where nobody should get any.
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Mail } from "./mail.ts";

/** A mail that lies in the folder. */
export interface KeptMail extends Mail {
  /** Its file's name, without ending. */
  readonly id: string;
  /** ISO 8601 in UTC. */
  readonly sent_at: string;
}

/** Mails that the page shows; nobody reads further back. */
const mostRead = 100;

/** Written again under the same key, it replaces the first. */
export async function writeMail(folder: string, key: string, mail: Mail): Promise<void> {
  await mkdir(folder, { recursive: true });
  const id = createHash("sha256").update(key).digest("hex").slice(0, 16);
  const kept: KeptMail = { id, sent_at: new Date().toISOString(), ...mail };
  const file = join(folder, `${id}.json`);
  const partial = `${file}.${process.pid}.partial`;
  await writeFile(partial, `${JSON.stringify(kept, null, 2)}\n`, { mode: 0o600 });
  await rename(partial, file);
}

/** Newest first. */
export async function readMails(folder: string): Promise<readonly KeptMail[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const files = names.filter((name) => name.endsWith(".json"));
  const mails = await Promise.all(
    files.map(async (name) => JSON.parse(await readFile(join(folder, name), "utf8")) as KeptMail),
  );
  return mails.toSorted((one, other) => other.sent_at.localeCompare(one.sent_at)).slice(0, mostRead);
}
