// berth maintenance: a page in the place of the site, without a deployment; health checks and what runs stay as they are.
import { z } from "zod";
import { readStack, type Stack } from "../config/stack-file.ts";
import { setMaintenance } from "../operations/maintenance.ts";
import { containerOf, mustDocker } from "../vps/host.ts";
import { engineRefresh, stackOutputs } from "./engine.ts";
import { exitCodes, Failure } from "./failure.ts";
import { projectRoot } from "./project.ts";
import { openVpsStack } from "./vps-stack.ts";

/** The file that nginx looks for at each request. */
const notice = "/gate/maintenance";

export async function maintenance(name: string, state: string): Promise<void> {
  if (state !== "on" && state !== "off") {
    throw new Failure(`maintenance is on or off, not ${JSON.stringify(state)}`, exitCodes.usage);
  }
  const stack = readStack(projectRoot, name);
  if (stack.environment.architecture === "cloud") await atEdge(stack, state === "on");
  else await atProxy(name, state);
  process.stdout.write(
    state === "on"
      ? `${name} shows that it is at work; berth maintenance ${name} off ends it.\n`
      : `${name} answers again.\n`,
  );
}

const addressSet = z.object({ id: z.string(), name: z.string() });
const outputs = z.object({ maintenance: z.object({ ipv4: addressSet, ipv6: addressSet }) });
/** The sets in the state. */
const setUrns = "**aws:wafv2/ipSet:IpSet::*maintenance*";

/** The firewall at the edge answers in the app's place. */
async function atEdge(stack: Stack, on: boolean): Promise<void> {
  const deployed = outputs.safeParse(await stackOutputs(stack));
  if (!deployed.success) {
    throw new Failure(
      `${stack.name} is not deployed: its state has no output "maintenance"; berth up ${stack.name} makes it`,
    );
  }
  await setMaintenance(deployed.data.maintenance, on);
  // The state holds a token of each set that AWS asks for at a deletion, and that every change makes anew.
  const fault = await engineRefresh(stack, [setUrns]);
  if (fault === undefined) return;
  process.stderr.write(
    `The state does not know of the change yet (${fault}): run pulumi refresh --target '${setUrns}' before a destroy.\n`,
  );
}

async function atProxy(name: string, state: "on" | "off"): Promise<void> {
  const stack = await openVpsStack(name);
  const proxy = await containerOf(stack, "proxy", /nginx/, `berth up ${name} brings it up`);
  const change = state === "on" ? ["touch", notice] : ["rm", "-f", notice];
  // nginx itself may not write there.
  await mustDocker(stack, ["exec", "--user", "0:0", proxy, ...change], "cannot change the notice");
}
