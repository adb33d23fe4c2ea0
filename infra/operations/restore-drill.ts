// Tries whether a database on RDS can be brought back: a copy of it as it was a moment ago, which the app's own release command
// has to find whole. The copy goes in any case.
import { setTimeout as sleep } from "node:timers/promises";
import type { DBInstance, RDS, RestoreDBInstanceToPointInTimeMessage } from "@aws-sdk/client-rds";
import { ecs, isAwsError, rds } from "./clients.ts";
import { describeEnd, exitCodeOf, isStopped, type OneOff, startTask, stopTask, waitForTask } from "./one-off.ts";
import { type Schema, schemaIn } from "./releases.ts";
import { lastLines, streamOf } from "./task-log.ts";

export interface RestoreDrill {
  readonly region: string;
  /** The instance that a copy is made of. */
  readonly identifier: string;
  /** The task that runs `release`, and where it logs. */
  readonly release: Omit<OneOff, "startedBy" | "command" | "variables" | "exec">;
  readonly logGroup: string;
}

/** What a drill measured, in seconds. */
export interface Drilled {
  /** The point in time that the copy is of; ISO 8601. */
  readonly restoredTo: string;
  /** Changes up to here would be lost if the database went now. */
  readonly lostSeconds: number;
  /** Until the copy answered. */
  readonly availableSeconds: number;
  /** Until the app's release had found it whole: from then on it could serve. */
  readonly recoverySeconds: number;
  readonly schema?: Schema;
}

/** Seconds between two looks at the copy, and those that RDS may take to make it. */
const lookEvery = 10;
const restoreLimit = 3 * 3600;
/** Seconds that the release command may take on the copy. */
const releaseLimit = 1800;

/**
 * Restores a copy, proves it, deletes it. One that a killed drill left is deleted first.
 *
 * @param signal ends the drill; the copy is deleted then, too
 * @throws if there is nothing to restore, if RDS refuses, if the release command does not end with 0, or if the copy stays
 */
export async function drillRestore(drill: RestoreDrill, signal: AbortSignal): Promise<Drilled> {
  const client = await rds(drill.region);
  const copy = `${drill.identifier}-drill`;
  const source = await find(client, drill.identifier);
  const restorable = source?.LatestRestorableTime;
  if (source === undefined || restorable === undefined) {
    throw new Error(
      source === undefined
        ? `there is no database ${drill.identifier}`
        : `RDS names no time that ${drill.identifier} can be restored to: its first backup is not done yet`,
    );
  }
  const began = Date.now();
  const since = () => (Date.now() - began) / 1000;
  try {
    await remove(client, copy, signal);
    signal.throwIfAborted();
    await client.restoreDBInstanceToPointInTime(likeSource(source, copy));
    const { Endpoint } = await untilAvailable(client, copy, signal);
    const availableSeconds = since();
    const schema = await prove(drill, Endpoint?.Address ?? "", signal);
    return {
      restoredTo: restorable.toISOString(),
      lostSeconds: Math.max(0, (began - restorable.getTime()) / 1000),
      availableSeconds,
      recoverySeconds: since(),
      ...(schema === undefined ? {} : { schema }),
    };
  } finally {
    await beginRemoval(client, copy).catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`the copy ${copy} could not be deleted, and costs and holds data until it is: ${why}`);
    });
  }
}

/** Where the source is, and as large; alone in one zone, as it is thrown away. */
function likeSource(source: DBInstance, copy: string): RestoreDBInstanceToPointInTimeMessage {
  return {
    SourceDBInstanceIdentifier: source.DBInstanceIdentifier,
    TargetDBInstanceIdentifier: copy,
    UseLatestRestorableTime: true,
    DBInstanceClass: source.DBInstanceClass,
    DBSubnetGroupName: source.DBSubnetGroup?.DBSubnetGroupName,
    DBParameterGroupName: source.DBParameterGroups?.[0]?.DBParameterGroupName,
    VpcSecurityGroupIds: source.VpcSecurityGroups?.flatMap(({ VpcSecurityGroupId = [] }) => VpcSecurityGroupId),
    MultiAZ: false,
    PubliclyAccessible: false,
    DeletionProtection: false,
    // Its cost and its place in an inventory are the environment's.
    Tags: [...(source.TagList ?? []).filter(({ Key }) => !Key?.startsWith("aws:")), { Key: "drill", Value: "restore" }],
  };
}

