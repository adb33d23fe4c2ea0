// berth rollback: goes back to an earlier release of a stack.
import { digestOf, type Release, readReleases, rollbackRefusal } from "../operations/releases.ts";
import { assertMeant, deployedOutputs, readCloudStack } from "./cloud-stack.ts";
import { release } from "./deploy.ts";
import { exitCodes, Failure } from "./failure.ts";
import { imageFor } from "./image.ts";

export async function rollback(name: string, wanted: string | undefined, options: { yes?: boolean }): Promise<void> {
  const stack = readCloudStack(name, "rollback");
  assertMeant(stack, options.yes, "roll back");
  const outputs = await deployedOutputs(stack);
  const ledger = { region: outputs.region, table: outputs.ledger };
  const releases = await readReleases(ledger);
  const target = rollbackTarget(name, releases, wanted);
  process.stdout.write(`${name} goes back to release ${target.number}, ${saidOf(target)}${because(releases)}.\n`);
  await release(stack, ledger, imageFor(stack, target.image), "rollback");
}

function saidOf({ image, at }: Release): string {
  return `${digestOf(image).slice(0, 19)} of ${at.slice(0, 16).replace("T", " ")} UTC`;
}

function because(releases: readonly Release[]): string {
  const newest = newestAtServices(releases);
  return newest === undefined || newest.verdict === "live" ? "" : `; release ${newest.number} is ${newest.verdict}`;
}

/**
 * The release to go back to: the one that is named, or the last that was live with another image than the newest that any
 * service may run.
 *
 * @throws Failure if there is none, if it never was live, or if the schema forbids it
 */
export function rollbackTarget(name: string, releases: readonly Release[], wanted: string | undefined): Release {
  const target = wanted === undefined ? lastOther(name, releases) : numbered(name, releases, wanted);
  if (target.verdict !== "live") {
    throw new Failure(
      `release ${target.number} of ${name} never was live (${target.verdict}): berth releases ${name} lists those that were`,
      exitCodes.usage,
    );
  }
  const refusal = rollbackRefusal(releases, target);
  if (refusal === undefined) return target;
  throw new Failure(
    `${name} cannot go back to release ${target.number}: ${refusal}. Deploy a fix forward, or a release that knows that schema`,
    exitCodes.usage,
  );
}

function lastOther(name: string, releases: readonly Release[]): Release {
  const newest = newestAtServices(releases);
  const found = releases.find(
    ({ verdict, image }) => verdict === "live" && newest !== undefined && digestOf(image) !== digestOf(newest.image),
  );
  if (found !== undefined) return found;
  throw new Failure(`${name} has no earlier release with another image to go back to`, exitCodes.usage);
}

/**
 * The newest release that a service may run: no service changes before the release phase was done, and after that any may have.
 * Of one that was rolled back, too: ECS takes back the service that did not come up, and the other may run on.
 */
function newestAtServices(releases: readonly Release[]): Release | undefined {
  return releases.find(({ released }) => released);
}

function numbered(name: string, releases: readonly Release[], wanted: string): Release {
  const found = releases.find(({ number }) => String(number) === wanted);
  if (found !== undefined) return found;
  throw new Failure(`${name} has no release "${wanted}": berth releases ${name} lists them by number`, exitCodes.usage);
}
