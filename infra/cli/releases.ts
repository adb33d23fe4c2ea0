// berth releases: what was released to a stack, the newest first.
import { digestOf, type Release, readReleases } from "../operations/releases.ts";
import { deployedOutputs, readCloudStack } from "./cloud-stack.ts";

export async function releases(name: string, options: { json?: boolean }): Promise<void> {
  const { region, ledger } = await deployedOutputs(readCloudStack(name, "releases"));
  const all = await readReleases({ region, table: ledger });
  process.stdout.write(options.json ? `${JSON.stringify(all, undefined, 2)}\n` : renderReleases(all));
}

export function renderReleases(all: readonly Release[]): string {
  const rows = all.map((release) => [
    String(release.number),
    release.at.slice(0, 16).replace("T", " "),
    release.verdict,
    release.how,
    digestOf(release.image).slice(0, 19),
    release.schema?.version ?? "",
    release.commit?.slice(0, 12) ?? "",
    release.by.split("/").slice(-2).join("/"),
  ]);
  const table = [["release", "began (UTC)", "verdict", "by way of", "image", "schema", "commit", "who"], ...rows];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  return table
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}
