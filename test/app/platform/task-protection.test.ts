// Asking ECS to spare a task: when, for how long, and that nothing breaks where it does not answer as it should.
import { EventEmitter, once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type ProtectionTimes, protectTask } from "../../../app/platform/task-protection.ts";
import { eventually, memoryLogger } from "../harness.ts";

let server: Server;
let agent = "";
let answer = { status: 200, body: '{"protection":{}}' };
const asked: { readonly url: string; readonly body: unknown }[] = [];
const spared = { ProtectionEnabled: true, ExpiresInMinutes: 5 };
const released = { ProtectionEnabled: false };
const bodies = () => asked.map(({ body }) => body);

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    asked.push({ url: `${request.method} ${request.url}`, body: JSON.parse(Buffer.concat(chunks).toString()) });
    response.writeHead(answer.status).end(answer.body);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  agent = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/task`;
});
afterAll(() => void server.close());
beforeEach(() => {
  asked.length = 0;
  answer = { status: 200, body: '{"protection":{}}' };
});

function worker(times: ProtectionTimes, at: string | undefined = agent) {
  const { logger, lines } = memoryLogger("info");
  const events = new EventEmitter();
  const protection = protectTask(at, events, logger, times);
  return { lines, begin: () => events.emit("job:start"), end: () => events.emit("job:complete"), protection };
}

test("from its first job until it has been idle for a while, once for all of them", async () => {
  const { begin, end, protection } = worker({ quietMs: 40, exposedMs: 60_000 });
  begin();
  begin();
  end();
  await eventually(() => asked.length === 1, "it asked");
  await sleep(80);
  expect(asked).toEqual([{ url: "PUT /api/task/task-protection/v1/state", body: spared }]);
  end();
  begin();
  await sleep(80);
  expect(asked).toHaveLength(1);
  end();
  await eventually(() => asked.length === 2, "it let go");
  expect(bodies()).toEqual([spared, released]);
  protection.stop();
});

test("not again while ECS may take it, then again", async () => {
  const { begin, end, protection } = worker({ quietMs: 5, exposedMs: 120 });
  begin();
  end();
  await eventually(() => asked.length === 2, "it let go");
  begin();
  await sleep(40);
  expect(asked).toHaveLength(2);
  await eventually(() => asked.length === 3, "it asked again for the job that still runs");
  expect(bodies().at(-1)).toEqual(spared);
  end();
  protection.stop();
});

test("a job that hangs holds nothing up: ECS ends it by itself, and it is not asked for again at once", async () => {
  const { begin, end, protection } = worker({ minutes: 0.001, quietMs: 5, exposedMs: 60_000 });
  begin();
  await sleep(120);
  end();
  await sleep(40);
  expect(bodies()).toEqual([{ ...spared, ExpiresInMinutes: 0.001 }]);
  protection.stop();
});

test.each([
  ["an error", 400, '{"error":{"Code":"AccessDeniedException","Message":"no"}}', "AccessDeniedException"],
  ["a failure in an answer of 200", 200, '{"failure":{"Reason":"TASK_NOT_VALID"}}', "TASK_NOT_VALID"],
])("%s is logged, and no more than that", async (_what, status, body, reason) => {
  answer = { status, body };
  const { begin, end, lines, protection } = worker({});
  begin();
  await eventually(() => lines.length === 1, "it is logged");
  expect(lines[0]).toMatchObject({ level: "warn", message: "ECS was not told whether this task runs jobs" });
  expect(JSON.stringify(lines[0])).toContain(reason);
  end();
  protection.stop();
});

test("where there is no ECS, nothing is asked", async () => {
  const { logger } = memoryLogger("info");
  const events = new EventEmitter();
  protectTask(undefined, events, logger).stop();
  expect(events.eventNames()).toEqual([]);
});
