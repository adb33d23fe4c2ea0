// berth restore: brings a backup back: files that are missing, and the database in the place of the one in use; or that one beside it.
import { existsSync } from "node:fs";
import { importBackup, makeBackup, resolveBackup, restoreInto, stamp, swapIn } from "../vps/backups.ts";
import { type FilesPutBack, putFilesBack } from "../vps/put-files.ts";
import { size } from "../vps/watch/checks.ts";
import { exitCodes, Failure } from "./failure.ts";
import { withProgress } from "./progress.ts";
import { assertMeant, openVpsStack, type VpsStack } from "./vps-stack.ts";

interface RestoreOptions {
  readonly into?: string;
  readonly files?: boolean;
  readonly yes?: boolean;
  readonly safety?: boolean;
  readonly unsigned?: boolean;
}

/** @param wanted a backup's id, `latest`, or a file that `berth backup --output` wrote */
export async function restore(name: string, wanted: string, options: RestoreOptions): Promise<void> {
  if (options.into !== undefined && !/^[a-z][a-z0-9_]{0,62}$/.test(options.into)) {
    throw new Failure(
      `--into ${options.into} is no name for a database: lower case letters, digits and _`,
      exitCodes.usage,
    );
  }
  if (options.into !== undefined && options.files) {
    throw new Failure(
      "--files is for the app's files alone and --into for the database alone: one of them",
      exitCodes.usage,
    );
  }
  const stack = await openVpsStack(name);
  const what = options.files ? "files" : "database";
  if (options.into === undefined) assertMeant(stack, options.yes, `its ${what} would be replaced by the backup`);
  const id = await find(stack, wanted, options.unsigned ?? false);
  if (options.into !== undefined) {
    await withProgress(`Restoring ${id} into ${options.into}`, restoreInto(stack, id, options.into));
    process.stdout.write(
      `${id} is restored in the database ${options.into}, beside the one in use. The app's files are as they were.\n`,
    );
    return;
  }
  if (options.files) assertAllPut(await putBack(stack, id), id, "the files that are whole are back");
  else await replace(stack, id, options.safety ?? true);
}

async function find(stack: VpsStack, wanted: string, unsigned: boolean): Promise<string> {
  const isFile = wanted.includes("/") || wanted.includes(".") || existsSync(wanted);
  if (!isFile && unsigned) {
    throw new Failure(
      `--unsigned is for a file that is taken in, and ${wanted} is none: leave it out`,
      exitCodes.usage,
    );
  }
  if (!isFile) return resolveBackup(stack, wanted);
  if (!existsSync(wanted)) throw new Failure(`there is no file ${wanted}: berth backup STACK --output FILE writes one`);
  return withProgress(`Taking in ${wanted}`, importBackup(stack, wanted, unsigned));
}

/**
 * What is in use stays in use until the backup stands beside it, whole. Files come first: more of them than the database speaks of
 * do no harm, and a database that speaks of files that are not there would.
 */
async function replace(stack: VpsStack, id: string, safety: boolean): Promise<void> {
  const { name } = stack;
  if (safety) {
    const before = await withProgress(`Backing up ${name} as it is`, makeBackup(stack));
    process.stdout.write(`${name} as it was is the backup ${before}.\n`);
  }
  const put = await putBack(stack, id);
  const now = new Date();
  const fresh = `restored_${stamp(now)}`;
  await withProgress(`Restoring ${id}`, restoreInto(stack, id, fresh));
  const kept = await withProgress("Exchanging the databases", swapIn(stack, fresh, now));
  process.stdout.write(
    `${name} has the data of ${id}. What it had before is the database ${kept}; docs/runbooks/vps-restore.md says how to drop it.\n`,
  );
  assertAllPut(put, id, "the database is restored");
}

async function putBack(stack: VpsStack, id: string): Promise<FilesPutBack | undefined> {
  const put = await withProgress(`Putting back the files of ${id}`, putFilesBack(stack, id));
  process.stdout.write(`${told(put)}\n`);
  return put;
}

/** Once all that can be done is done. @throws Failure if files are damaged in the backup */
function assertAllPut(put: FilesPutBack | undefined, id: string, done: string): void {
  const damaged = put?.damaged ?? [];
  if (damaged.length === 0) return;
  throw new Failure(
    `${done}, but not all files: damaged in ${id}, and so not put back, are ${some(damaged)}; a copy elsewhere may have them: docs/runbooks/vps-restore.md`,
  );
}

function told(put: FilesPutBack | undefined): string {
  if (put === undefined) return "The backup holds the database alone; the app's files are as they were.";
  if (put.files === 0 && put.damaged.length === 0) return "No file of the app had to be put back.";
  return `Files of the app put back: ${put.files} (${size(put.bytes)}), missing until now or with another content.`;
}

function some(paths: readonly string[]): string {
  return paths.length > 5 ? `${paths.slice(0, 5).join(", ")} and ${paths.length - 5} more` : paths.join(", ");
}
