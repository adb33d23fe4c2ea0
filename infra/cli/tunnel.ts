// berth tunnel: a port of this machine that leads to the database of a stack.
import { closeTask, forwarding, openTask, startSession } from "../operations/tunnel.ts";
import { assertMeant, type CloudStack, deployedOutputs, readCloudStack } from "./cloud-stack.ts";
import { exitCodes, Failure } from "./failure.ts";
import { interruptible } from "./interruption.ts";
import { assertPortFree } from "./port.ts";
import { withProgress } from "./progress.ts";
import { captureIfThere, runToEnd } from "./run.ts";
import { oneOff } from "./run-command.ts";

const plugin = "session-manager-plugin";

interface TunnelOptions {
  readonly port: string;
  /** @default the database's own address */
  readonly host?: string;
  readonly yes?: boolean;
}

/** Ends with the session; Ctrl-C ends it. */
export async function tunnel(name: string, to: string, options: TunnelOptions): Promise<void> {
  if (to !== "db") throw new Failure(`there is no tunnel to "${to}"; there is one to: db`, exitCodes.usage);
  const port = Number(options.port);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new Failure(`--port is ${options.port}; allowed: 1 to 65535`, exitCodes.usage);
  }
  const stack = readCloudStack(name, "tunnel");
  assertMeant(stack, options.yes, "open a way to its database");
  await assertPlugin();
  await assertPortFree(port, "--port");
  const ending = "stopping the task that leads through";
  await interruptible({ message: "interrupted; there is no tunnel", ending }, (signal) =>
    lead(stack, port, options.host, signal),
  );
}

async function lead(stack: CloudStack, port: number, other: string | undefined, signal: AbortSignal): Promise<void> {
  const outputs = await deployedOutputs(stack);
  const { region } = outputs;
  const host = other ?? outputs.database.address;
  const through = { ...oneOff(outputs, "web"), startedBy: "berth-tunnel" };
  const task = await withProgress(
    "Starting a task to lead through",
    openTask(through, outputs.oneOff.tunnelRole, signal),
  ).catch((error: unknown) => {
    if (signal.aborted) throw error;
    throw new Failure(`there is no tunnel: ${error instanceof Error ? error.message : String(error)}`);
  });
  try {
    const session = await startSession(region, forwarding(task.target, host, 5432, port));
    signal.throwIfAborted();
    process.stdout.write(hint(region, host, port));
    await keep(session, signal);
  } finally {
    await closeTask(through, task);
  }
}

/** Until the session ends, which is what a signal asks for. */
async function keep(session: readonly string[], signal: AbortSignal): Promise<void> {
  const code = await runToEnd(plugin, session, { signal }).catch((error: unknown) => {
    if (signal.aborted) return 0;
    throw error;
  });
  if (code !== 0 && code !== 130 && !signal.aborted) throw new Failure(`${plugin} ended with exit code ${code}`);
}

async function assertPlugin(): Promise<void> {
  const found = await captureIfThere(plugin, ["--version"]);
  if (found?.code === 0) return;
  throw new Failure(
    `there is no ${plugin} on PATH: install it (https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html)`,
  );
}

/** The name of the host is kept, so that its certificate can be checked; the password is a token of 15 minutes. */
function hint(region: string, host: string, port: number): string {
  return `The database answers on port ${port} of this machine until Ctrl-C. For example:
  export PGPASSWORD=$(aws rds generate-db-auth-token --region ${region} --hostname ${host} --port 5432 --username app)
  psql "host=${host} hostaddr=127.0.0.1 port=${port} user=app dbname=app sslmode=verify-full sslrootcert=global-bundle.pem"
`;
}
