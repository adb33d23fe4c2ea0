// Backups of a stack, by the container that makes them: its script does the work, on the host; here is what is asked of it.
import { createReadStream } from "node:fs";
import type { Readable, Writable } from "node:stream";
import { HostFault } from "./fault.ts";
import { containerOf, dockerOn, type HostStack, lastLine } from "./host.ts";

/** A backup as its manifest describes it. */
export interface BackupManifest {
  readonly id: string;
  /** When it was begun. */
  readonly at: Date;
  readonly bytes: number;
  readonly encrypted: boolean;
  /** Tables and rows that came out when it was restored to prove it. */
  readonly tables: number;
  readonly rows: number;
  /** Seconds that dump and proof took. */
  readonly seconds: number;
  /** The app's files in it; a backup of before there were any in backups has none. */
  readonly uploads?: UploadCounts;
}

export interface UploadCounts {
  readonly files: number;
  readonly bytes: number;
  /** Those whose content no backup had before. */
  readonly added: number;
  readonly addedBytes: number;
}

export interface BackupList {
  /** Newest first. */
  readonly backups: readonly BackupManifest[];
  /** Time and reason, if the last one that was tried failed. */
  readonly failure?: string;
}

/** What restoring a backup into a scratch server found. */
export interface Drill {
  readonly backup: string;
  readonly bytes: number;
  readonly tables: number;
  readonly rows: number;
  /** The app's files, each of which was decrypted and read; absent if the backup has no list of them. */
  readonly uploads?: Pick<UploadCounts, "files" | "bytes">;
  /** Seconds from the decision to data that answers: check, decrypt, start a server, restore, count, read every file. */
  readonly recoverySeconds: number;
  /** Seconds of it that the restore itself took. */
  readonly restoreSeconds: number;
  /** Seconds of changes that would be lost now: the backup's age. */
  readonly lostSeconds: number;
}

/** Asks the script for something. @throws HostFault with the last line it said */
async function ask(
  stack: HostStack,
  args: readonly string[],
  options: { input?: Readable; output?: Writable } = {},
): Promise<string> {
  const container = await backupContainer(stack);
  const interactive = options.input === undefined ? [] : ["--interactive"];
  const { code, stdout, stderr } = await dockerOn(
    stack,
    ["exec", ...interactive, container, "/berth/backup.sh", ...args],
    options,
  );
  if (code === 0) return stdout;
  throw new HostFault(`${args[0]} failed in ${container} (exit code ${code}): ${lastLine(stderr)}`);
}

/** The name of the container that makes backups. @throws HostFault if it does not run */
export function backupContainer(stack: HostStack): Promise<string> {
  return containerOf(stack, "backup", /-dumps-/, "is environment.backup set in its file, and is it up?");
}

/** Makes a backup now. @returns its id */
export async function makeBackup(stack: HostStack): Promise<string> {
  return (await ask(stack, ["now"])).trim();
}

export async function listBackups(stack: HostStack): Promise<BackupList> {
  return parseList(await ask(stack, ["list"]));
}

/** Reads manifests, `field=value` lines with an empty line after each. */
export function parseList(text: string): BackupList {
  const records = text
    .split(/\n\n+/)
    .map(
      (block) =>
        new Map([...block.matchAll(/^([a-z0-9]+)=(.*)$/gm)].map(([, field = "", value = ""]) => [field, value])),
    )
    .filter((fields) => fields.size > 0);
  const failure = records.find((fields) => fields.has("failure"))?.get("failure");
  const backups = records.filter((fields) => fields.has("id")).map(manifestOf);
  return {
    backups: backups.sort((a, b) => (a.id < b.id ? 1 : -1)),
    ...(failure === undefined ? {} : { failure }),
  };
}

function manifestOf(fields: ReadonlyMap<string, string>): BackupManifest {
  const number = (field: string) => Number(fields.get(field) ?? Number.NaN);
  const id = fields.get("id") ?? "";
  return {
    id,
    at: timeOf(id),
    bytes: number("bytes"),
    encrypted: (fields.get("file") ?? "").endsWith(".enc"),
    tables: number("tables"),
    rows: number("rows"),
    seconds: number("seconds"),
    ...(fields.has("files")
      ? {
          uploads: {
            files: number("files"),
            bytes: number("filebytes"),
            added: number("addedfiles"),
            addedBytes: number("addedbytes"),
          },
        }
      : {}),
  };
}

/** @throws HostFault if `id` is no backup's id */
export function timeOf(id: string): Date {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(id);
  if (parts === null) throw new HostFault(`"${id}" is no backup's id; like 20261124T031500Z`);
  const [, year, month, day, hour, minute, second] = parts;
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

/** The id of a backup that is there. @param wanted an id, or `latest` @throws HostFault if it is not there */
export async function resolveBackup(stack: HostStack, wanted: string): Promise<string> {
  if (wanted !== "latest") timeOf(wanted);
  const { backups } = await listBackups(stack);
  const [newest] = backups;
  if (newest === undefined)
    throw new HostFault(`${stack.name} has no backup yet: berth backup ${stack.name} makes one`);
  const id = wanted === "latest" ? newest.id : wanted;
  if (backups.some((backup) => backup.id === id)) return id;
  throw new HostFault(`${stack.name} has no backup ${id}: berth backup ${stack.name} --list shows those it has`);
}

/** Restores into a database of that name, which must not be there yet. */
export async function restoreInto(stack: HostStack, id: string, database: string): Promise<void> {
  await ask(stack, ["restore", id, database]);
}

/** Puts a restored database in the place of the one in use. @returns the name under which that one is kept */
export async function swapIn(stack: HostStack, database: string, now: Date): Promise<string> {
  const before = `before_${stamp(now)}`;
  await ask(stack, ["swap", database, before]);
  return before;
}

/** A time as part of a database's name. */
export function stamp(time: Date): string {
  return time.toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "_").toLowerCase();
}

/** Restores a backup into a scratch server beside the real one, which notices nothing. */
export async function drillBackup(stack: HostStack, id: string, now: () => Date = () => new Date()): Promise<Drill> {
  const text = await ask(stack, ["drill", id]);
  const number = (field: string) => Number(new RegExp(`^${field}=(.*)$`, "m").exec(text)?.[1] ?? Number.NaN);
  const files = number("files");
  return {
    backup: id,
    bytes: number("bytes"),
    tables: number("tables"),
    rows: number("rows"),
    ...(Number.isNaN(files) ? {} : { uploads: { files, bytes: number("filebytes") } }),
    recoverySeconds: number("seconds"),
    restoreSeconds: number("restored"),
    lostSeconds: Math.round((now().getTime() - timeOf(id).getTime()) / 1000),
  };
}

/** Writes all that belongs to a backup as a tar. */
export async function exportBackup(stack: HostStack, id: string, output: Writable): Promise<void> {
  await ask(stack, ["export", id], { output });
}

/** Writes a backup's database in clear, in PostgreSQL's custom format: what `pg_restore` takes, anywhere. */
export async function openBackup(stack: HostStack, id: string, output: Writable): Promise<void> {
  await ask(stack, ["open", id], { output });
}

/**
 * Takes a backup in from such a tar.
 *
 * @param unsigned also one in clear, though the stack has a key to sign with
 * @returns its id
 */
export async function importBackup(stack: HostStack, file: string, unsigned: boolean): Promise<string> {
  return (await ask(stack, ["import", ...(unsigned ? ["unsigned"] : [])], { input: createReadStream(file) })).trim();
}