async function find(client: RDS, identifier: string): Promise<DBInstance | undefined> {
  try {
    return (await client.describeDBInstances({ DBInstanceIdentifier: identifier })).DBInstances?.[0];
  } catch (error) {
    if (isAwsError(error, "DBInstanceNotFound", "DBInstanceNotFoundFault")) return undefined;
    throw error;
  }
}

async function untilAvailable(client: RDS, identifier: string, signal: AbortSignal): Promise<DBInstance> {
  for (const end = Date.now() + restoreLimit * 1000; ; await sleep(lookEvery * 1000, undefined, { signal })) {
    const found = await find(client, identifier);
    const status = found?.DBInstanceStatus ?? "not there";
    if (found !== undefined && status === "available") return found;
    if (/^(failed|incompatible-|restore-error)/.test(status)) throw new Error(`the copy ${identifier} is ${status}`);
    if (Date.now() > end) throw new Error(`the copy ${identifier} is still ${status} after ${restoreLimit} s`);
  }
}

async function remove(client: RDS, identifier: string, signal: AbortSignal): Promise<void> {
  if (!(await beginRemoval(client, identifier, signal))) return;
  for (const end = Date.now() + restoreLimit * 1000; ; await sleep(lookEvery * 1000, undefined, { signal })) {
    if ((await find(client, identifier)) === undefined) return;
    if (Date.now() > end)
      throw new Error(`the copy ${identifier} of an earlier drill is not gone after ${restoreLimit} s`);
  }
}

/**
 * Whether there was anything to delete. The deletion takes minutes, and nobody has to wait for it: but RDS may not begin it before
 * it has made the copy.
 *
 * @param signal ends the wait for that
 */
async function beginRemoval(client: RDS, identifier: string, signal?: AbortSignal): Promise<boolean> {
  const pause = () => sleep(lookEvery * 1000, undefined, signal === undefined ? {} : { signal });
  for (const end = Date.now() + restoreLimit * 1000; ; await pause()) {
    try {
      await client.deleteDBInstance({
        DBInstanceIdentifier: identifier,
        SkipFinalSnapshot: true,
        DeleteAutomatedBackups: true,
      });
      return true;
    } catch (error) {
      if (isAwsError(error, "DBInstanceNotFound", "DBInstanceNotFoundFault")) return false;
      if (!isAwsError(error, "InvalidDBInstanceState", "InvalidDBInstanceStateFault")) throw error;
      const status = (await find(client, identifier))?.DBInstanceStatus ?? "deleting";
      if (status === "deleting") return true;
      if (Date.now() > end) throw new Error(`it is still ${status} after ${restoreLimit} s`);
    }
  }
}

/** The app's own release command: it signs in as the owner, over TLS, and knows the schema that has to be there. */
async function prove(
  { release, logGroup }: RestoreDrill,
  host: string,
  signal: AbortSignal,
): Promise<Schema | undefined> {
  const url = await databaseUrl(release);
  url.hostname = host;
  const task: OneOff = {
    ...release,
    startedBy: "berth-drill",
    command: ["release"],
    variables: { DATABASE_URL: url.href },
  };
  signal.throwIfAborted();
  const arn = await startTask(task);
  const ended = await waitForTask(task, arn, isStopped, releaseLimit, { signal }).catch(async (error: unknown) => {
    if (signal.aborted) await stopTask(task, arn, "The drill was ended");
    throw error;
  });
  const stream = streamOf("release", task.container, arn);
  const lines = await lastLines({ region: task.region, group: logGroup, stream });
  if (ended !== undefined && exitCodeOf(ended, task.container) === 0) return schemaIn(lines);
  const how = ended === undefined ? `was not done after ${releaseLimit} s` : describeEnd(ended, task.container);
  throw new Error(
    `the copy was restored, but the release command on it ${how}. Its last log lines:\n${lines.slice(-20).join("\n")}`,
  );
}

async function databaseUrl({ region, taskDefinition, container }: RestoreDrill["release"]): Promise<URL> {
  const client = await ecs(region);
  const { taskDefinition: found } = await client.describeTaskDefinition({ taskDefinition });
  const own = found?.containerDefinitions?.find(({ name }) => name === container);
  const value = own?.environment?.find(({ name }) => name === "DATABASE_URL")?.value ?? "";
  if (!URL.canParse(value)) throw new Error(`the task definition ${taskDefinition} has no DATABASE_URL`);
  return new URL(value);
}
