// Releases on ECS as hooks of the engine: the release phase runs before the first service changes, and the update is not done
// before the rollout is. What they throw fails the update. No hook runs in a preview.
import * as pulumi from "@pulumi/pulumi";
import { currentCommit, whoAmI } from "../operations/identity.ts";
import {
  addRelease,
  digestOf,
  type Ledger,
  type Release,
  readLive,
  readReleases,
  schemaOf,
  updateRelease,
  type Verdict,
  wasReleased,
} from "../operations/releases.ts";
import { ReleaseFailure, runReleasePhase } from "./ecs-phase.ts";
import { type Rollout, RolloutFailure, watchRollout } from "./ecs-rollout.ts";
import { assertWayBack } from "./ecs-strategy.ts";

/** A task definition and where its tasks log. */
export interface ReleasedTask {
  readonly definitionArn: pulumi.Input<string>;
  readonly containerName: string;
  readonly logGroup: pulumi.Input<string>;
  readonly logPrefix: string;
}

type RunningTask = pulumi.Unwrap<ReleasedTask> & { readonly service: string };

export interface EcsReleaseArgs {
  readonly region: string;
  readonly image: string;
  readonly cluster: pulumi.Input<string>;
  /** Name of the table that the ledger is kept in. */
  readonly table: pulumi.Input<string>;
  /** What the release phase works on; in another scope it has to run again. */
  readonly scope: pulumi.Input<string>;
  /** What runs the release phase. */
  readonly release: ReleasedTask & {
    readonly securityGroupId: pulumi.Input<string>;
    readonly subnetIds: readonly pulumi.Input<string>[];
    readonly assignPublicIp: boolean;
  };
  /** What a log may hold and no message may show. */
  readonly secrets: pulumi.Input<readonly string[]>;
  /** Seconds that the release phase may take. @default 900 */
  readonly phaseTimeout?: number;
  /** Seconds that a rollout may take. @default 1200 */
  readonly rolloutTimeout?: number;
}

type Known = pulumi.Unwrap<EcsReleaseArgs>;

/** One release, from the program's point of view: hooks to bind to the services and to what stands for the live release. */
export class EcsRelease {
  readonly #name: string;
  readonly #known: Promise<Known>;
  /** Services that this update creates or changes, and when it began to. */
  readonly #touched = new Map<string, number>();
  #live: Promise<string> | undefined;
  #phase: { readonly resource: string; readonly run: Promise<Release> } | undefined;

  constructor(name: string, args: EcsReleaseArgs) {
    this.#name = name;
    this.#known = known(args);
  }

