// berth backup: makes a backup now, lists those there are, and carries one out of the host.
import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { exportBackup, listBackups, makeBackup, openBackup, resolveBackup } from "../vps/backups.ts";
import { size } from "../vps/watch/checks.ts";
import { withProgress } from "./progress.ts";
import { table } from "./table.ts";
import { openVpsStack, type VpsStack } from "./vps-stack.ts";

interface BackupOptions {
  readonly list?: boolean;
  readonly json?: boolean;
  readonly output?: string;
  readonly dump?: string;
  readonly id?: string;
}

export async function backup(name: string, options: BackupOptions): Promise<void> {
  const stack = await openVpsStack(name);
  if (options.list || options.json) return list(stack, options.json ?? false);
  const id =
    options.id === undefined
      ? await withProgress(`Backing up ${name}`, makeBackup(stack))
      : await resolveBackup(stack, options.id);
  process.stdout.write(`${id}\n`);
  if (options.output !== undefined) {
    await carryOut(stack, id, options.output, exportBackup);
    process.stdout.write(`It is in ${options.output}: berth restore STACK ${options.output} takes it in elsewhere.\n`);
  }
  if (options.dump !== undefined) {
    await carryOut(stack, id, options.dump, openBackup);
    process.stdout.write(`The database is in ${options.dump}, in clear: pg_restore takes it, anywhere.\n`);
  }
}

async function list(stack: VpsStack, json: boolean): Promise<void> {
  const found = await listBackups(stack);
  if (json) {
    process.stdout.write(`${JSON.stringify({ version: 1, ...found }, undefined, 2)}\n`);
    return;
  }
  const rows = found.backups.map(({ id, at, bytes, encrypted, tables, rows, seconds, uploads }) => [
    id,
    at.toISOString().slice(0, 16).replace("T", " "),
    size(bytes),
    uploads === undefined ? "none" : `${uploads.files} (${size(uploads.bytes)})`,
    encrypted ? "encrypted" : "in clear",
    `${tables} tables, ${rows} rows`,
    `${seconds} s`,
  ]);
  process.stdout.write(
    rows.length === 0
      ? `${stack.name} has no backup yet: berth backup ${stack.name} makes one.\n`
      : table(["backup", "made (UTC)", "database", "files", "", "proven by restoring", "took"], rows),
  );
  if (found.failure !== undefined) process.stdout.write(`The last one that was tried failed: ${found.failure}\n`);
}

/** Beside, then in place: what has the name is whole. */
async function carryOut(stack: VpsStack, id: string, file: string, carry: typeof exportBackup): Promise<void> {
  const partial = `${file}.partial`;
  try {
    await withProgress(`Fetching ${id}`, carry(stack, id, createWriteStream(partial, { mode: 0o600 })));
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}
