// The app's figures: requests per second against a bare handler, start to ready, memory at rest. All from the built
// bundle, in one run on one machine, because only ratios mean the same everywhere.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import pg from "pg";
import { freePort, startPostgres } from "../infra/embedded/postgres.ts";
import { type Measurement, median } from "./measurement.ts";

const repository = join(import.meta.dirname, "..");
const bundle = join(repository, "app", "dist", "main.js");
const bare = join(import.meta.dirname, "bare-server.ts");
const listPath = "/api/v1/tournaments/";

const starts = 7;
const rounds = 5;
const roundSeconds = 4;
const connections = 20;
const floors = { throughput: 0.85, readyMs: 500, memoryMb: 120 };

/** Builds the bundle, starts a PostgreSQL of its own, measures, and leaves nothing behind. */
export async function benchApp(): Promise<Measurement[]> {
  await promisify(execFile)(process.execPath, [join(repository, "app", "build.ts")]);
  const directory = await mkdtemp(join(tmpdir(), "berth-bench-"));
  const postgres = await startPostgres({ directory, settings: { max_connections: "60" } });
  try {
    await postgres.ensureDatabase("arena");
    const owner = new URL(postgres.url("arena"));
    const databaseUrl = appUrl(owner);
    await prepare(databaseUrl, owner);
    return [...(await measureThroughput(databaseUrl)), ...(await measureStart(databaseUrl))];
  } finally {
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

/** A role that owns nothing, for both servers: the policies of row-level security are part of what a list costs. */
function appUrl(owner: URL): string {
  const url = new URL(owner);
  [url.username, url.password] = ["arena", "bench"];
  return url.href;
}

async function prepare(databaseUrl: string, owner: URL): Promise<void> {
  const roles = { DATABASE_OWNER: owner.username, DATABASE_OWNER_PASSWORD: owner.password };
  await promisify(execFile)(process.execPath, [bundle, "release"], {
    env: { ...environment(databaseUrl, 0), ...roles },
  });
  const client = new pg.Client({ connectionString: owner.href });
  await client.connect();
  await client.query(`insert into arena.tournaments (id, tenant_id, slug, name, status, starts_at, capacity)
    select gen_random_uuid(), (select id from arena.tenants), 'cup-' || n, 'Regatta Masters ' || n, 'registration', now(), 16 from generate_series(1, 1000) n;
    analyze arena.tournaments`);
  await client.end();
}

async function measureThroughput(databaseUrl: string): Promise<Measurement[]> {
  const app = await serve([bundle, "web"], databaseUrl);
  const reference = await serve([bare], databaseUrl);
  try {
    const [ofApp, ofReference] = [await body(app.url), await body(reference.url)];
    if (JSON.stringify(ofApp.items[0]?.slug) !== JSON.stringify(ofReference.items[0]?.slug)) {
      throw new Error("The app and the bare handler do not answer the same.");
    }
    const ratios: number[] = [];
    const rates: [number[], number[]] = [[], []];
    const p99: number[] = [];
    for (let round = 0; round <= rounds; round += 1) {
      const [own, other] = [await rate(app.url), await rate(reference.url)];
      // The first round warms both up.
      if (round === 0) continue;
      ratios.push(own.rate / other.rate);
      rates[0].push(own.rate);
      rates[1].push(other.rate);
      p99.push(own.p99);
    }
    const ratio = median(ratios);
    const throughput = {
      figure: "web: requests/s on the list endpoint, against a bare Fastify + pg handler with the same query",
      value: `${ratio.toFixed(2)} (${Math.round(median(rates[0]))} / ${Math.round(median(rates[1]))} requests/s)`,
      floor: `≥ ${floors.throughput}`,
      held: ratio >= floors.throughput,
    };
    const latency = {
      figure: `web: 99 of 100 requests under that load, ${connections} at a time, take at most`,
      value: `${Math.round(median(p99))} ms`,
      floor: "none, it is this machine's",
      held: true,
    };
    return [throughput, latency];
  } finally {
    await app.stop();
    await reference.stop();
  }
}

async function measureStart(databaseUrl: string): Promise<Measurement[]> {
  const times: number[] = [];
  const memory: number[] = [];
  for (let start = 0; start < starts; start += 1) {
    const app = await serve([bundle, "web"], databaseUrl);
    times.push(app.readyMs);
    await body(app.url);
    await sleep(500);
    memory.push(await residentMb(app.child));
    await app.stop();
  }
  const [readyMs, memoryMb] = [median(times), Math.max(...memory)];
  return [
    {
      figure: "web: start to ready, migrations applied (median)",
      value: `${(readyMs / 1000).toFixed(2)} s`,
      floor: `≤ ${floors.readyMs / 1000} s`,
      held: readyMs <= floors.readyMs,
    },
    {
      figure: "web: memory at rest (largest)",
      value: `${Math.round(memoryMb)} MB`,
      floor: `≤ ${floors.memoryMb} MB`,
      held: memoryMb <= floors.memoryMb,
    },
  ];
}

interface Server {
  readonly child: ChildProcess;
  readonly url: string;
  readonly readyMs: number;
  stop(): Promise<void>;
}

function environment(databaseUrl: string, port: number) {
  return { PATH: process.env.PATH ?? "", ENVIRONMENT: "development", DATABASE_URL: databaseUrl, PORT: String(port) };
}

/** Starts a server and waits until it is ready. Its log goes to a pipe that is read, as a container's does. */
async function serve(args: readonly string[], databaseUrl: string): Promise<Server> {
  const port = await freePort();
  const started = performance.now();
  const child = spawn(process.execPath, args, {
    env: environment(databaseUrl, port),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.stdout.resume();
  const url = `http://127.0.0.1:${port}`;
  while (!(await isReady(`${url}/health/ready/`))) {
    if (child.exitCode !== null) throw new Error(`${args.join(" ")} ended with exit code ${child.exitCode}.`);
    await sleep(2);
  }
  const readyMs = performance.now() - started;
  return {
    child,
    url,
    readyMs,
    async stop() {
      child.kill("SIGTERM");
      await exited;
    },
  };
}

function isReady(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    get(url, { agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    }).on("error", () => resolve(false));
  });
}

async function body(url: string): Promise<{ items: { slug: string }[] }> {
  const response = await fetch(`${url}${listPath}`);
  return (await response.json()) as { items: { slug: string }[] };
}

/** Requests per second and milliseconds that the slowest in a hundred takes, by a load generator in a process of its own. */
async function rate(url: string): Promise<{ rate: number; p99: number }> {
  const program = join(repository, "node_modules", "autocannon", "autocannon.js");
  const load = [
    "--connections",
    String(connections),
    "--duration",
    String(roundSeconds),
    "--json",
    `${url}${listPath}`,
  ];
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...load]);
  const result = JSON.parse(stdout) as {
    non2xx: number;
    errors: number;
    requests: { average: number };
    latency: { p99: number };
  };
  if (result.non2xx + result.errors > 0) throw new Error(`${url}: ${result.non2xx + result.errors} requests failed.`);
  return { rate: result.requests.average, p99: result.latency.p99 };
}

/** Resident memory, as ps says. */
async function residentMb(child: ChildProcess): Promise<number> {
  const { stdout } = await promisify(execFile)("ps", ["-o", "rss=", "-p", String(child.pid)]);
  return (Number(stdout) * 1024) / 1_000_000;
}

if (import.meta.main) {
  const measurements = await benchApp();
  for (const { figure, value, floor, held } of measurements)
    console.log(`${held ? "held  " : "MISSED"} ${figure}: ${value}, floor ${floor}`);
  process.exitCode = measurements.every((measurement) => measurement.held) ? 0 : 1;
}
