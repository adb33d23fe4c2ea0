// A Docker host as the commands see it: by the labels of what a stack put there, so that no state is needed to operate it.
import { spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { engineOptions } from "../release/docker-cli.ts";
import { HostFault } from "./fault.ts";

/** A stack on a Docker engine. */
export interface HostStack {
  readonly project: string;
  readonly name: string;
  /** `ssh://user@server`; undefined is the local engine. */
  readonly host?: string | undefined;
}

/** How a docker command ended. */
export interface Answer {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Streams {
  readonly input?: Readable;
  /** Takes standard output; the answer's is empty then. */
  readonly output?: Writable;
}

/**
 * Runs the docker command for a host to its end, whatever that is.
 *
 * @throws HostFault if there is no such command
 */
export async function dockerOn(
  { host }: Pick<HostStack, "host">,
  args: readonly string[],
  streams: Streams = {},
): Promise<Answer> {
  const child = spawn("docker", [...engineOptions(host, process.env), ...args], { stdio: ["pipe", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", (error: NodeJS.ErrnoException) =>
      reject(error.code === "ENOENT" ? new HostFault("there is no docker command on PATH: install Docker") : error),
    );
    child.once("close", resolve);
  });
  const flows: Promise<unknown>[] = [];
  if (streams.output === undefined) {
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
  } else flows.push(pipeline(child.stdout, streams.output));
  if (streams.input === undefined) child.stdin.end();
  else {
    // A command that ends before it has read all says why by itself.
    flows.push(pipeline(streams.input, child.stdin).catch(() => undefined));
  }
  const [code] = await Promise.all([ended, ...flows]);
  return { code, stdout, stderr };
}

/** Runs a docker command that must succeed. @throws HostFault with the last line it said */
export async function mustDocker(stack: HostStack, args: readonly string[], what: string): Promise<string> {
  const { code, stdout, stderr } = await dockerOn(stack, args);
  if (code === 0) return stdout;
  throw new HostFault(`${what} on ${hostName(stack)}: ${lastLine(stderr)}`);
}

export function hostName({ host }: Pick<HostStack, "host">): string {
  return host ?? "this machine";
}

export function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}

/** The options by which docker lists what belongs to a stack. */
export function labelled({ project, name }: HostStack, part?: string): string[] {
  const labels = [
    `berth.project=${project}`,
    `berth.stack=${name}`,
    ...(part === undefined ? [] : [`berth.part=${part}`]),
  ];
  return labels.flatMap((label) => ["--filter", `label=${label}`]);
}

/** The name of the running container of a part. @throws HostFault if none runs, with what `hint` says */
export async function containerOf(stack: HostStack, part: string, running: RegExp, hint: string): Promise<string> {
  const format = ["--format", "{{.Names}}"];
  const listed = await mustDocker(stack, ["ps", ...labelled(stack, part), ...format], `cannot list containers`);
  const name = listed.split("\n").find((line) => running.test(line));
  if (name !== undefined) return name;
  throw new HostFault(`${stack.name} has no running container ${part} on ${hostName(stack)}: ${hint}`);
}

/** What a stack left on its host, by kind; images are shared and not counted. */
export async function inventory(
  stack: HostStack,
): Promise<Readonly<Record<"containers" | "networks" | "volumes", string[]>>> {
  const list = async (args: readonly string[], format: string) => {
    const text = await mustDocker(
      stack,
      [...args, ...labelled(stack), "--format", format],
      "cannot list what is there",
    );
    return text.split("\n").filter(Boolean).sort();
  };
  const [containers, networks, volumes] = await Promise.all([
    list(["ps", "--all"], "{{.Names}}"),
    list(["network", "ls"], "{{.Name}}"),
    list(["volume", "ls"], "{{.Name}}"),
  ]);
  return { containers, networks, volumes };
}
