// berth server prepare: what a fresh Debian or Ubuntu server needs, printed or done.

import { HostFault } from "../vps/fault.ts";
import { applyScript, parseServer, prepareScript, type Server } from "../vps/prepare.ts";
import { exitCodes, Failure } from "./failure.ts";

interface PrepareOptions {
  readonly apply?: boolean;
  readonly ports: string;
}

export async function prepareServer(address: string, options: PrepareOptions): Promise<void> {
  const server = serverAt(address);
  const ports = options.ports.split(",").map(Number);
  if (!ports.every((port) => Number.isInteger(port) && port >= 1 && port <= 65_535)) {
    throw new Failure(`--ports ${options.ports} is no list of ports: give them like 80,443`, exitCodes.usage);
  }
  const script = prepareScript(server, ports);
  if (!options.apply) {
    process.stdout.write(script);
    process.stderr.write(`berth server prepare ${address} --apply runs this there.\n`);
    return;
  }
  await applyScript(server, script);
  process.stdout.write(`${server.host} is ready: set host: ${address} in a stack's file.\n`);
}

function serverAt(address: string): Server {
  try {
    return parseServer(address);
  } catch (error) {
    throw error instanceof HostFault ? new Failure(error.message, exitCodes.usage) : error;
  }
}
