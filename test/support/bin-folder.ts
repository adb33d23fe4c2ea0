// A folder of programs to be the whole PATH of a command: what is not in it is not on that machine.
import { chmodSync, existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What every machine with bash has. */
const everywhere = "bash cat dirname env grep head ln mkdir mv readlink rm rmdir sh sleep tail touch uname".split(" ");

export interface BinFolder {
  readonly path: string;
  /** Adds a program as a shell script, in the place of one that is there. */
  script(name: string, text: string): void;
  /** Adds a program that is elsewhere. */
  link(name: string, target: string): void;
  remove(): void;
}

export function binFolder(): BinFolder {
  const path = mkdtempSync(join(tmpdir(), "berth-bin-"));
  const folder: BinFolder = {
    path,
    script(name, text) {
      // What is there may be a link to the machine's own program, which writing would follow.
      rmSync(join(path, name), { force: true });
      writeFileSync(join(path, name), `#!/bin/sh\n${text}\n`, { flag: "wx" });
      chmodSync(join(path, name), 0o755);
    },
    link: (name, target) => symlinkSync(target, join(path, name)),
    remove: () => rmSync(path, { recursive: true }),
  };
  for (const name of everywhere) {
    const found = (process.env.PATH ?? "").split(":").find((place) => existsSync(join(place, name)));
    if (found !== undefined) folder.link(name, join(found, name));
  }
  return folder;
}
