import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { salientInputs } from "../../../infra/plan/salient.ts";
import { renderText } from "../../../infra/plan/text.ts";
import { synth } from "../../support/synth.ts";

class Network extends pulumi.ComponentResource {
  constructor(name: string) {
    super("berth:network:Network", name);
    const vpc = new aws.ec2.Vpc(`${name}-vpc`, { cidrBlock: "10.0.0.0/16" }, { parent: this, protect: true });
    for (const zone of ["a", "b"]) {
      const cidrBlock = zone === "a" ? "10.0.0.0/20" : "10.0.16.0/20";
      new aws.ec2.Subnet(`${name}-private-${zone}`, { vpcId: vpc.id, cidrBlock }, { parent: this });
    }
    this.registerOutputs({});
  }
}

test("shows the tree with what matters of each resource, outputs and counts", async () => {
  const graph = await synth(() => {
    new Network("main");
    const topic = new aws.sns.Topic("alarms");
    return {
      url: pulumi.interpolate`https://${topic.name}.example.com`,
      key: pulumi.secret("value"),
      containers: { web: ["a", "b"], proxy: "c" },
    };
  });
  expect(renderText(graph)).toBe(`berth test: 4 resources in 1 components

main               berth:network:Network
├─ main-private-a  aws ec2 Subnet  cidrBlock 10.0.0.0/20
├─ main-private-b  aws ec2 Subnet  cidrBlock 10.0.16.0/20
└─ main-vpc        aws ec2 Vpc  cidrBlock 10.0.0.0/16  protect
alarms             aws sns Topic

Outputs
  containers:
    proxy: c
    web: a, b
  key: (secret)
  url: https://{alarms.name}.example.com

Resources
    3  aws:ec2
    1  aws:sns
`);
});

test("an empty program is a plan too", async () => {
  expect(renderText(await synth(() => {}))).toContain("0 resources");
});

test("long values are cut, what is not set is left out", () => {
  const inputs = { description: "x".repeat(100) };
  expect(salientInputs("aws:secretsmanager/secret:Secret", inputs)[0]?.[1]).toHaveLength(60);
  expect(salientInputs("aws:ec2/vpc:Vpc", {})).toEqual([]);
  expect(salientInputs("aws:unknown/thing:Thing", { a: 1 })).toEqual([]);
});
