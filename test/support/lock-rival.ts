// One of several processes that want the same lock: `node lock-rival.ts LOCK ROUNDS`. Prints what it saw at its end, as JSON.
import { randomInt } from "node:crypto";
import { open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { AlreadyRunning, acquireLock } from "../../infra/embedded/lock.ts";

const [, , file = "", rounds = "0"] = process.argv;
const inside = `${file}-inside`;
const seen = { held: 0, notAlone: 0, refused: 0 };

for (let round = 0; round < Number(rounds); round++) {
  try {
    const lock = await acquireLock(file, "http://localhost");
    seen.held += 1;
    await alone();
    if (randomInt(2) === 0) await lock.release();
    else await abandon();
  } catch (error) {
    if (!(error instanceof AlreadyRunning)) throw error;
    seen.refused += 1;
    await sleep(randomInt(3));
  }
}
process.stdout.write(JSON.stringify(seen));

/** What only one of all may be in. */
async function alone(): Promise<void> {
  const handle = await open(inside, "wx").catch(() => undefined);
  if (handle === undefined) seen.notAlone += 1;
  await handle?.close();
  await sleep(randomInt(3));
  if (handle !== undefined) await rm(inside);
}

/** Leaves the lock as a process does that is killed: this one lives on, so it is said to be another that is dead. */
async function abandon(): Promise<void> {
  const content = JSON.parse(await readFile(file, "utf8")) as object;
  const own = `${file}-abandoned-${process.pid}`;
  await writeFile(own, JSON.stringify({ ...content, owner: { pid: 2 ** 31 - 2, started: "" } }));
  await rename(own, file);
}
