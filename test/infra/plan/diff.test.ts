// What changes between two programs, and how it is felt.
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { describe, expect, test } from "vitest";
import { changesBetween, type ResourceChange } from "../../../infra/plan/diff/changes.ts";
import { valueChanges } from "../../../infra/plan/diff/values.ts";
import { synth } from "../../support/synth.ts";

async function between(before: () => unknown, after: () => unknown): Promise<ResourceChange[]> {
  return changesBetween(await synth(before), await synth(after));
}

const shape = (changes: readonly ResourceChange[]) =>
  changes.map(({ name, operation, risk, properties }) => ({
    name,
    operation,
    risk,
    properties: properties.map(({ path, because }) => (because === undefined ? path : `${path} <- ${because}`)),
  }));

class Group extends pulumi.ComponentResource {
  constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
    super("berth:test:Group", name, {}, opts);
    const topic = new aws.sns.Topic(`${name}-topic`, {}, { parent: this });
    new aws.sns.TopicPolicy(`${name}-policy`, { arn: topic.arn, policy: "{}" }, { parent: this });
  }
}

describe("resources", () => {
  test("the same program is no change", async () => {
    const program = () => void new Group("a");
    expect(await between(program, program)).toEqual([]);
  });

  test("new and deleted ones", async () => {
    const changes = await between(
      () => void new aws.s3.Bucket("old"),
      () => void new aws.sns.Topic("new"),
    );
    expect(shape(changes)).toEqual([
      { name: "new", operation: "create", risk: "create", properties: [] },
      { name: "old", operation: "delete", risk: "data loss", properties: [] },
    ]);
  });

  test("a rename by an alias is a rename, for children and for what refers to them", async () => {
    const changes = await between(
      () => void new Group("old"),
      () => void new Group("new", { aliases: [{ name: "old" }] }),
    );
    expect(shape(changes)).toEqual([
      { name: "new-topic", operation: "rename", risk: "in place", properties: [] },
      { name: "new-policy", operation: "rename", risk: "in place", properties: [] },
    ]);
    expect(changes[0]?.was).toBe("urn:pulumi:test::berth::berth:test:Group$aws:sns/topic:Topic::old-topic");
  });

  test("without the alias it is a deletion and a new one", async () => {
    const changes = await between(
      () => void new Group("old"),
      () => void new Group("new"),
    );
    expect(changes.map(({ operation }) => operation)).toEqual(["create", "create", "delete", "delete"]);
  });

  test("another region of a provider makes everything of it anew, whatever else it sets; another tag does not", async () => {
    const program = (region: aws.Region, owner: string) => () => {
      const provider = new aws.Provider("main", { region, defaultTags: { tags: { owner } } });
      new aws.s3.Bucket("bucket", {}, { provider });
      new aws.sns.Topic("elsewhere", {}, { provider: new aws.Provider("other", { region: "us-east-1" }) });
    };
    expect(shape(await between(program("us-east-1", "a"), program("eu-west-1", "a")))).toEqual([
      { name: "bucket", operation: "replace", risk: "data loss", properties: ["region <- main"] },
      { name: "main", operation: "replace", risk: "data loss", properties: ["region"] },
    ]);
    expect(shape(await between(program("us-east-1", "a"), program("us-east-1", "b")))).toEqual([
      { name: "main", operation: "update", risk: "in place", properties: ["defaultTags.tags.owner"] },
    ]);
  });

  test("another account of a provider makes everything of it anew; that one is named, or no longer, changes nothing", async () => {
    const program = (accounts?: string[]) => () => {
      const provider = new aws.Provider("main", {
        region: "us-east-1",
        ...(accounts && { allowedAccountIds: accounts }),
      });
      new aws.s3.Bucket("bucket", {}, { provider });
    };
    const [one, two] = [["123456789012"], ["210987654321"]];
    expect(shape(await between(program(one), program(two)))).toMatchObject([
      { name: "bucket", operation: "replace", risk: "data loss", properties: ["allowedAccountIds <- main"] },
      { name: "main" },
    ]);
    for (const [before, after] of [
      [undefined, one],
      [one, undefined],
      [one, [...one, ...two]],
    ]) {
      expect(shape(await between(program(before), program(after)))).toMatchObject([
        { name: "main", operation: "update", risk: "in place" },
      ]);
    }
  });

  test("moved to a provider of another region it is made anew, to one of the same it stays", async () => {
    const program = (name: "east" | "same" | "west") => () => {
      const regions = { east: "us-east-1", same: "us-east-1", west: "us-west-2" } as const;
      const providers = Object.entries(regions).map(
        ([key, region]) => [key, new aws.Provider(key, { region })] as const,
      );
      new aws.s3.Bucket("bucket", {}, { provider: new Map(providers).get(name) as aws.Provider });
    };
    expect(await between(program("east"), program("same"))).toEqual([]);
    expect(shape(await between(program("east"), program("west")))).toMatchObject([
      { name: "bucket", operation: "replace", risk: "data loss", properties: ["region <- west"] },
    ]);
  });

  test("what is retained is let go, not lost", async () => {
    const [change] = await between(
      () => void new aws.s3.Bucket("kept", {}, { retainOnDelete: true }),
      () => {},
    );
    expect(change).toMatchObject({ risk: "deletion", says: "it stays, without anybody who manages it" });
  });

  test("a replacement goes on to whatever takes its ids, as far as it goes", async () => {
    const network = (cidrBlock: string) => () => {
      const vpc = new aws.ec2.Vpc("vpc", { cidrBlock });
      const subnet = new aws.ec2.Subnet("subnet", { vpcId: vpc.id, cidrBlock: "10.0.0.0/24" });
      new aws.rds.SubnetGroup("group", { subnetIds: [subnet.id] });
      new aws.sns.Topic("apart");
    };
    expect(shape(await between(network("10.0.0.0/16"), network("10.0.0.0/17")))).toEqual([
      { name: "subnet", operation: "replace", risk: "replacement", properties: ["vpcId <- vpc"] },
      { name: "vpc", operation: "replace", risk: "replacement", properties: ["cidrBlock"] },
      { name: "group", operation: "update", risk: "in place", properties: ["subnetIds <- subnet"] },
    ]);
  });

  test("ignored changes are none, replaceOnChanges replaces, a lifted protection is shown", async () => {
    const bucket = (tag: string, opts: pulumi.CustomResourceOptions) => () =>
      void new aws.s3.Bucket("bucket", { tags: { tag } }, opts);
    expect(await between(bucket("a", {}), bucket("b", { ignoreChanges: ["tags"] }))).toEqual([]);
    expect(shape(await between(bucket("a", {}), bucket("b", { replaceOnChanges: ["tags"] })))).toMatchObject([
      { operation: "replace", risk: "data loss" },
    ]);
    expect(shape(await between(bucket("a", { protect: true }), bucket("a", {})))).toMatchObject([
      { operation: "update", risk: "in place", properties: ["(protect)"] },
    ]);
  });

  test("what the tables do not know is unknown: a property, and a type", async () => {
    const changes = await between(
      () => {
        new aws.s3.Bucket("bucket", { policy: "a" });
        new aws.sqs.Queue("queue", { delaySeconds: 1 });
      },
      () => {
        new aws.s3.Bucket("bucket", { policy: "b" });
        new aws.sqs.Queue("queue", { delaySeconds: 2 });
      },
    );
    expect(changes.map(({ risk }) => risk)).toEqual(["unknown", "unknown"]);
  });

  test("a secret that is put together follows the replacement of its parts", async () => {
    const program = (length: number) => () => {
      const password = new random.RandomPassword("password", { length });
      new aws.secretsmanager.SecretVersion("version", {
        secretId: "x",
        secretString: pulumi.interpolate`p=${password.result}`,
      });
    };
    expect(shape(await between(program(10), program(20)))).toMatchObject([
      { name: "version", operation: "replace", properties: ["secretString <- password"] },
      { name: "password", operation: "replace", risk: "data loss" },
    ]);
  });
});

