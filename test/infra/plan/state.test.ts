// A deployed state in the words of a program.
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { changesBetween } from "../../../infra/plan/diff/changes.ts";
import type { Graph } from "../../../infra/plan/graph.ts";
import { stateGraph } from "../../../infra/plan/state.ts";
import { synth } from "../../support/synth.ts";

const secret = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "…" };

const program = () => {
  const topic = new aws.sns.Topic("topic");
  const policy = pulumi.jsonStringify({ Statement: [{ Resource: topic.arn, Action: ["a", "b"] }] });
  new aws.sns.TopicPolicy("policy", { arn: topic.arn, policy });
  new aws.ssm.Parameter("parameter", {
    type: "SecureString",
    value: pulumi.secret("x"),
    description: topic.arn.apply((arn) => arn.replaceAll("topic", "TOPIC")),
    tags: { topic: topic.arn.apply((arn) => arn.split(":").at(-1) ?? "") },
  });
};

const arn = "arn:aws:sns:us-east-1:123456789012:topic-1a2b3c4";

/** The state of that program, as an engine keeps it. */
const state = (changes: Record<string, object> = {}) => {
  const resource = (type: string, name: string, id: string, inputs: object, outputs: object) => ({
    urn: `urn:pulumi:test::berth::${type}::${name}`,
    type,
    custom: true,
    id,
    parent: "urn:pulumi:test::berth::pulumi:pulumi:Stack::berth-test",
    inputs: { ...inputs, ...changes[name] },
    outputs,
  });
  const policy = `{"Statement":[{"Action":["b","a"],"Resource":"${arn}"}]}`;
  return {
    version: 3,
    deployment: {
      resources: [
        { urn: "urn:pulumi:test::berth::pulumi:pulumi:Stack::berth-test", type: "pulumi:pulumi:Stack", custom: false },
        resource("aws:sns/topic:Topic", "topic", arn, { name: "topic-1a2b3c4", __defaults: ["name"] }, { arn }),
        resource("aws:sns/topicPolicy:TopicPolicy", "policy", arn, { __defaults: [], arn, policy }, {}),
        resource(
          "aws:ssm/parameter:Parameter",
          "parameter",
          "p",
          {
            type: "SecureString",
            value: secret,
            description: arn.replace("topic", "TOPIC"),
            tags: { topic: "topic-1a2b3c4" },
            __defaults: [],
          },
          {},
        ),
      ],
    },
  };
};

const changes = (deployed: unknown, head: Graph) => {
  const base = stateGraph(deployed, head);
  if (typeof base === "string") throw new Error(base);
  return changesBetween(base, head).map(({ name, operation, properties }) => [
    name,
    operation,
    properties.map(({ path }) => path),
  ]);
};

test("what was deployed from a program is what it says: ids, defaults, documents, secrets, values it takes apart", async () => {
  expect(changes(state(), await synth(program))).toEqual([]);
});

test("what somebody changed is a change", async () => {
  const head = await synth(program);
  expect(changes(state({ policy: { policy: `{"Statement":[{"Action":["a"],"Resource":"${arn}"}]}` } }), head)).toEqual([
    ["policy", "update", ["policy.Statement[].Action[]"]],
  ]);
  expect(changes(state({ topic: { displayName: "by hand" } }), head)).toEqual([["topic", "update", ["displayName"]]]);
});

test("what is not there is new, what is there and not in the program goes", async () => {
  const head = await synth(() => void new aws.sns.Topic("other"));
  expect(changes(state(), head).map(([name, operation]) => `${operation} ${name}`)).toEqual([
    "create other",
    "delete topic",
    "delete policy",
    "delete parameter",
  ]);
  expect(changes({ version: 3, deployment: {} }, head)).toEqual([["other", "create", []]]);
});

test("what is no state is said", async () => {
  expect(stateGraph({ nonsense: true }, await synth(() => {}))).toMatch(/no state/);
});

test("what a certificate asks for belongs to its host, in whatever order the hosts come", async () => {
  const hosts = ["a.example.com", "b.example.com"];
  const head = await synth(() => {
    const certificate = new aws.acm.Certificate("certificate", { domainName: "b.example.com" });
    for (const [i, host] of hosts.entries()) {
      const proof = certificate.domainValidationOptions.apply(
        (options) => options.toSorted((a, b) => (a.domainName < b.domainName ? -1 : 1))[i],
      );
      const name = proof.apply((one) => one?.resourceRecordName ?? "");
      const records = [proof.apply((one) => one?.resourceRecordValue ?? "")];
      new aws.route53.Record(host, { zoneId: "Z1", type: "CNAME", name, records });
    }
  });
  const deployed = (type: string, name: string, inputs: object, outputs: object = {}) => ({
    ...{ urn: `urn:pulumi:test::berth::${type}::${name}`, type, custom: true, id: name, inputs, outputs },
  });
  const domainValidationOptions = hosts.toReversed().map((domainName) => ({
    domainName,
    resourceRecordName: `_name.${domainName}`,
    resourceRecordValue: `_value.${domainName}`,
  }));
  const certificate = deployed(
    "aws:acm/certificate:Certificate",
    "certificate",
    { domainName: "b.example.com" },
    { domainValidationOptions },
  );
  const records = (swapped: boolean) =>
    hosts.map((host, i) => {
      const proof = hosts[swapped ? 1 - i : i];
      const inputs = { zoneId: "Z1", type: "CNAME", name: `_name.${proof}`, records: [`_value.${proof}`] };
      return deployed("aws:route53/record:Record", host, inputs);
    });
  const state = (swapped: boolean) => ({ deployment: { resources: [certificate, ...records(swapped)] } });
  expect(changes(state(false), head)).toEqual([]);
  expect(changes(state(true), head)).toEqual(hosts.map((host) => [host, "replace", ["name", "records[0]"]]));
});
