// Readies a server for vps stacks: the script that does it, and how it gets there.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { HostFault } from "./fault.ts";

/** A server over SSH. */
export interface Server {
  readonly user: string;
  readonly host: string;
  readonly port?: number;
}

/** @throws HostFault if it is not `ssh://user@host[:port]` */
export function parseServer(address: string): Server {
  const parts = /^ssh:\/\/([a-z_][a-z0-9_-]*)@([A-Za-z0-9][A-Za-z0-9.-]*)(?::(\d{1,5}))?$/.exec(address);
  const [, user, host, port] = parts ?? [];
  if (user === undefined || host === undefined) {
    throw new HostFault(
      `"${address}" is no server's address: give it as ssh://user@host, like ssh://deploy@server.example.com`,
    );
  }
  return { user, host, ...(port === undefined ? {} : { port: Number(port) }) };
}

/**
 * The script for one server.
 *
 * @param ports that the site is reached on
 */
export function prepareScript({ user }: Server, ports: readonly number[]): string {
  const script = readFileSync(join(import.meta.dirname, "scripts/prepare.sh"), "utf8");
  const [shebang, ...rest] = script.split("\n");
  return [shebang, `BERTH_USER=${user}`, `BERTH_PORTS="${ports.join(" ")}"`, ...rest].join("\n");
}

/** What `ssh` is called with: never a question, and the script on standard input. */
export function sshArguments({ user, host, port }: Server): string[] {
  const command = user === "root" ? ["bash", "-s"] : ["sudo", "-n", "bash", "-s"];
  return ["-o", "BatchMode=yes", ...(port === undefined ? [] : ["-p", String(port)]), `${user}@${host}`, ...command];
}

/** Runs the script on the server, its words on this terminal. @throws HostFault if it fails */
export async function applyScript(server: Server, script: string): Promise<void> {
  const child = spawn("ssh", sshArguments(server), { stdio: ["pipe", "inherit", "inherit"] });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        error.code === "ENOENT" ? new HostFault("there is no ssh command on PATH: install OpenSSH's client") : error,
      ),
    );
    child.once("close", resolve);
  });
  // It may be gone before it has read all: then its exit code says so.
  child.stdin.on("error", () => {});
  child.stdin.end(script);
  const code = await ended;
  if (code === 0) return;
  const reason =
    code === 255 ? "SSH did not get there: is the key in the agent, and the host known?" : "its last lines say why";
  throw new HostFault(`${server.host} was not made ready (exit code ${code}): ${reason}`);
}
