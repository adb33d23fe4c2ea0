// Who listens on a TCP port of this machine.
import { readdir, readFile, readlink } from "node:fs/promises";
import { createServer } from "node:net";
import { Failure } from "./failure.ts";
import { captureIfThere } from "./run.ts";

/** @throws Failure that names the port and, where the system tells, the process that holds it */
export async function assertPortFree(port: number, where: string): Promise<void> {
  if (await canListen(port)) return;
  const holder = await portHolder(port);
  throw new Failure(
    `port ${port} is taken${holder === undefined ? "" : ` by ${holder}`}: stop what listens there, or choose another port (${where})`,
  );
}

async function canListen(port: number): Promise<boolean> {
  for (const host of ["127.0.0.1", "0.0.0.0"]) {
    const server = createServer();
    const free = await new Promise<boolean>((resolve, reject) => {
      server.once("error", (error: NodeJS.ErrnoException) => {
        if (error.code === "EADDRINUSE") resolve(false);
        else
          reject(
            new Failure(`port ${port} cannot be used (${error.code}): ports below 1024 may need root; choose another`),
          );
      });
      server.listen(port, host, () => resolve(true));
    });
    await new Promise((resolve) => server.close(resolve));
    if (!free) return false;
  }
  return true;
}

/** `name (pid n)` of the process that listens on a port; undefined where the system does not tell us. */
export async function portHolder(port: number): Promise<string | undefined> {
  return process.platform === "linux" ? await linuxHolder(port) : await lsofHolder(port);
}

async function linuxHolder(port: number): Promise<string | undefined> {
  const tables = await Promise.all(
    ["tcp", "tcp6"].map((name) => readFile(`/proc/net/${name}`, "utf8").catch(unreadable)),
  );
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const listening = "0A";
  const sockets = tables
    .flatMap((table) => table.split("\n").slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(suffix) && fields[3] === listening)
    .map((fields) => `socket:[${fields[9]}]`);
  if (sockets.length === 0) return undefined;
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    if (!(await holdsSocket(pid, sockets))) continue;
    const name = (await readFile(`/proc/${pid}/comm`, "utf8").catch(unreadable)).trim();
    return `${name || "a process"} (pid ${pid})`;
  }
  return "a process of another user";
}

async function holdsSocket(pid: string, sockets: readonly string[]): Promise<boolean> {
  const folder = `/proc/${pid}/fd`;
  const descriptors = await readdir(folder).catch(() => [] as string[]);
  const links = await Promise.all(descriptors.map((name) => readlink(`${folder}/${name}`).catch(unreadable)));
  return links.some((link) => sockets.includes(link));
}

/** Processes end while we look, and others' are closed to us: both are as good as not there. */
function unreadable(): string {
  return "";
}

async function lsofHolder(port: number): Promise<string | undefined> {
  const listing = await captureIfThere("lsof", ["-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fpc"]);
  const pid = /^p(\d+)$/m.exec(listing?.stdout ?? "")?.[1];
  const name = /^c(.+)$/m.exec(listing?.stdout ?? "")?.[1];
  return pid === undefined ? undefined : `${name ?? "a process"} (pid ${pid})`;
}
