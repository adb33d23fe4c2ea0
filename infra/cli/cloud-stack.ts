// A deployed stack of architecture `cloud`, as the commands need it.
import { z } from "zod";
import type { CloudEnvironment } from "../config/environment.ts";
import { readStack, type Stack } from "../config/stack-file.ts";
import { missingForEngine, stackOutputs } from "./engine.ts";
import { exitCodes, Failure } from "./failure.ts";
import { projectRoot } from "./project.ts";

const process = z.object({ taskDefinition: z.string(), securityGroup: z.string() });

/** The outputs that commands use; there are more. */
const outputsSchema = z.object({
  region: z.string(),
  cluster: z.string(),
  logGroups: z.object({ web: z.string(), worker: z.string(), release: z.string() }),
  database: z.object({ address: z.string(), identifier: z.string() }),
  ledger: z.string(),
  oneOff: z.object({
    container: z.string(),
    subnets: z.array(z.string()),
    assignPublicIp: z.boolean(),
    tunnelRole: z.string(),
    tasks: z.object({ web: process, worker: process, release: process }),
  }),
});

export type CloudOutputs = z.output<typeof outputsSchema>;
export type ProcessName = keyof CloudOutputs["oneOff"]["tasks"];

export interface CloudStack extends Stack {
  readonly environment: CloudEnvironment;
}

/** @throws Failure if the stack is of another architecture */
export function readCloudStack(name: string, command: string): CloudStack {
  const stack = readStack(projectRoot, name);
  const { environment } = stack;
  if (environment.architecture === "cloud") return { ...stack, environment };
  throw new Failure(
    `berth ${command} is for stacks of architecture cloud, and ${name} is of ${environment.architecture}`,
    exitCodes.usage,
  );
}

/** @throws Failure if the stack is not deployed, or not completely */
export async function deployedOutputs(stack: CloudStack): Promise<CloudOutputs> {
  const missing = await missingForEngine(stack);
  if (missing !== undefined) throw new Failure(missing);
  const parsed = outputsSchema.safeParse(await stackOutputs(stack));
  if (parsed.success) return parsed.data;
  throw new Failure(`${stack.name} is not deployed, or an update of it broke off: run berth up ${stack.name} first`);
}

/** Needed for what changes production. */
export function assertMeant({ name, environment }: CloudStack, yes: boolean | undefined, what: string): void {
  if (environment.tier !== "production" || yes) return;
  throw new Failure(`${name} is of tier production: add --yes if you mean to ${what}`, exitCodes.usage);
}
