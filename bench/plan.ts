// The whole process of `berth plan production`, against the same resources declared under Pulumi's ts-node default.
import { execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { projectRoot } from "../infra/cli/project.ts";
import { type Measurement, median } from "./measurement.ts";

interface Run {
  readonly seconds: number;
  /** Peak resident memory, MB (10^6 bytes). */
  readonly megabytes: number;
}

const runs = 5;

export async function benchPlan(): Promise<Measurement[]> {
  const plan = () => measure([join(projectRoot, "infra/cli/main.ts"), "plan", "production", "--json"]);
  await plan(); // fills the compile cache
  const ours = await repeat(runs, plan);
  const theirs = await underTsNode();
  const seconds = median(ours.map((run) => run.seconds));
  const megabytes = median(ours.map((run) => run.megabytes));
  const ratio = seconds / theirs.seconds;
  return [
    {
      figure: "plan production, whole process",
      value: `${seconds.toFixed(2)} s`,
      floor: "≤ 1.0 s",
      held: seconds <= 1,
    },
    {
      figure: "plan production, peak memory",
      value: `${megabytes.toFixed(0)} MB`,
      floor: "≤ 300 MB",
      held: megabytes <= 300,
    },
    {
      figure: `plan production / loading @pulumi/aws under the ts-node default (${theirs.seconds.toFixed(2)} s, ${theirs.megabytes.toFixed(0)} MB)`,
      value: ratio.toFixed(3),
      floor: "≤ 0.167",
      held: ratio <= 1 / 6,
    },
    ...(await againstMain()),
    await growth(),
    wrapperOverhead(),
  ];
}

/** A comparison with the last commit, whose lock file is this one's or is made so: two evaluations and a worktree. */
async function againstMain(): Promise<Measurement[]> {
  const folder = mkdtempSync(join(tmpdir(), "berth-bench-"));
  try {
    const project = repository(folder);
    const run = (...args: string[]) =>
      measure([join(project, "infra/cli/main.ts"), ...args, "--against", "HEAD"], project);
    await run("plan", "production"); // fills the compile cache
    const both = await repeat(runs, async () => ({
      plan: await run("plan", "production"),
      review: await run("review"),
    }));
    const seconds = median(both.map(({ plan }) => plan.seconds));
    const ratio = median(both.map(({ plan, review }) => review.seconds / plan.seconds));
    return [
      {
        figure: "plan production --against, same lock file",
        value: `${seconds.toFixed(2)} s`,
        floor: "≤ 2.0 s",
        held: seconds <= 2,
      },
      {
        figure: "review of every stack / plan production --against",
        value: ratio.toFixed(2),
        floor: "≤ 3",
        held: ratio <= 3,
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A repository with one commit: what is here now. */
function repository(folder: string): string {
  const project = join(folder, "project");
  const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"], {
    cwd: projectRoot,
  });
  for (const file of files
    .toString()
    .split("\0")
    .filter((name) => name !== "" && existsSync(join(projectRoot, name)))) {
    mkdirSync(dirname(join(project, file)), { recursive: true });
    cpSync(join(projectRoot, file), join(project, file));
  }
  symlinkSync(join(projectRoot, "node_modules"), join(project, "node_modules"));
  const git = (...args: string[]) =>
    execFileSync(
      "git",
      ["-c", "user.name=bench", "-c", "user.email=bench@example.com", "-c", "commit.gpgsign=false", ...args],
      {
        cwd: project,
        stdio: "ignore",
      },
    );
  git("init", "--quiet");
  git("add", "--all");
  git("commit", "--quiet", "--message", "now");
  return project;
}

/** What ten times as many resources take, in one process that is warm: 1 would be as many times as much. */
async function growth(): Promise<Measurement> {
  const [few, many] = [150, 1500];
  const time = async (resources: number) => {
    const { seconds } = await measure([join(projectRoot, "bench/plan-growth.ts"), String(resources)]);
    return seconds;
  };
  const nothing = await time(0);
  const ratio = median(
    (await repeat(3, async () => ({ few: (await time(few)) - nothing, many: (await time(many)) - nothing }))).map(
      (run) => run.many / run.few / (many / few),
    ),
  );
  return {
    figure: `plan, evaluated and compared: ${many} resources / ${few}, each`,
    value: ratio.toFixed(2),
    floor: "≤ 1.5",
    held: ratio <= 1.5,
  };
}

/** What `./berth` adds to starting Node itself, with nothing to install. */
function wrapperOverhead(): Measurement {
  const time = (command: string, args: string[]) => {
    const started = performance.now();
    execFileSync(command, args, { stdio: "ignore" });
    return performance.now() - started;
  };
  const pairs = Array.from(
    { length: 2 * runs + 1 },
    () =>
      time(join(projectRoot, "berth"), ["--help"]) -
      time(process.execPath, [join(projectRoot, "infra/cli/main.ts"), "--help"]),
  );
  const milliseconds = median(pairs);
  return {
    figure: "wrapper, nothing to install",
    value: `${milliseconds.toFixed(0)} ms`,
    floor: "≤ 50 ms",
    held: milliseconds <= 50,
  };
}

/**
 * A program that does no more than load the providers that production uses, run the way Pulumi runs TypeScript unless
 * told otherwise: type-checked by the ts-node and TypeScript that its SDK brings along. Less than our program does. Without
 * ts-node's cache, which holds nothing after a change of the program, nor on a machine of CI.
 */
async function underTsNode(): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), "berth-bench-"));
  try {
    mkdirSync(join(folder, "program"));
    symlinkSync(join(projectRoot, "node_modules"), join(folder, "program/node_modules"));
    writeFileSync(
      join(folder, "program/index.ts"),
      `import * as pulumi from "@pulumi/pulumi";\nimport * as aws from "@pulumi/aws";\nexport const token = [aws.ec2.Vpc, pulumi.Output].length;\n`,
    );
    writeFileSync(
      join(folder, "program/run.cjs"),
      `const vendor = require.resolve("@pulumi/pulumi/vendor/ts-node@7.0.1/index.js");
process.env.TS_NODE_COMPILER = require.resolve("@pulumi/pulumi/vendor/typescript@3.8.3/typescript.js");
require(vendor).register({ compiler: process.env.TS_NODE_COMPILER, cache: false, skipProject: true, compilerOptions: { target: "es6", module: "commonjs", moduleResolution: "node", strict: true, skipLibCheck: true, types: [] } });
require("./index.ts");
`,
    );
    return await measure([join(folder, "program/run.cjs")]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function repeat<Result>(count: number, run: () => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  for (let i = 0; i < count; i++) results.push(await run());
  return results;
}

/** Runs Node and takes the time of the whole process and the memory that the system counted for it. */
async function measure(args: readonly string[], cwd = projectRoot): Promise<Run> {
  const report = `data:text/javascript,process.on("exit",()=>process.stderr.write("\\nmaxrss "+process.resourceUsage().maxRSS))`;
  const started = performance.now();
  const child = spawn(process.execPath, ["--import", report, ...args], {
    cwd,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const code = await new Promise((resolve) => child.once("close", resolve));
  const seconds = (performance.now() - started) / 1000;
  const kibibytes = Number(/maxrss (\d+)/.exec(stderr)?.[1]);
  if (code !== 0 || Number.isNaN(kibibytes))
    throw new Error(`node ${args.join(" ")} ended with ${code}: ${stderr.slice(-400)}`);
  return { seconds, megabytes: (kibibytes * 1024) / 1e6 };
}
