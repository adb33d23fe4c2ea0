// The lock of an embedded environment: however many start at once, one holds it.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { capture } from "../../../infra/cli/run.ts";
import { AlreadyRunning, acquireLock } from "../../../infra/embedded/lock.ts";

let folder = "";
let file = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "berth-lock-"));
  file = join(folder, "lock.json");
});
afterEach(() => rmSync(folder, { recursive: true }));

const dead = { pid: 2 ** 31 - 2, started: "" };
const left = (...children: object[]) => JSON.stringify({ id: "1", owner: dead, url: "http://localhost", children });

interface Seen {
  readonly held: number;
  readonly notAlone: number;
  readonly refused: number;
}

test("of many that start at once, time and again, after clean ends and after kills, never two hold it", async () => {
  writeFileSync(file, left());
  const rival = join(import.meta.dirname, "../../support/lock-rival.ts");
  const rivals = Array.from({ length: 6 }, () => capture(process.execPath, [rival, file, "250"]));
  const ends = await Promise.all(rivals);
  expect(ends.map(({ code, stderr }) => ({ code, stderr }))).toEqual(ends.map(() => ({ code: 0, stderr: "" })));
  const seen = ends.map(({ stdout }) => JSON.parse(stdout) as Seen);
  const sum = (key: keyof Seen) => seen.reduce((total, one) => total + one[key], 0);
  expect(sum("notAlone")).toBe(0);
  // It was fought for.
  expect(sum("held")).toBeGreaterThan(100);
  expect(sum("refused")).toBeGreaterThan(100);
  expect(readdirSync(folder).filter((name) => name !== "lock.json")).toEqual([]);
});

test("it is refused while its owner lives, and free after", async () => {
  const lock = await acquireLock(file, "http://localhost:1");
  await expect(acquireLock(file, "http://localhost:2")).rejects.toThrow(AlreadyRunning);
  await expect(acquireLock(file, "http://localhost:2")).rejects.toThrow(`http://localhost:1 (pid ${process.pid})`);
  await lock.release();
  expect(readdirSync(folder)).toEqual([]);
  await (await acquireLock(file, "http://localhost:2")).release();
});

test("children of an owner that died are told, and stay written down until the next owner ends", async () => {
  const children = [
    { pid: 1, started: "1" },
    { pid: 2, started: "2" },
  ];
  writeFileSync(file, left(...children));
  const lock = await acquireLock(file, "http://localhost");
  expect(lock.orphans).toEqual(children);
  await lock.add(process.pid);
  expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({
    owner: { pid: process.pid },
    children: [...children, { pid: process.pid }],
  });
  expect(readdirSync(folder)).toEqual(["lock.json"]);
});

test.each(["", "{", '{"owner":'])("one that a power failure tore is nobody's: %j", async (torn) => {
  writeFileSync(file, torn);
  expect((await acquireLock(file, "http://localhost")).orphans).toEqual([]);
});

test("one of an earlier version counts", async () => {
  const { owner } = JSON.parse(await ownText()) as { owner: object };
  writeFileSync(file, JSON.stringify({ owner, url: "http://localhost:1", children: [] }));
  await expect(acquireLock(file, "http://localhost:2")).rejects.toThrow(AlreadyRunning);
});

async function ownText(): Promise<string> {
  const lock = await acquireLock(`${file}-other`, "");
  const text = readFileSync(`${file}-other`, "utf8");
  await lock.release();
  return text;
}
