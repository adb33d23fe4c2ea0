// One environment, one owner: a file that names the process that runs it and the processes it started.
import { createHash, randomUUID } from "node:crypto";
import { link, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** A process that can be told from a later one with the same id. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When the system says it started, in the system's own units; empty where it does not say. */
  readonly started: string;
}

interface LockContent {
  /** No two locks are alike. */
  readonly id: string;
  readonly owner: ProcessIdentity;
  readonly url: string;
  readonly children: readonly ProcessIdentity[];
}

/** The environment runs already. */
export class AlreadyRunning extends Error {
  readonly pid: number;
  readonly url: string;

  constructor(pid: number, url: string) {
    super(`runs already at ${url} (pid ${pid})`);
    this.pid = pid;
    this.url = url;
  }
}

/** A lock that is held. */
export interface Lock {
  /** Children of an owner that died without ending them; empty after a clean end. */
  readonly orphans: readonly ProcessIdentity[];
  /** Writes down a child, so that a later run finds it if this process is killed. */
  add(pid: number): Promise<void>;
  release(): Promise<void>;
}

/**
 * However many start at once, one gets it. A lock is made by a link to a file that is written already, so that it is whole from
 * its first moment on. That of a dead owner is never removed by whoever wants it, for it may be another's by then: it has one
 * successor, which is the first to make a link that is named after it.
 *
 * @throws AlreadyRunning while the owner lives
 */
export async function acquireLock(file: string, url: string): Promise<Lock> {
  await mkdir(dirname(file), { recursive: true });
  let content: LockContent = { id: randomUUID(), owner: await identify(process.pid), url, children: [] };
  const whole = `${file}.${content.id}`;
  await writeFile(whole, JSON.stringify(content), { mode: 0o600 });
  let orphans: readonly ProcessIdentity[];
  try {
    orphans = await untilHeld(file, whole);
  } finally {
    await rm(whole, { force: true });
  }
  // Written down until they are ended: this process may be killed as well.
  content = { ...content, children: orphans };
  await replace(file, content);
  await removeSuccessors(file);
  return {
    orphans,
    async add(pid) {
      content = { ...content, children: [...content.children, await identify(pid)] };
      await replace(file, content);
    },
    release: () => rm(file, { force: true }),
  };
}

/** @returns the children of owners that died */
async function untilHeld(file: string, whole: string): Promise<readonly ProcessIdentity[]> {
  while (!(await linked(whole, file))) {
    const first = await read(file);
    if (first === undefined) continue;
    const orphans: ProcessIdentity[] = [];
    let last = first;
    for (let next: string | undefined = first; next !== undefined; next = await read(successorOf(file, last))) {
      const held = parse(next);
      if (held !== undefined && (await isAlive(held.owner))) throw new AlreadyRunning(held.owner.pid, held.url);
      orphans.push(...(held?.children ?? []));
      last = next;
    }
    if (!(await linked(whole, successorOf(file, last)))) continue;
    // What was followed to here may be over meanwhile: an owner removes or replaces the file first, and only then what came after.
    if ((await read(file)) === first) return orphans;
    await rm(successorOf(file, last), { force: true });
  }
  return [];
}

/** Where the one lock is that follows the one with this text. */
function successorOf(file: string, text: string): string {
  return `${file}.after-${createHash("sha256").update(text).digest("hex").slice(0, 32)}`;
}

/** Of the owner, once the file itself is its own: they all belong to locks that are over. */
async function removeSuccessors(file: string): Promise<void> {
  const folder = dirname(file);
  const names = (await readdir(folder)).filter((name) => name.startsWith(`${basename(file)}.after-`));
  for (const name of names) await rm(join(folder, name), { force: true });
}

/** True if the very process that was identified still runs. */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  try {
    process.kill(identity.pid, 0);
  } catch (error) {
    // EPERM: there, but another user's.
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  return (await startOf(identity.pid)) === identity.started;
}

async function identify(pid: number): Promise<ProcessIdentity> {
  return { pid, started: await startOf(pid) };
}

/** Field 22 of /proc/PID/stat: start in clock ticks since boot. The second field may hold blanks and brackets. */
async function startOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // A zombie has ended; only its parent has not looked yet.
  return fields[0] === "Z" ? "ended" : (fields[19] ?? "");
}

async function read(file: string): Promise<string | undefined> {
  return readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
}

function parse(text: string): LockContent | undefined {
  try {
    return JSON.parse(text) as LockContent;
  } catch {
    // Torn, as a power failure may leave it: nobody holds it.
    return undefined;
  }
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

async function replace(file: string, content: LockContent): Promise<void> {
  await writeFile(`${file}.new`, JSON.stringify(content), { mode: 0o600 });
  await rename(`${file}.new`, file);
}
