// What this build is called where errors and traces are looked at: the same for the same bytes, whatever environment runs them.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** arena@ and the version in the nearest package.json: the build puts a hash of its content there. */
export function releaseName(): string {
  const file = [".", ".."].map((up) => join(import.meta.dirname, up, "package.json")).find((path) => existsSync(path));
  const { version = "unknown" } =
    file === undefined ? {} : (JSON.parse(readFileSync(file, "utf8")) as { version?: string });
  return `arena@${version}`;
}
