// berth drill: tries what one hopes never to need, and measures it.
import { readStack } from "../config/stack-file.ts";
import { type Drilled, drillRestore as drillOnAws } from "../operations/restore-drill.ts";
import { drillBackup, resolveBackup } from "../vps/backups.ts";
import { size } from "../vps/watch/checks.ts";
import { type CloudStack, deployedOutputs, readCloudStack } from "./cloud-stack.ts";
import { duration } from "./duration.ts";
import { exitCodes, Failure } from "./failure.ts";
import { interruptible } from "./interruption.ts";
import { withProgress } from "./progress.ts";
import { projectRoot } from "./project.ts";
import { oneOff } from "./run-command.ts";
import { openVpsStack } from "./vps-stack.ts";

interface DrillOptions {
  readonly backup?: string;
  readonly json?: boolean;
}

/** Restores the database into a scratch one beside the real one; fails if it cannot be restored. */
export async function drillRestore(name: string, options: DrillOptions): Promise<void> {
  const { architecture } = readStack(projectRoot, name).environment;
  if (architecture === "cloud") await onAws(readCloudStack(name, "drill"), options);
  else await onHost(name, options);
}

async function onHost(name: string, { backup = "latest", json }: DrillOptions): Promise<void> {
  const stack = await openVpsStack(name);
  const id = await resolveBackup(stack, backup);
  const drill = await withProgress(`Restoring ${id} into a scratch server`, drillBackup(stack, id));
  if (json) return printJson(name, drill);
  const { bytes, tables, rows, uploads, recoverySeconds, restoreSeconds, lostSeconds } = drill;
  process.stdout.write(
    [
      `${name}: ${id} (${size(bytes)}) is whole; restored, it has ${tables} tables and ${rows} rows.`,
      uploads === undefined
        ? "It holds the database alone: it was made before backups had the app's files."
        : `All of its ${uploads.files} files (${size(uploads.bytes)}) are whole.`,
      `RTO  ${duration(recoverySeconds)} to check, decrypt and restore it, ${duration(restoreSeconds)} of it the restore itself`,
      `RPO  ${duration(lostSeconds)} of changes would be lost if the database went now`,
      "",
    ].join("\n"),
  );
}

/** Ctrl-C ends it in good order: the copy is deleted. */
async function onAws(stack: CloudStack, { backup, json }: DrillOptions): Promise<void> {
  const { name } = stack;
  if (backup !== undefined) {
    throw new Failure(
      `--backup is for stacks on a Docker host: ${name} is restored to the latest point in time that RDS has`,
      exitCodes.usage,
    );
  }
  const interruption = {
    message: "the drill was ended; its copy of the database, if it had one by then, is being deleted",
    ending: "ending the drill and deleting its copy of the database; while RDS still makes it, that has to wait",
  };
  const drilled = await interruptible(interruption, async (signal) => {
    const outputs = await deployedOutputs(stack);
    const { region, database, logGroups } = outputs;
    const drill = {
      region,
      identifier: database.identifier,
      release: oneOff(outputs, "release"),
      logGroup: logGroups.release,
    };
    signal.throwIfAborted();
    return withProgress(`Restoring a copy of ${database.identifier}`, drillOnAws(drill, signal)).catch(
      (error: unknown) => {
        if (signal.aborted) throw error;
        throw new Failure(`${name} could not be restored: ${error instanceof Error ? error.message : String(error)}`);
      },
    );
  });
  if (json) return printJson(name, drilled);
  process.stdout.write(rendered(name, drilled));
}

function rendered(name: string, { restoredTo, schema, ...seconds }: Drilled): string {
  const whole = schema === undefined ? "found whole" : `found whole, with schema ${schema.version}`;
  return [
    `${name}: a copy of the database as of ${restoredTo.slice(0, 19)}Z was restored, and ${whole}, by the app's release command.`,
    `RTO  ${duration(seconds.recoverySeconds)} until it could serve, ${duration(seconds.availableSeconds)} of it until it answered`,
    `RPO  ${duration(seconds.lostSeconds)} of changes would be lost if the database went now`,
    "The copy is being deleted.",
    "",
  ].join("\n");
}

function printJson(stack: string, drill: object): void {
  process.stdout.write(`${JSON.stringify({ version: 1, stack, ...drill }, undefined, 2)}\n`);
}
