// A staging that counts as deployed: its state is what a script in the place of the Pulumi CLI shows.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type BinFolder, binFolder } from "./bin-folder.ts";

const task = { taskDefinition: "arn:definition/1", securityGroup: "sg-1" };
const outputs = {
  region: "us-east-1",
  cluster: "staging",
  logGroups: { web: "web", worker: "worker", release: "release" },
  database: { address: "db.internal", identifier: "staging-db" },
  ledger: "ledger",
  oneOff: {
    container: "app",
    subnets: ["subnet-1"],
    assignPublicIp: false,
    tunnelRole: "arn:role",
    tasks: { web: task, worker: task, release: task },
  },
};

export interface DeployedStaging {
  readonly bin: BinFolder;
  readonly env: NodeJS.ProcessEnv;
  /** What else the CLI does, as shell commands with its arguments in `$*`. */
  pulumi(commands: string): void;
  remove(): void;
}

export function deployedStaging(): DeployedStaging {
  const bin = binFolder();
  const state = join(bin.path, "state.json");
  writeFileSync(state, JSON.stringify({ deployment: { resources: [{ type: "pulumi:pulumi:Stack", outputs }] } }));
  const pulumi = (commands: string) =>
    bin.script("pulumi", `case "$*" in version) exit 0 ;; "stack export "*) exec cat "${state}" ;; esac\n${commands}`);
  pulumi("");
  return {
    bin,
    env: {
      ...process.env,
      PATH: `${bin.path}:${process.env.PATH}`,
      PULUMI_BACKEND_URL: `file://${bin.path}`,
    },
    pulumi,
    remove: () => bin.remove(),
  };
}
