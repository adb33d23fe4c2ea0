// berth destroy: takes an environment of the engine down; what people entrusted to it stays, unless its name is typed.
import { readStack, type Stack } from "../config/stack-file.ts";
import { stacksWithin } from "../vps/branches.ts";
import { inventory, mustDocker } from "../vps/host.ts";
import { engineDestroy, engineDestroyBut, engineUnprotect, missingForEngine } from "./engine.ts";
import { exitCodes, Failure } from "./failure.ts";
import { projectRoot } from "./project.ts";

interface DestroyOptions {
  readonly yes?: boolean;
  /** Name of the stack whose data is to go, typed. */
  readonly deleteData?: string;
}

/** The container of a database whose data stays: with it running, the data can still be read. */
const databaseContainer = "**::database-server";

export async function destroy(name: string, options: DestroyOptions): Promise<void> {
  const stack = readStack(projectRoot, name);
  const { tier, architecture } = stack.environment;
  assertMeant(stack, options.deleteData);
  if (tier !== "development" && !options.yes && options.deleteData === undefined) {
    const loss = architecture === "vps" ? "users would find nothing there any more" : "its data would be gone";
    throw new Failure(`${name} is of tier ${tier}, and ${loss}: add --yes if you mean it`, exitCodes.usage);
  }
  const missing = await missingForEngine(stack);
  if (missing !== undefined) throw new Failure(missing);
  await assertNobodyWithin(stack);
  if (architecture !== "vps" || tier === "development") return engineDestroy(stack);
  if (options.deleteData === undefined) return keepData(stack);
  await engineUnprotect(stack);
  await engineDestroy(stack);
  await removeVolumes(stack);
}

function assertMeant({ name, environment }: Stack, typed: string | undefined): void {
  if (typed === undefined) return;
  if (environment.architecture !== "vps") {
    throw new Failure(`--delete-data is for stacks on a Docker host (vps): leave it out for ${name}`, exitCodes.usage);
  }
  if (typed === name) return;
  throw new Failure(
    `--delete-data wants the name of the stack whose data is to go: ${name}, not ${typed}`,
    exitCodes.usage,
  );
}

/** Docker removes neither a network nor a volume that is in use, which the engine would learn half-way. */
async function assertNobodyWithin({ name, project, environment }: Stack): Promise<void> {
  if (environment.architecture !== "vps") return;
  const others = await stacksWithin({ name, project, host: environment.host });
  if (others.length === 0) return;
  throw new Failure(
    `${name} stays up, as ${others.join(", ")} use its network and database: berth branch list names the branches, berth branch down NAME takes one down`,
  );
}

async function keepData(stack: Stack): Promise<void> {
  await engineDestroyBut(stack, [databaseContainer]);
  process.stdout.write(
    `${stack.name} is down. Its database with all data, its backups and its keys stay: berth up ${stack.name} brings it back, berth destroy ${stack.name} --delete-data ${stack.name} deletes them.\n`,
  );
}

/** The engine leaves volumes with data on the host even when it forgets them. */
async function removeVolumes({ name, project, environment }: Stack): Promise<void> {
  if (environment.architecture !== "vps") return;
  const host = { name, project, host: environment.host };
  const { volumes } = await inventory(host);
  if (volumes.length === 0) return;
  await mustDocker(host, ["volume", "rm", ...volumes], "cannot remove volumes");
  process.stdout.write(`Removed ${volumes.join(", ")}.\n`);
}
