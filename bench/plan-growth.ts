// Evaluates a program of as many resources as the command line says, half of them changed against another evaluation of it, and
// makes the whole report: what `bench/plan.ts` measures the growth of.
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { renderDetails } from "../infra/plan/details.ts";
import { evaluate } from "../infra/plan/evaluate.ts";
import { buildReport } from "../infra/plan/report.ts";
import { renderText } from "../infra/plan/text.ts";
import { checkPolicies } from "../infra/policies/check.ts";
import { exposureChange } from "../infra/policies/exposure/exposure.ts";

const count = Number(process.argv[2]);
const perGroup = 15;

class Group extends pulumi.ComponentResource {
  constructor(name: string, description: string, before?: pulumi.Resource) {
    super("bench:index:Group", name, {}, before ? { dependsOn: before } : {});
    const vpc = new aws.ec2.Vpc(`${name}-vpc`, { cidrBlock: "10.0.0.0/16" }, { parent: this });
    for (let i = 1; i < perGroup; i++) {
      new aws.ec2.SecurityGroup(`${name}-group-${i}`, { vpcId: vpc.id, description }, { parent: this });
    }
    this.registerOutputs({});
  }
}

const program = (description: string) => () => {
  let last: Group | undefined;
  for (let i = 0; i < count / perGroup; i++) last = new Group(`part-${i}`, i % 2 === 0 ? description : "same", last);
};

const context = { project: "bench", stack: "bench", config: {}, secretKeys: [] };
const base = await evaluate(program("before"), context);
const graph = await evaluate(program("after"), context);
const report = buildReport({
  graph,
  tier: "staging",
  region: "us-east-1",
  base: { base: { kind: "file", name: "before" }, graph: base },
  waivers: [],
  policies: { open: checkPolicies(graph), waived: [] },
  exposureChange,
  today: "2026-11-24",
});
process.stdout.write(renderText(report) + renderDetails(report));
