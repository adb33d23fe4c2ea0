// A copy of the project as a fresh clone would be: what git tracks or would add, nothing else.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { projectRoot } from "../../infra/cli/project.ts";

export interface ProjectCopy {
  /** Its path holds a blank. */
  readonly folder: string;
  readonly berth: string;
  write(file: string, text: string): void;
  remove(): void;
}

/** @param dependencies `shared`: this checkout's node_modules by a link; `none`: the wrapper has to install them */
export function copyProject(dependencies: "shared" | "none"): ProjectCopy {
  const folder = join(mkdtempSync(join(tmpdir(), "berth-copy-")), "a clone");
  const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"], {
    cwd: projectRoot,
  });
  for (const file of files.toString().split("\0").filter(Boolean)) {
    if (!existsSync(join(projectRoot, file))) continue;
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(projectRoot, file), join(folder, file));
  }
  if (dependencies === "shared") {
    if (!existsSync(join(projectRoot, "node_modules/.berth-installed"))) {
      throw new Error("These tests share the dependencies that ./berth installs: run ./berth --help once.");
    }
    // Older than that installation, so that no copy's wrapper installs into the folder that all share.
    utimesSync(join(folder, "package-lock.json"), 0, 0);
    for (const place of ["node_modules", "app/node_modules"]) {
      if (existsSync(join(projectRoot, place))) symlinkSync(join(projectRoot, place), join(folder, place));
    }
  }
  return {
    folder,
    berth: join(folder, "berth"),
    write: (file, text) => writeFileSync(join(folder, file), text),
    remove: () => rmSync(dirname(folder), { recursive: true, force: true }),
  };
}
