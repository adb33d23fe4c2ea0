// berth restore: brings a backup back, in the place of the database in use or beside it.
import { existsSync } from "node:fs";
import { importBackup, makeBackup, resolveBackup, restoreInto, stamp, swapIn } from "../vps/backups.ts";
import { exitCodes, Failure } from "./failure.ts";
import { withProgress } from "./progress.ts";
import { assertMeant, openVpsStack, type VpsStack } from "./vps-stack.ts";

interface RestoreOptions {
  readonly into?: string;
  readonly yes?: boolean;
  readonly safety?: boolean;
}

/** @param wanted a backup's id, `latest`, or a file that `berth backup --output` wrote */
export async function restore(name: string, wanted: string, options: RestoreOptions): Promise<void> {
  if (options.into !== undefined && !/^[a-z][a-z0-9_]{0,62}$/.test(options.into)) {
    throw new Failure(
      `--into ${options.into} is no name for a database: lower case letters, digits and _`,
      exitCodes.usage,
    );
  }
  const stack = await openVpsStack(name);
  if (options.into === undefined) assertMeant(stack, options.yes, "its database would be replaced by the backup");
  const id = await find(stack, wanted);
  if (options.into !== undefined) {
    await withProgress(`Restoring ${id} into ${options.into}`, restoreInto(stack, id, options.into));
    process.stdout.write(`${id} is restored in the database ${options.into}, beside the one in use.\n`);
    return;
  }
  await replace(stack, id, options.safety ?? true);
}

async function find(stack: VpsStack, wanted: string): Promise<string> {
  const isFile = wanted.includes("/") || wanted.includes(".") || existsSync(wanted);
  if (!isFile) return resolveBackup(stack, wanted);
  if (!existsSync(wanted)) throw new Failure(`there is no file ${wanted}: berth backup STACK --output FILE writes one`);
  return withProgress(`Taking in ${wanted}`, importBackup(stack, wanted));
}

/** What is in use stays in use until the backup stands beside it, whole. */
async function replace(stack: VpsStack, id: string, safety: boolean): Promise<void> {
  const { name } = stack;
  if (safety) {
    const before = await withProgress(`Backing up ${name} as it is`, makeBackup(stack));
    process.stdout.write(`${name} as it was is the backup ${before}.\n`);
  }
  const now = new Date();
  const fresh = `restored_${stamp(now)}`;
  await withProgress(`Restoring ${id}`, restoreInto(stack, id, fresh));
  const kept = await withProgress("Exchanging the databases", swapIn(stack, fresh, now));
  process.stdout.write(
    `${name} has the data of ${id}. What it had before is the database ${kept}; docs/runbooks/vps-restore.md says how to drop it.\n`,
  );
}
