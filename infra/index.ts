// The Pulumi program: configuration → architecture → outputs.
import type { Environment } from "./config/environment.ts";
import { readConfig, type StackConfig } from "./config/read.ts";

/** Only the architecture that a stack names is loaded: the others' providers cost time and memory. */
const architectures: { [Name in Environment["architecture"]]: (config: StackConfig) => Promise<object> } = {
  vps: async (config) => (await import("./architectures/vps.ts")).vps(config),
  branch: async (config) => (await import("./architectures/branch.ts")).branch(config),
  cloud: async (config) => (await import("./architectures/cloud.ts")).cloud(config),
};

const config = readConfig();

export default await architectures[config.environment.architecture](config);
