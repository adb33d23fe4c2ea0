// berth drill: tries what one hopes never to need, and measures it. `restore` is of a backup of a stack on a Docker host.
import { drillBackup, resolveBackup } from "../vps/backups.ts";
import { size } from "../vps/watch/checks.ts";
import { duration } from "./duration.ts";
import { withProgress } from "./progress.ts";
import { openVpsStack } from "./vps-stack.ts";

/** Restores a backup into a scratch server beside the real one; fails if it cannot be restored. */
export async function drillRestore(name: string, options: { backup: string; json?: boolean }): Promise<void> {
  const stack = await openVpsStack(name);
  const id = await resolveBackup(stack, options.backup);
  const drill = await withProgress(`Restoring ${id} into a scratch server`, drillBackup(stack, id));
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ version: 1, stack: name, ...drill }, undefined, 2)}\n`);
    return;
  }
  const { bytes, tables, rows, recoverySeconds, restoreSeconds, lostSeconds } = drill;
  process.stdout.write(
    [
      `${name}: ${id} (${size(bytes)}) is whole; restored, it has ${tables} tables and ${rows} rows.`,
      `RTO  ${duration(recoverySeconds)} to check, decrypt and restore it, ${duration(restoreSeconds)} of it the restore itself`,
      `RPO  ${duration(lostSeconds)} of changes would be lost if the database went now`,
      "",
    ].join("\n"),
  );
}
