// The image of a stack: checked against what is configured, and written into the stack's file.
import { readFile, writeFile } from "node:fs/promises";
import { isScalar, parseDocument } from "yaml";
import type { CloudStack } from "./cloud-stack.ts";
import { exitCodes, Failure } from "./failure.ts";

/**
 * The whole reference of an image that is given as `sha256:…` or as `repository@sha256:…`.
 *
 * @throws Failure if it has no digest, or is kept elsewhere than the configured one
 */
export function imageFor({ name, environment }: CloudStack, given: string): string {
  const repository = repositoryOf(environment.image);
  const digest = /(?:^|@)(sha256:[0-9a-f]{64})$/.exec(given)?.[1];
  if (digest === undefined) {
    throw new Failure(
      `the image "${given}" has no digest: give sha256:… with 64 digits, or ${repository}@sha256:… (a tag can change)`,
      exitCodes.usage,
    );
  }
  const named = given.slice(0, -digest.length).replace(/@$/, "");
  if (named !== "" && named !== repository) {
    throw new Failure(
      `the image is in ${named}, but ${name} takes its images from ${repository}: copy it there, it keeps its digest, or change image in Pulumi.${name}.yaml`,
      exitCodes.usage,
    );
  }
  return `${repository}@${digest}`;
}

function repositoryOf(image: string): string {
  return image.slice(0, image.indexOf("@"));
}

/** Writes the image into the stack's file and nothing else of it; returns what puts the file back. */
export async function writeImage({ file, project }: CloudStack, image: string): Promise<() => Promise<void>> {
  const before = await readFile(file, "utf8");
  const node = parseDocument(before).getIn(["config", `${project}:environment`, "image"], true);
  if (!isScalar(node) || node.range == null) throw new Failure(`${file} has no image to replace`);
  const [start, end] = node.range;
  const after = before.slice(0, start) + image + before.slice(end);
  await writeFile(file, after);
  return async () => {
    // Somebody may have edited it meanwhile.
    if ((await readFile(file, "utf8")) === after) await writeFile(file, before);
  };
}
