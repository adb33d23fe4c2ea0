import { readFileSync } from "node:fs";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { renderDetails } from "../../../infra/plan/details.ts";
import { reportJsonSchema, reportSchema, reportSchemaFile } from "../../../infra/plan/report-schema.ts";
import { salientInputs } from "../../../infra/plan/salient.ts";
import { renderText } from "../../../infra/plan/text.ts";
import { report } from "../../support/report.ts";

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

const program = () => {
  new Network("main");
  const topic = new aws.sns.Topic("alarms");
  return {
    url: pulumi.interpolate`https://${topic.name}.example.com`,
    key: pulumi.secret("value"),
    containers: { web: ["a", "b"], proxy: "c" },
  };
};

test("the first screen says what there is, what it costs, how long it takes and whether it may be", async () => {
  const made = await report(program);
  expect(renderText(made)).toBe(`berth test: 4 resources in 1 component

component       type                   resources  a month
(no component)                                 1
main            berth:network:Network          3

Cost     nothing that a cloud charges for
Minutes  about 25 s from nothing
         main-vpc 12 s → main-private-a 3 s
Gate     open
`);
});

test("the details have the tree with what matters of each resource, outputs and counts", async () => {
  expect(renderDetails(await report(program))).toContain(`
Resources
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

Services
    3  aws:ec2
    1  aws:sns
`);
});

const key = (description: string) => () => {
  new aws.kms.Key("key", { description, keyUsage: description === "a" ? "ENCRYPT_DECRYPT" : "SIGN_VERIFY" });
  new aws.sns.Topic("topic", { displayName: description });
};

test("a comparison begins with the worst, and with causes", async () => {
  const text = renderText(await report(key("b"), key("a"), { budget: 5 }));
  expect(text).toContain(`Against main (0123456789): 1 updated, 1 replaced
  data loss       key    aws kms Key  replace: description, keyUsage; a new, empty key takes its place; what the old one holds goes with it
  in place        topic  aws sns Topic  update: displayName
`);
  expect(text).toContain("Risk     data loss at worst");
  expect(text).toContain("Cost     about $1.00 a month, as before, budget $5.00");
  expect(text).toContain("Gate     SHUT\n         the key is replaced, because of keyUsage");
});

test("the details have every property with its risk and the source", async () => {
  const text = renderDetails(await report(key("b"), key("a")));
  expect(text).toContain("    in place  description: a → b\n    data loss  keyUsage: ENCRYPT_DECRYPT → SIGN_VERIFY\n");
  expect(text).toContain("https://docs.aws.amazon.com/AWSCloudFormation/");
});

test("of the longest chain the first screen names what takes time, the details all", async () => {
  const made = await report(() => {
    const topic = new aws.sns.Topic("topic");
    const key = new aws.kms.Key("key", { description: topic.arn });
    new aws.rds.Instance("database", { instanceClass: "db.t4g.micro", kmsKeyId: key.arn });
  });
  expect(renderText(made)).toContain("         key 10 s → database 8 min, with 1 short step between\n");
  expect(renderDetails(made)).toContain("      3 s  create topic  aws sns Topic\n     10 s  create key  aws kms Key\n");
});

test("a base that is broken is said first, and the rest is there", async () => {
  const { comparison, ...rest } = await report(program);
  const text = renderText({ ...rest, brokenBase: { kind: "revision", name: "main", fault: "it throws" } });
  expect(text).toContain("Not compared with main: it throws\n");
  expect(text).toContain("main            berth:network:Network");
  expect(comparison).toBeUndefined();
});

test("no program writes escape sequences to a reader's terminal", async () => {
  const made = await report(
    () => new aws.sns.Topic("evil\u001B[2J", { displayName: "\u001B]0;x\u0007" }) && { out: "\u001B[31m" },
    () => {},
  );
  expect(renderText(made) + renderDetails(made)).not.toContain("\u001B");
});

test("what JSON says is what the schema says", async () => {
  for (const made of [await report(program), await report(key("b"), key("a"), { budget: 1 })]) {
    expect(reportSchema.parse(JSON.parse(JSON.stringify(made)))).toEqual(JSON.parse(JSON.stringify(made)));
  }
  expect(readFileSync(reportSchemaFile, "utf8")).toBe(reportJsonSchema());
});

test("an empty program is a plan too", async () => {
  expect(renderText(await report(() => {}))).toContain("0 resources");
});

test("long values are cut, what is not set is left out", () => {
  const inputs = { description: "x".repeat(100) };
  expect(salientInputs("aws:secretsmanager/secret:Secret", inputs)[0]?.[1]).toHaveLength(60);
  expect(salientInputs("aws:ec2/vpc:Vpc", {})).toEqual([]);
  expect(salientInputs("aws:unknown/thing:Thing", { a: 1 })).toEqual([]);
});
