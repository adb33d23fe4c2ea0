import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { expect, test } from "vitest";
import { synth } from "../../support/synth.ts";

class Pair extends pulumi.ComponentResource {
  constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
    super("berth:test:Pair", name, {}, opts);
    const vpc = new aws.ec2.Vpc(`${name}-vpc`, { cidrBlock: "10.0.0.0/16" }, { parent: this, protect: true });
    new aws.ec2.Subnet(`${name}-subnet`, { vpcId: vpc.id, cidrBlock: "10.0.0.0/24" }, { parent: this });
    this.registerOutputs({});
  }
}

test("records parents, dependencies, options and symbols instead of ids", async () => {
  const result = await synth(() => {
    new Pair("net");
  });
  const vpc = result.only("aws:ec2/vpc:Vpc");
  const subnet = result.only("aws:ec2/subnet:Subnet");
  expect(vpc.urn).toBe("urn:pulumi:test::berth::berth:test:Pair$aws:ec2/vpc:Vpc::net-vpc");
  expect(vpc.options).toEqual({ protect: true });
  expect(subnet.parent).toBe("urn:pulumi:test::berth::berth:test:Pair::net");
  expect(subnet.inputs).toEqual({ cidrBlock: "10.0.0.0/24", vpcId: "{net-vpc.id}" });
  expect(subnet.propertyDependencies).toEqual({ vpcId: [vpc.urn] });
});

test("secrets stay secret on their way through other values", async () => {
  const result = await synth(() => {
    const password = new random.RandomPassword("key", { length: 64 });
    new aws.secretsmanager.SecretVersion("version", { secretId: "x", secretString: password.result });
    new aws.ssm.Parameter("url", { type: "String", value: pulumi.interpolate`postgresql://app:${password.result}@db` });
    return { password: password.result };
  });
  expect(result.only("aws:secretsmanager/secretVersion:SecretVersion").inputs.secretString).toEqual({
    secret: "{key.result}",
  });
  expect(result.only("aws:ssm/parameter:Parameter").inputs.value).toEqual({ secret: "…" });
  expect(result.outputs).toEqual({ password: { secret: "{key.result}" } });
});

test("refuses what only a cloud could answer, and two resources of one name", async () => {
  await expect(synth(() => ({ zones: aws.getAvailabilityZonesOutput().names }))).rejects.toThrow(
    /getAvailabilityZones.*only the cloud/,
  );
  await expect(
    synth(() => {
      new aws.sns.Topic("same");
      new aws.sns.Topic("same");
    }),
  ).rejects.toThrow(/called "same"/);
});

test("hooks are recorded with their resource", async () => {
  const result = await synth(() => {
    const hook = new pulumi.ResourceHook("release", () => {});
    new aws.sns.Topic("topic", {}, { hooks: { beforeCreate: [hook], beforeUpdate: [hook] } });
  });
  expect(result.only("aws:sns/topic:Topic").options.hooks).toEqual(["release", "release"]);
});

test("records the options that change what the engine does", async () => {
  const result = await synth(() => {
    const vpc = new aws.ec2.Vpc("vpc", { cidrBlock: "10.0.0.0/16" });
    new aws.ec2.Subnet(
      "subnet",
      { vpcId: vpc.id, cidrBlock: "10.0.0.0/24" },
      {
        deletedWith: vpc,
        replaceOnChanges: ["tags"],
        ignoreChanges: ["tagsAll"],
        retainOnDelete: true,
        deleteBeforeReplace: false,
        customTimeouts: { create: "5m" },
        additionalSecretOutputs: ["arn"],
      },
    );
  });
  const vpc = result.only("aws:ec2/vpc:Vpc");
  expect(result.only("aws:ec2/subnet:Subnet").options).toEqual({
    retainOnDelete: true,
    deleteBeforeReplace: false,
    ignoreChanges: ["tagsAll"],
    replaceOnChanges: ["tags"],
    additionalSecretOutputs: ["arn"],
    deletedWith: vpc.urn,
    customTimeouts: { create: "5m" },
  });
});

test("additional secret outputs are secret where they are used", async () => {
  const result = await synth(() => {
    const topic = new aws.sns.Topic("topic", {}, { additionalSecretOutputs: ["arn"] });
    new aws.sns.TopicPolicy("policy", { arn: topic.arn, policy: "{}" });
  });
  expect(result.only("aws:sns/topicPolicy:TopicPolicy").inputs.arn).toEqual({ secret: "{topic.arn}" });
});

test("aliases are whole URNs, those through a renamed parent among them", async () => {
  const result = await synth(() => {
    new Pair("core", { aliases: [{ name: "net" }] });
    new aws.sns.Topic(
      "alarms",
      {},
      { aliases: [{ name: "alerts" }, "urn:pulumi:test::berth::aws:sns/topic:Topic::old"] },
    );
  });
  expect(result.only("aws:ec2/vpc:Vpc").options.aliases).toEqual([
    "urn:pulumi:test::berth::berth:test:Pair$aws:ec2/vpc:Vpc::net-vpc",
  ]);
  expect(result.only("aws:sns/topic:Topic").options.aliases).toEqual([
    "urn:pulumi:test::berth::aws:sns/topic:Topic::alerts",
    "urn:pulumi:test::berth::aws:sns/topic:Topic::old",
  ]);
});

test("files are recorded by place and content, so that another content is another graph", async () => {
  const folder = mkdtempSync(join(tmpdir(), "berth-asset-"));
  const file = join(folder, "index.js");
  const record = () =>
    synth(() => {
      new aws.s3.BucketObject("file", { bucket: "b", source: new pulumi.asset.FileAsset(file) });
      new aws.lambda.Function("function", {
        role: "r",
        code: new pulumi.asset.AssetArchive({
          ".": new pulumi.asset.FileArchive(folder),
          note: new pulumi.asset.StringAsset("x"),
        }),
      });
    });
  try {
    writeFileSync(file, "one");
    const first = await record();
    expect(first.only("aws:s3/bucketObject:BucketObject").inputs.source).toEqual({
      asset: file,
      hash: createHash("sha256").update("one").digest("hex"),
    });
    expect(await record()).toEqual(expect.objectContaining({ resources: first.resources }));
    writeFileSync(file, "two");
    const second = await record();
    for (const type of ["aws:s3/bucketObject:BucketObject", "aws:lambda/function:Function"]) {
      expect(second.only(type).inputs).not.toEqual(first.only(type).inputs);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
