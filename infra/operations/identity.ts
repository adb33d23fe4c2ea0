// Who releases, and from which commit.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { sts } from "./clients.ts";

/** The AWS identity, and the user of the CI system where there is one. */
export async function whoAmI(region: string, environment: NodeJS.ProcessEnv = process.env): Promise<string> {
  const client = await sts(region);
  const { Arn = "unknown" } = await client.getCallerIdentity({});
  const user = environment.GITHUB_ACTOR ?? "";
  return user === "" ? Arn : `${Arn} (${user})`;
}

/** What CI says it builds, else the checkout's commit; undefined where there is neither. */
export async function currentCommit(
  folder: string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<string | undefined> {
  const given = environment.BERTH_COMMIT ?? environment.GITHUB_SHA ?? "";
  if (given !== "") return given;
  return promisify(execFile)("git", ["rev-parse", "HEAD"], { cwd: folder }).then(
    ({ stdout }) => stdout.trim(),
    // No git, or no repository: a release is none the worse for it.
    () => undefined,
  );
}
