// Watches what makes a program's plan different from one run to the next: the network, the clock, chance.
import { Socket } from "node:net";
import { dirname, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { EvaluationFault } from "./fault.ts";

const advice = "take the value from configuration, or it will be another one in every plan and every up";

/** Files that are no part of the program: Node.js, packages, and the commands that evaluate it. */
const own = [import.meta.dirname, `${dirname(import.meta.dirname)}/cli`];

/** What the program may not do while it is evaluated; each is refused where it happens, and kept in `faults`. */
export class Guard {
  readonly faults: EvaluationFault[] = [];
  readonly #restore: (() => void)[] = [];

  start(): void {
    const check = (what: string, called: (...args: never[]) => unknown) => this.#check(what, called);
    const connect = Socket.prototype.connect;
    const refuse = (to: string) => {
      const fault = new EvaluationFault(`The program reaches for the network (${to}): ${advice}.`, deepPlace());
      this.faults.push(fault);
      return fault;
    };
    Socket.prototype.connect = function guarded(this: Socket, ...args: never[]): Socket {
      const fault = check("reaches for the network", guarded);
      if (fault !== undefined) throw fault;
      const to = destination(args);
      // The SDK talks to a server of its own, on loopback, where a program has hooks.
      if (to !== undefined) throw refuse(to);
      return Reflect.apply(connect, this, args);
    } as typeof connect;
    this.#restore.push(() => {
      Socket.prototype.connect = connect;
    });
    this.#replace(globalThis, "fetch", (fetch) =>
      Object.assign((...args: Parameters<typeof globalThis.fetch>) => {
        check("reaches for the network", globalThis.fetch);
        return fetch(...args);
      }, fetch),
    );
    this.#replace(Math, "random", (random) => () => {
      check("asks for a random number", Math.random);
      return random();
    });
    this.#replace(globalThis, "Date", (RealDate) =>
      watchedClock(RealDate, (called) => check("reads the clock", called)),
    );
  }

  stop(): void {
    for (const restore of this.#restore.splice(0)) restore();
  }

  #replace<Owner extends object, Key extends keyof Owner>(
    owner: Owner,
    key: Key,
    wrap: (real: Owner[Key]) => Owner[Key],
  ): void {
    const real = owner[key];
    owner[key] = wrap(real);
    this.#restore.push(() => {
      owner[key] = real;
    });
  }

  /** A fault if the caller of `called` belongs to the program. */
  #check(what: string, called: (...args: never[]) => unknown): EvaluationFault | undefined {
    const place = callerIn(called);
    if (place === undefined) return undefined;
    const fault = new EvaluationFault(`The program ${what}: ${advice}.`, { place });
    this.faults.push(fault);
    return fault;
  }
}

function watchedClock(RealDate: DateConstructor, check: (called: (...args: never[]) => unknown) => void) {
  const now = () => {
    check(now);
    return RealDate.now();
  };
  const clock: DateConstructor = new Proxy(RealDate, {
    construct(target, args, newTarget) {
      if (args.length === 0) check(construct);
      return Reflect.construct(target, args, newTarget === clock ? target : newTarget);
    },
    get: (target, key, receiver) => (key === "now" ? now : Reflect.get(target, key, receiver)),
  });
  const { construct } = { construct: clock as unknown as (...args: never[]) => unknown };
  return clock;
}

/** Where a socket is to be connected to; undefined for loopback. */
function destination(args: readonly unknown[]): string | undefined {
  const [first] = args.flat();
  const { path, host } = (typeof first === "object" && first !== null ? first : {}) as { path?: string; host?: string };
  if (typeof path === "string") return path;
  return host === undefined || ["localhost", "127.0.0.1", "::1"].includes(host) ? undefined : host;
}

/** The innermost place in the program that led here, if the trace goes back that far. */
export function deepPlace(): { readonly place?: string } {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 50;
  const trace: { stack?: string } = {};
  Error.captureStackTrace(trace);
  Error.stackTraceLimit = stackTraceLimit;
  const place = (trace.stack ?? "")
    .split("\n")
    .slice(1)
    .map(programFrame)
    .find((frame) => frame !== undefined);
  return place === undefined ? {} : { place };
}

/** Where `called` was called from, if that is a file of the program. */
function callerIn(called: (...args: never[]) => unknown): string | undefined {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 8;
  const trace: { stack?: string } = {};
  Error.captureStackTrace(trace, called);
  Error.stackTraceLimit = stackTraceLimit;
  const frames = (trace.stack ?? "").split("\n").slice(1);
  const first = frames.find((frame) => !frame.includes("infra/plan/guard.ts"));
  return first === undefined ? undefined : programFrame(first);
}

/** Where an error is from: where it says, else the innermost place in the program of its stack trace. */
export function placeOf(error: unknown): string | undefined {
  if (error instanceof EvaluationFault && error.at.place !== undefined) return error.at.place;
  const trace = error instanceof Error ? (error.stack ?? "") : "";
  return trace
    .split("\n")
    .map(programFrame)
    .find((frame) => frame !== undefined);
}

/** File and line of a stack trace's line, if the file belongs to the program; what does not parse heads its own trace. */
export function programFrame(line: string): string | undefined {
  const frame = /(?:\(|at )(?:async )?(file:\/\/[^)]+?|\/[^)]+?):(\d+):\d+\)?$/.exec(line.trim());
  const [, address = "", lineNumber = ""] = frame ?? /^(file:\/\/.+|\/.+):(\d+)$/.exec(line) ?? [];
  if (address === "") return undefined;
  const file = address.startsWith("file:") ? fileURLToPath(address.replace(/\?.*/, "")) : address;
  if (file.includes("/node_modules/") || own.some((folder) => file.startsWith(`${folder}/`))) return undefined;
  return placeText(file, Number(lineNumber));
}

/** `infra/index.ts:12`, from `folder` if the file is below it. */
export function placeText(file: string, line: number, folder = process.cwd()): string {
  const near = relative(folder, file);
  return `${near.startsWith("..") ? file : near}:${line}`;
}
