// berth comment, with a server in GitHub's place that keeps to its API: which pull request, which comment, whose text.
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { projectRoot } from "../../infra/cli/project.ts";
import { capture } from "../../infra/cli/run.ts";
import { report } from "../support/report.ts";

const sha = "a".repeat(40);
let folder: string;
let server: Server;
let asked: { method: string | undefined; url: string | undefined; authorization: string | undefined; body: string }[];
let comments: { id: number; body: string; user: { type: string } }[];
let pulls: { number: number; head: { sha: string } }[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "berth-comment-"));
  asked = [];
  comments = [];
  pulls = [
    { number: 6, head: { sha: "b".repeat(40) } },
    { number: 7, head: { sha } },
  ];
  server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const { method, url, headers } = request;
    asked.push({ method, url, authorization: headers.authorization, body });
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(url?.includes("/pulls?") ? pulls : method === "GET" ? comments : {}));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const head_repository = { owner: { login: "somebody" } };
  writeFileSync(
    join(folder, "event"),
    JSON.stringify({ workflow_run: { head_sha: sha, head_branch: "a&b#c", head_repository } }),
  );
});
afterEach(async () => {
  rmSync(folder, { recursive: true, force: true });
  server.close();
});

function comment() {
  return capture(process.execPath, [join(projectRoot, "infra/cli/main.ts"), "comment", folder], {
    env: {
      ...process.env,
      GITHUB_TOKEN: "token",
      GITHUB_REPOSITORY: "owner/name",
      GITHUB_API_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      GITHUB_EVENT_PATH: join(folder, "event"),
    },
  });
}

async function writePlan(change: object = {}): Promise<void> {
  writeFileSync(join(folder, "test.json"), JSON.stringify({ ...(await report(() => {})), ...change }));
}

test("makes a comment on the pull request of the run's commit", async () => {
  await writePlan();
  expect(await comment()).toMatchObject({ code: 0, stdout: "The comment of pull request 7 is made.\n" });
  expect(asked.map(({ method, url }) => `${method} ${url}`)).toEqual([
    "GET /repos/owner/name/pulls?state=open&per_page=100&head=somebody%3Aa%26b%23c",
    "GET /repos/owner/name/issues/7/comments?per_page=100&page=1",
    "POST /repos/owner/name/issues/7/comments",
  ]);
  expect(asked.every(({ authorization }) => authorization === "Bearer token")).toBe(true);
  expect(JSON.parse(asked[2]?.body ?? "").body).toMatch(/^<!-- berth:plan -->\n### Berth's plan\n/);
});

test("writes its own anew, never a person's with the same marker", async () => {
  await writePlan();
  comments = [
    { id: 1, body: "<!-- berth:plan -->", user: { type: "User" } },
    { id: 2, body: "<!-- berth:plan -->\nold", user: { type: "Bot" } },
  ];
  expect((await comment()).code).toBe(0);
  expect(asked.at(-1)).toMatchObject({ method: "PATCH", url: "/repos/owner/name/issues/comments/2" });
});

test("says so where a run that failed left no plan, or none that shows why", async () => {
  const head_repository = { owner: { login: "somebody" } };
  const workflow_run = { head_sha: sha, head_branch: "a", head_repository, conclusion: "failure" };
  writeFileSync(join(folder, "event"), JSON.stringify({ workflow_run }));
  const said = async () => {
    expect((await comment()).code).toBe(0);
    return JSON.parse(asked.at(-1)?.body ?? "").body as string;
  };
  const sentence = "**Not planned**: at least one stack has no plan; the log of the check Preview says why";
  expect(await said()).toBe(`<!-- berth:plan -->\n### Berth's plan\n\n${sentence}\n\n\n`);
  await writePlan();
  expect(await said()).toContain(sentence);
  const { gate } = await report(() => {});
  await writePlan({ gate: { ...gate, open: false } });
  expect(await said()).not.toContain(sentence);
});

test("says nothing where the pull request has moved on", async () => {
  await writePlan();
  pulls = [{ number: 7, head: { sha: "c".repeat(40) } }];
  expect(await comment()).toMatchObject({ code: 0, stdout: expect.stringContaining("nothing to say") });
  expect(asked).toHaveLength(1);
});

test("takes no text from a run: what is no plan is refused before GitHub is asked", async () => {
  writeFileSync(join(folder, "comment.md"), "@everyone");
  writeFileSync(join(folder, "test.json"), JSON.stringify({ body: "@everyone" }));
  expect(await comment()).toMatchObject({ code: 2, stderr: expect.stringContaining("test.json is no plan") });
  await writePlan({ stack: "x", note: "@everyone" });
  expect((await comment()).code).toBe(2);
  expect(asked).toEqual([]);
});

test("a plan with a hostile text is quoted", async () => {
  await writePlan({ limits: ["</details> @everyone <!-- berth:plan -->"] });
  expect((await comment()).code).toBe(0);
  const body: string = JSON.parse(asked.at(-1)?.body ?? "").body;
  expect(body).toContain("```text\n</details> @everyone");
});
