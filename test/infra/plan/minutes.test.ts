// How long an up takes: the longest chain, whatever else there is.
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { durations } from "../../../infra/plan/minutes/durations.ts";
import { inOrder } from "../../../infra/plan/order.ts";
import { report } from "../../support/report.ts";
import { synth } from "../../support/synth.ts";

const steps = (path: readonly { name: string; operation: string }[]) =>
  path.map(({ name, operation }) => `${operation} ${name}`);

/** A load balancer on a network, and a database that stands alone. */
const program =
  (instanceClass: string, extra = () => {}) =>
  () => {
    const vpc = new aws.ec2.Vpc("vpc", { cidrBlock: "10.0.0.0/16" });
    const subnet = new aws.ec2.Subnet("subnet", { vpcId: vpc.id, cidrBlock: "10.0.0.0/24" });
    new aws.lb.LoadBalancer("balancer", { subnets: [subnet.id] });
    new aws.rds.Instance("database", { instanceClass, multiAz: true });
    extra();
  };

test("the first up takes as long as its longest chain", async () => {
  const { firstUp } = await report(program("db.t4g.micro"));
  expect(steps(firstUp.path)).toEqual(["create database"]);
  const { firstUp: chained } = await report(() => {
    const database = new aws.rds.Instance("database", { instanceClass: "db.t4g.micro" });
    new aws.lb.LoadBalancer("balancer", {}, { dependsOn: database });
  });
  expect(steps(chained.path)).toEqual(["create database", "create balancer"]);
  expect(chained.seconds).toBeGreaterThan(firstUp.seconds - (durations["aws:rds/instance:Instance"]?.create ?? 0));
});

test("a change takes what changes, in its order, and then what goes", async () => {
  const { comparison } = await report(
    program("db.t4g.small"),
    program("db.t4g.micro", () => void new aws.ec2.NatGateway("nat", { subnetId: "s" })),
  );
  expect(steps(comparison?.minutes.path ?? [])).toEqual(["update database", "delete nat"]);
  expect(comparison?.minutes.seconds).toBe(10 + 300 + 60);
});

test("a replacement is made first and deleted last; nothing is no time", async () => {
  const balancer = (internal: boolean) => () => void new aws.lb.LoadBalancer("balancer", { internal });
  const { comparison } = await report(balancer(true), balancer(false));
  expect(steps(comparison?.minutes.path ?? [])).toEqual(["create balancer", "delete balancer"]);
  expect((await report(balancer(true), balancer(true))).comparison?.minutes).toMatchObject({ seconds: 0, path: [] });
});

test("what goes on afterwards is told apart", async () => {
  const { firstUp } = await report(() => {
    for (const name of ["web", "worker"]) new aws.ecs.Service(name, {});
  });
  expect(firstUp.seconds).toBeLessThan(60);
  expect(firstUp.afterwards).toMatchObject([{ seconds: 220, names: ["web", "worker"] }]);
});

test("what hooks wait for is part of the chain, and does not go on afterwards", async () => {
  const { firstUp } = await report(() => {
    const hook = (name: string) => new pulumi.ResourceHook(name, async () => {});
    const before = hook("release-before-web");
    const web = new aws.ecs.Service("web", {}, { hooks: { beforeCreate: [before], beforeUpdate: [before] } });
    new aws.sns.Topic("live", {}, { dependsOn: web, hooks: { beforeCreate: [hook("release-live")] } });
  });
  const [web, live] = firstUp.path;
  expect([web?.name, live?.name]).toEqual(["web", "live"]);
  expect([web?.seconds, live?.seconds]).toEqual([5 + 75, 3 + 100]);
  expect(firstUp.afterwards).toEqual([]);
});

test("resources come after what they wait for, in chains of any length", async () => {
  const { resources } = await synth(() => {
    let last: pulumi.Resource | undefined;
    for (let i = 0; i < 300; i++) {
      last = new aws.sns.Topic(
        `topic-${String((i * 7919) % 300).padStart(3, "0")}`,
        {},
        last ? { dependsOn: last } : {},
      );
    }
  });
  const place = new Map(inOrder(resources).map(({ urn }, i) => [urn, i]));
  expect(place.size).toBe(300);
  for (const { urn, dependencies } of resources) {
    for (const dependency of dependencies) expect(place.get(dependency)).toBeLessThan(place.get(urn) ?? -1);
  }
});
