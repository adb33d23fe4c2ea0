// berth comment: one comment on the pull request that a workflow's run belongs to. It runs with a token that may write, so
// it takes plans as data that anybody may have made up: their shape is checked, and the text is made here.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { commentMarker, renderMarkdown } from "../plan/render/markdown.ts";
import type { Report } from "../plan/report.ts";
import { readReport } from "../plan/saved.ts";
import { exitCodes, Failure } from "./failure.ts";

/** More than any plan of this project has; so large a file is somebody's trick. */
const mostBytes = 20_000_000;
const mostPlans = 20;

const eventSchema = z.looseObject({
  workflow_run: z.looseObject({
    head_sha: z.string().regex(/^[0-9a-f]{40}$/),
    head_branch: z.string(),
    conclusion: z.string().nullish(),
    head_repository: z.looseObject({ owner: z.looseObject({ login: z.string() }) }),
  }),
});
const pullsSchema = z.array(z.looseObject({ number: z.int(), head: z.looseObject({ sha: z.string() }) }));
const commentsSchema = z.array(
  z.looseObject({ id: z.int(), body: z.string(), user: z.looseObject({ type: z.string() }).nullable() }),
);

export async function comment(folder: string): Promise<void> {
  const github = gitHub();
  const run = workflowRun();
  const plans = readPlans(folder);
  const body = renderMarkdown(plans, isExplained(plans, run) ? [] : [unexplained]);
  const number = await pullRequest(github, run);
  if (number === undefined) {
    process.stdout.write("No open pull request is at that commit any more: nothing to say.\n");
    return;
  }
  const known = await ownComment(github, number);
  if (known === undefined) await github("POST", `issues/${number}/comments`, { body });
  else await github("PATCH", `issues/comments/${known}`, { body });
  process.stdout.write(`The comment of pull request ${number} is ${known === undefined ? "made" : "written anew"}.\n`);
}

/** In our words: what the run itself has to say is in its log. */
const unexplained = "at least one stack has no plan; the log of the check Preview says why";

/** Whether the plans show why the run ended as it did. */
function isExplained(plans: readonly Report[], { conclusion }: Run): boolean {
  if (conclusion !== "failure") return plans.length > 0;
  return plans.some(({ gate, brokenBase }) => !gate.open || brokenBase !== undefined);
}

/** Plans by name; everything else in the folder is left alone. */
export function readPlans(folder: string): Report[] {
  const files = plansIn(folder);
  if (files.length > mostPlans) {
    throw new Failure(`${folder} holds ${files.length} plans; allowed: ${mostPlans} at most`, exitCodes.usage);
  }
  return files.map((file) => {
    const path = join(folder, file);
    if (statSync(path).size > mostBytes) throw new Failure(`${path} is larger than any plan`, exitCodes.usage);
    const report = readReport(readFileSync(path, "utf8"));
    if (typeof report === "string") throw new Failure(`${path} is no plan: ${report}`, exitCodes.usage);
    return report;
  });
}

function plansIn(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.flatMap((entry) => (entry.isFile() && entry.name.endsWith(".json") ? entry.name : [])).toSorted();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure(`${folder} cannot be read: ${reason}`, exitCodes.usage);
  }
}

type GitHub = (method: "GET" | "POST" | "PATCH", path: string, body?: object) => Promise<unknown>;

function gitHub(): GitHub {
  const { GITHUB_TOKEN: token, GITHUB_REPOSITORY: repository, GITHUB_API_URL: api } = process.env;
  if (!token || !repository || !/^[\w.-]+\/[\w.-]+$/.test(repository)) {
    throw new Failure("needs GITHUB_TOKEN and GITHUB_REPOSITORY (owner/name) in the environment", exitCodes.usage);
  }
  return async (method, path, body) => {
    const url = `${api ?? "https://api.github.com"}/repos/${repository}/${path}`;
    const headers = {
      authorization: `Bearer ${token}`,
      accept: "application/vnd.github+json",
      "x-github-api-version": "2022-11-28",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    };
    const signal = AbortSignal.timeout(30_000);
    const answer = await fetch(url, { method, headers, signal, ...(body && { body: JSON.stringify(body) }) });
    if (!answer.ok) throw new Failure(`GitHub answers ${answer.status} to ${method} ${path}: ${await answer.text()}`);
    return await answer.json();
  };
}

type Run = z.output<typeof eventSchema>["workflow_run"];

/** As the event says, which GitHub vouches for. */
function workflowRun(): Run {
  const file = process.env.GITHUB_EVENT_PATH;
  if (file === undefined) throw new Failure("needs GITHUB_EVENT_PATH, the event workflow_run", exitCodes.usage);
  const event = eventSchema.safeParse(JSON.parse(readFileSync(file, "utf8")));
  if (!event.success) throw new Failure(`${file} is no event workflow_run of a branch`, exitCodes.usage);
  return event.data.workflow_run;
}

/** The run of a fork's workflow names no pull request, so its commit is looked for. */
async function pullRequest(github: GitHub, run: Run): Promise<number | undefined> {
  const { head_sha, head_branch, head_repository } = run;
  const head = encodeURIComponent(`${head_repository.owner.login}:${head_branch}`);
  const pulls = pullsSchema.parse(await github("GET", `pulls?state=open&per_page=100&head=${head}`));
  return pulls.find((pull) => pull.head.sha === head_sha)?.number;
}

async function ownComment(github: GitHub, number: number): Promise<number | undefined> {
  for (let page = 1; ; page += 1) {
    const found = commentsSchema.parse(await github("GET", `issues/${number}/comments?per_page=100&page=${page}`));
    // Only a workflow's: a person may have written the marker as well.
    const own = found.find(({ body, user }) => user?.type === "Bot" && body.startsWith(commentMarker));
    if (own !== undefined || found.length < 100) return own?.id;
  }
}