  /** Hooks for a service: nothing of it changes before the release phase has succeeded. */
  service(name: string, task: ReleasedTask): pulumi.ResourceHookBinding {
    const before = new pulumi.ResourceHook(`${this.#name}-before-${name}`, async (hook) => {
      await assertWayBack((await this.#known).region, hook);
      await this.#releaseFor(hook.name);
      this.#touched.set(name, Date.now());
    });
    return { beforeCreate: [before], beforeUpdate: [before], afterUpdate: [this.#repaired(name, task)] };
  }

  /**
   * Hooks for the resource that stands for the live release, after all services: it changes only when they run what they
   * should. Not after-hooks of the services: the engine takes those for done even if such a hook fails, and the next update
   * would find nothing to do; and one that is killed while a hook waits does not know what it has made.
   *
   * @param data what that resource holds; of it the hooks of the services see whether it is going to change
   */
  live(
    data: pulumi.Output<string>,
    services: Readonly<Record<string, ReleasedTask & { readonly service: pulumi.Input<string> }>>,
  ): pulumi.ResourceHookBinding {
    this.#live = known(data);
    const rollouts = known(services);
    const hook = new pulumi.ResourceHook(`${this.#name}-live`, async () => this.#untilLive(await rollouts));
    return { beforeCreate: [hook], beforeUpdate: [hook] };
  }

  /** However many services there are, the phase runs once in a run of the program. */
  async #releaseFor(resource: string): Promise<void> {
    if (this.#phase === undefined) {
      this.#phase = { resource, run: this.#known.then((all) => releasePhase(all)) };
      await this.#phase.run;
      return;
    }
    const { resource: first, run } = this.#phase;
    await run.catch(() => {
      throw new Error(`The release failed; the error of ${first} says why.`);
    });
  }

  async #untilLive(services: Readonly<Record<string, RunningTask>>): Promise<void> {
    const all = await this.#known;
    const release = await (this.#phase?.run ?? openRelease(all));
    const rollouts = Object.entries(services).map(([name, service]) =>
      rolloutOf(all, name, service, this.#touched.get(name)),
    );
    try {
      await allLive(rollouts);
    } catch (error) {
      await close(all, release, error);
      throw error;
    }
    await updateRelease(ledgerOf(all), { ...release, verdict: "live", ended: new Date().toISOString() });
  }

  /** A service that was changed behind the engine's back is put right: what is live stays the same, so it is watched here. */
  #repaired(name: string, task: ReleasedTask): pulumi.ResourceHook {
    const definition = known(task);
    return new pulumi.ResourceHook(`${this.#name}-after-${name}`, async ({ newOutputs }) => {
      const service: unknown = newOutputs?.name;
      if (typeof service !== "string" || (await readLive(ledgerOf(await this.#known))) !== (await this.#live)) return;
      await this.#untilLive({ [name]: { ...(await definition), service } });
    });
  }
}

/** Opens a row of the ledger and runs the phase, unless the image has had it. */
async function releasePhase(all: Known): Promise<Release> {
  const release = await openRelease(all);
  if (release.released) return release;
  const { region, image, cluster, secrets, release: task, phaseTimeout } = all;
  pulumi.log.info(`Release ${release.number}: migrations and static assets of ${image}`);
  try {
    const schema = await runReleasePhase({
      ...{ region, image, cluster, secrets, timeout: phaseTimeout ?? 900 },
      ...{ taskDefinition: task.definitionArn, container: task.containerName, subnets: task.subnetIds },
      ...{ securityGroup: task.securityGroupId, assignPublicIp: task.assignPublicIp },
      ...{ logGroup: task.logGroup, logPrefix: task.logPrefix },
    });
    return await updateRelease(ledgerOf(all), {
      ...release,
      released: true,
      ...(schema === undefined ? {} : { schema }),
    });
  } catch (error) {
    await close(all, release, error);
    throw error;
  }
}

/** The row of this release: that of an update of the same image that was killed, or a new one. */
async function openRelease(all: Known): Promise<Release> {
  const { region, image, scope } = all;
  const ledger = ledgerOf(all);
  const releases = await readReleases(ledger);
  const [newest] = releases;
  if (newest?.verdict === "started") {
    if (digestOf(newest.image) === digestOf(image) && newest.scope === scope) return newest;
    await updateRelease(ledger, { ...newest, verdict: "interrupted" });
  }
  const commit = await currentCommit(import.meta.dirname);
  const schema = schemaOf(releases, image, scope);
  return addRelease(ledger, {
    ...{ image, scope, verdict: "started", at: new Date().toISOString(), how: process.env.BERTH_ACTION ?? "up" },
    released: wasReleased(releases, image, scope),
    by: await whoAmI(region),
    ...(commit === undefined ? {} : { commit }),
    ...(schema === undefined ? {} : { schema }),
  });
}

async function close(all: Known, release: Release, error: unknown): Promise<void> {
  const known = error instanceof ReleaseFailure || error instanceof RolloutFailure;
  const reason = known ? error.reason : error instanceof Error ? error.message : String(error);
  const verdict = verdictOf(error);
  const closed = { ...release, verdict, reason, ended: new Date().toISOString() };
  await updateRelease(ledgerOf(all), closed).catch((fault: unknown) =>
    // What went wrong first is what is told.
    pulumi.log.warn(`The ledger does not know that release ${release.number} failed: ${String(fault)}`),
  );
}

function verdictOf(error: unknown): Verdict {
  if (error instanceof ReleaseFailure) return "release failed";
  return error instanceof RolloutFailure && error.rolledBack ? "rolled back" : "failed";
}

/** Waits for all rollouts; the first that fails ends it, and the others are no longer waited for. */
async function allLive(rollouts: readonly Rollout[]): Promise<void> {
  const over = new AbortController();
  try {
    await Promise.all(rollouts.map((rollout) => watchRollout(rollout, over.signal)));
  } finally {
    over.abort();
  }
}

/** @param touched when this update changed the service; undefined if it did not, which is how it is after one that failed */
function rolloutOf(
  { region, cluster, image, secrets, rolloutTimeout }: Known,
  name: string,
  task: RunningTask,
  touched: number | undefined,
): Rollout {
  return {
    ...{ region, cluster, image, secrets, name, service: task.service, timeout: rolloutTimeout ?? 1200 },
    ...{ taskDefinition: task.definitionArn, container: task.containerName },
    ...{ logGroup: task.logGroup, logPrefix: task.logPrefix },
    since: touched ?? Date.now(),
    again: touched === undefined,
  };
}

function ledgerOf({ region, table }: Known): Ledger {
  return { region, table };
}

/** Resolves when every value is known. In a preview that may be never: hooks do not run there. */
function known<Value>(value: Value): Promise<pulumi.Unwrap<Value>> {
  return new Promise((resolve) => {
    pulumi.output(value).apply((all) => resolve(all as pulumi.Unwrap<Value>));
  });
}
