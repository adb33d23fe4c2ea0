// One environment, one owner: a file that names the process that runs it and the processes it started.
import { mkdir, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

/** A process that can be told from a later one with the same id. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When the system says it started, in the system's own units; empty where it does not say. */
  readonly started: string;
}

interface LockContent {
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

/** @throws AlreadyRunning while the owner lives */
export async function acquireLock(file: string, url: string): Promise<Lock> {
  await mkdir(dirname(file), { recursive: true });
  const owner = await identify(process.pid);
  let content: LockContent = { owner, url, children: [] };
  let orphans: readonly ProcessIdentity[] = [];
  while (!(await createWhole(file, content))) {
    const held = await readLock(file);
    if (held !== undefined && (await isAlive(held.owner))) throw new AlreadyRunning(held.owner.pid, held.url);
    orphans = held?.children ?? [];
    await rm(file, { force: true });
  }
  return {
    orphans,
    async add(pid) {
      content = { ...content, children: [...content.children, await identify(pid)] };
      await replace(file, content);
    },
    release: () => rm(file, { force: true }),
  };
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

async function readLock(file: string): Promise<LockContent | undefined> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as LockContent;
  } catch {
    // Gone meanwhile, or torn by a crash: nobody holds it.
    return undefined;
  }
}

async function createWhole(file: string, content: LockContent): Promise<boolean> {
  try {
    const handle = await open(file, "wx", 0o600);
    await handle.writeFile(JSON.stringify(content));
    await handle.close();
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