describe("properties", () => {
  const policy = (...statements: object[]) => JSON.stringify({ Version: "2012-10-17", Statement: statements });
  const read = { Sid: "Read", Effect: "Allow", Action: ["s3:GetObject", "s3:ListBucket"], Resource: "*" };
  const type = "aws:iam/rolePolicy:RolePolicy";

  test("the order of statements, actions and keys of a policy is nothing", () => {
    const write = { Sid: "Write", Effect: "Allow", Action: "s3:PutObject", Resource: "*" };
    const same = { Resource: ["*"], Action: ["s3:ListBucket", "s3:GetObject"], Effect: "Allow", Sid: "Read" };
    expect(valueChanges(type, { policy: policy(read, write) }, { policy: policy(write, same) })).toEqual([]);
  });

  test("an action more is named by its statement", () => {
    const more = { ...read, Action: [...read.Action, "s3:PutObject"] };
    expect(valueChanges(type, { policy: policy(read) }, { policy: policy(more) })).toEqual([
      { path: "policy.Statement[Sid=Read].Action[]", after: "s3:PutObject" },
    ]);
  });

  test("rules of a security group are a set, routes of a listener are a list", () => {
    const [a, b] = [{ fromPort: 80 }, { fromPort: 443 }];
    expect(valueChanges("aws:ec2/securityGroup:SecurityGroup", { ingress: [a, b] }, { ingress: [b, a] })).toEqual([]);
    expect(valueChanges("aws:lb/listener:Listener", { defaultActions: [a, b] }, { defaultActions: [b, a] })).toEqual([
      { path: "defaultActions[0].fromPort", before: 80, after: 443 },
      { path: "defaultActions[1].fromPort", before: 443, after: 80 },
    ]);
  });

  test("repeated elements count", () => {
    expect(
      valueChanges("aws:lb/loadBalancer:LoadBalancer", { subnets: ["a", "a", "b"] }, { subnets: ["a", "b", "b"] }),
    ).toEqual([
      { path: "subnets[]", before: "a" },
      { path: "subnets[]", after: "b" },
    ]);
  });

  test("a container's variable goes by its name", () => {
    const definition = (value: string) => JSON.stringify([{ name: "app", environment: [{ name: "LOG", value }] }]);
    expect(
      valueChanges(
        "aws:ecs/taskDefinition:TaskDefinition",
        { containerDefinitions: definition("info") },
        { containerDefinitions: definition("debug") },
      ),
    ).toEqual([{ path: "containerDefinitions[name=app].environment[name=LOG].value", before: "info", after: "debug" }]);
  });

  test("text that only looks like JSON is text; what comes and goes has no other side", () => {
    expect(valueChanges("x", { a: "{not json", b: 1 }, { a: "{not JSON", c: [] })).toEqual([
      { path: "a", before: "{not json", after: "{not JSON" },
      { path: "b", before: 1 },
      { path: "c", after: [] },
    ]);
  });
});
