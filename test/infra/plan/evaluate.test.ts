// What a program may not do while it is planned, and how it hears of it.
import { get } from "node:http";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { evaluate } from "../../../infra/plan/evaluate.ts";
import { EvaluationFault } from "../../../infra/plan/fault.ts";

const context = { project: "berth", stack: "test", config: {}, secretKeys: [], limitSeconds: 0.3 };
const run = (program: () => unknown) => evaluate(program, context);

async function faultOf(program: () => unknown): Promise<EvaluationFault> {
  const error: unknown = await run(program).then(
    () => "no fault",
    (fault: unknown) => fault,
  );
  if (error instanceof EvaluationFault) return error;
  throw new Error(`Expected a fault of the evaluation, got ${error}`);
}

test.each<[string, () => unknown, RegExp]>([
  ["Date.now", () => Date.now(), /reads the clock/],
  ["new Date", () => new Date().toISOString(), /reads the clock/],
  ["Math.random", () => Math.random(), /random number/],
  ["fetch", () => fetch("http://192.0.2.1/"), /reaches for the network/],
])("%s is refused with its place", async (_, call, message) => {
  const { message: said, at } = await faultOf(async () => ({ value: String(await call()) }));
  expect(said).toMatch(message);
  expect(at.place).toMatch(/^test\/infra\/plan\/evaluate\.test\.ts:\d+$/);
});

test("a connection that a library makes is refused too", async () => {
  const program = () => new Promise((resolve, reject) => get("http://192.0.2.1/", resolve).on("error", reject));
  expect((await faultOf(program)).message).toMatch(/network \(192\.0\.2\.1\)/);
});

test("dates that are given are dates, also after a refusal", async () => {
  const graph = await run(() => ({
    day: new Date("2026-11-24T00:00:00Z").toISOString(),
    is: new Date(0) instanceof Date,
  }));
  expect(graph.outputs).toEqual({ day: "2026-11-24T00:00:00.000Z", is: true });
  await faultOf(() => Date.now());
  expect(Date.now()).toBeGreaterThan(0);
  expect(Math.random()).toBeLessThan(1);
});

test("what never settles is ended, and what it waits for is named", async () => {
  const never = new Promise<string>(() => {});
  expect((await faultOf(() => void new aws.sns.Topic("stuck", { displayName: never }))).message).toMatch(
    /in 0.3 s: the inputs of stuck \(aws:sns\/topic:Topic\) never come/,
  );
  expect((await faultOf(() => never)).message).toMatch(/the program itself does not return/);
  expect((await faultOf(() => ({ value: pulumi.output(never) }))).message).toMatch(
    /an output of the stack never comes/,
  );
});

test("evaluated again for it, what never settles has its place, however far the rest waits", async () => {
  const program = () => {
    const never = new Promise<string>(() => {});
    const topic = new aws.sns.Topic("stuck", { displayName: pulumi.output(never).apply((name) => name) });
    return { arn: topic.arn.apply((arn) => arn) };
  };
  const line = Number(/test\.ts:(\d+)/.exec(new Error().stack ?? "")?.[1]) - 4;
  const fault = evaluate(program, { ...context, debug: true });
  await expect(fault).rejects.toMatchObject({ at: { place: `test/infra/plan/evaluate.test.ts:${line}` } });
});

test("a resource of a type that nobody knows has its place, others need none", async () => {
  const graph = await run(() => {
    new aws.sqs.Queue("queue");
    new aws.sns.Topic("topic");
  });
  expect(graph.resources.map(({ name, place }) => ({ name, place }))).toEqual([
    { name: "topic", place: undefined },
    { name: "queue", place: expect.stringMatching(/^test\/infra\/plan\/evaluate\.test\.ts:\d+$/) },
  ]);
});

test("a program's own error is passed on, whether thrown at once or in an apply", async () => {
  await expect(run(() => Promise.reject(new Error("at once")))).rejects.toThrow("at once");
  await expect(
    run(() => ({
      value: new aws.sns.Topic("topic").arn.apply(() => {
        throw new Error("in apply");
      }),
    })),
  ).rejects.toThrow("in apply");
});

test("an invoke's fault names the function, to find it by", async () => {
  expect((await faultOf(() => ({ id: aws.getCallerIdentityOutput().accountId }))).at.calls).toBe("getCallerIdentity");
});
