// All that is known about what changing a property does. What is missing here is "unknown", never harmless.
import { awsCompute } from "./aws-compute.ts";
import { awsData } from "./aws-data.ts";
import { awsEdge } from "./aws-edge.ts";
import { awsNetwork } from "./aws-network.ts";
import { awsOperations } from "./aws-operations.ts";
import { docker } from "./docker.ts";
import { random } from "./random.ts";
import type { RiskTable } from "./risk.ts";

export const table: RiskTable = {
  ...awsNetwork,
  ...awsCompute,
  ...awsData,
  ...awsEdge,
  ...awsOperations,
  ...docker,
  ...random,
};
