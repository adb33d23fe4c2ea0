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
