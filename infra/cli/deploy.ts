// berth deploy: releases another image of a stack.
import { digestOf, readReleases, rollbackRefusal } from "../operations/releases.ts";
import { assertMeant, type CloudStack, deployedOutputs, readCloudStack } from "./cloud-stack.ts";
import { engineRelease } from "./engine.ts";
import { exitCodes, Failure } from "./failure.ts";
import { imageFor, writeImage } from "./image.ts";
import { interruptible } from "./interruption.ts";

export async function deploy(name: string, options: { image: string; yes?: boolean }): Promise<void> {
  const stack = readCloudStack(name, "deploy");
  const image = imageFor(stack, options.image);
  assertMeant(stack, options.yes, "deploy");
  const outputs = await deployedOutputs(stack);
  const ledger = { region: outputs.region, table: outputs.ledger };
  const releases = await readReleases(ledger);
  // An image of before is a way back, and the schema may forbid it.
  const known = releases.find((release) => release.released && digestOf(release.image) === digestOf(image));
  const refusal = known === undefined ? undefined : rollbackRefusal(releases, known);
  if (refusal !== undefined) throw new Failure(`this image cannot be deployed: ${refusal}`, exitCodes.usage);
  await release(stack, ledger, image, "deploy");
}

/**
 * Writes the image into the stack's file and has the engine release it. The file is put back if the image did not get live, so
 * that it says what runs: also where a signal ends this before the engine has begun, or while it works.
 */
export async function release(
  stack: CloudStack,
  ledger: { readonly region: string; readonly table: string },
  image: string,
  action: "deploy" | "rollback",
): Promise<void> {
  await interruptible({ message: "interrupted" }, async (signal) => {
    const putBack = await writeImage(stack, image);
    try {
      await engineRelease(stack, action, signal);
    } catch (error) {
      const [newest] = await readReleases(ledger).catch(() => []);
      const isLive = newest?.verdict === "live" && digestOf(newest.image) === digestOf(image);
      if (!isLive) await putBack();
      const now = isLive ? "names the new image, which is live" : "names the image of before again";
      throw new Failure(
        `${error instanceof Error ? error.message : String(error)}\nPulumi.${stack.name}.yaml ${now}.`,
        error instanceof Failure ? error.exitCode : exitCodes.failed,
      );
    }
  });
  process.stdout.write(`${stack.name} runs ${image}\nPulumi.${stack.name}.yaml says so now: commit it.\n`);
}
