import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { copyMissing } from "../../../infra/vps/copy-backups.ts";
import { findObject, type S3Bucket, sign } from "../../../infra/vps/s3.ts";
import { awsEmulator } from "../../support/engine.ts";
import { describeWith } from "../../support/requirement.ts";

const bucket: S3Bucket = {
  endpoint: "https://s3.eu-central-1.amazonaws.com",
  region: "eu-central-1",
  bucket: "copies",
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
};

test("a request is signed over its method, path and every header sent", () => {
  const at = new Date("2026-11-24T03:15:00Z");
  const request = sign(bucket, "PUT", "a b/ü(1).dump", { "x-amz-checksum-sha256": "c" }, at);
  expect(request.url).toBe("https://s3.eu-central-1.amazonaws.com/copies/a%20b/%C3%BC%281%29.dump");
  const authorization = request.headers.authorization ?? "";
  expect(authorization).toMatch(
    /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/20261124\/eu-central-1\/s3\/aws4_request, SignedHeaders=host;x-amz-checksum-sha256;x-amz-content-sha256;x-amz-date, Signature=[0-9a-f]{64}$/,
  );
  expect(JSON.stringify(request)).not.toContain(bucket.secretAccessKey);
  const others = [
    sign(bucket, "HEAD", "a b/ü(1).dump", { "x-amz-checksum-sha256": "c" }, at),
    sign(bucket, "PUT", "other", { "x-amz-checksum-sha256": "c" }, at),
    sign(bucket, "PUT", "a b/ü(1).dump", { "x-amz-checksum-sha256": "d" }, at),
    sign({ ...bucket, secretAccessKey: "x" }, "PUT", "a b/ü(1).dump", { "x-amz-checksum-sha256": "c" }, at),
  ];
  expect(others.map(({ headers }) => headers.authorization)).not.toContain(authorization);
});

const sha256 = (content: string) => createHash("sha256").update(content).digest("hex");

/** A backup as the script leaves it; with files, by name and content, if there are any. */
function writeBackup(folder: string, id: string, content: string, files?: Readonly<Record<string, string>>): void {
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  write(`${id}.dump`, content);
  const manifest = [`id=${id}`, `file=${id}.dump`, `sha256=${sha256(content)}`];
  if (files !== undefined) {
    mkdirSync(join(folder, "uploads"), { recursive: true });
    for (const [name, text] of Object.entries(files)) write(`uploads/${name}`, text);
    const names = `${Object.keys(files).join("\n")}\n`;
    write(`${id}.files`, names);
    write(`${id}.paths.enc`, "sealed");
    manifest.push(`paths=${id}.paths.enc`, `pathssha256=${sha256("sealed")}`, `filessha256=${sha256(names)}`);
  }
  write(`${id}.manifest`, `${manifest.join("\n")}\n`);
}

test("files go before the backup that needs them, once, and again when the bucket is about to delete them", async () => {
  const folder = mkdtempSync(join(tmpdir(), "berth-copies-"));
  const there = new Set<string>();
  const asked: string[] = [];
  let days: number | undefined;
  const server = createServer((request, response) => {
    const key = decodeURIComponent(request.url ?? "").replace("/copies/", "");
    request.resume().on("end", () => {
      if (request.method === "PUT") {
        asked.push(key);
        there.add(key);
      } else if (days !== undefined) {
        const date = new Date(Date.now() + days * 86_400_000).toUTCString();
        response.setHeader("x-amz-expiration", `expiry-date="${date}", rule-id="all"`);
      }
      response.statusCode = there.has(key) ? 200 : 404;
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const copy = async () => {
    await copyMissing(folder, { ...bucket, endpoint }, new Set());
    return asked.splice(0);
  };
  try {
    writeBackup(folder, "20261123T031500Z", "first");
    writeBackup(folder, "20261124T031500Z", "second", { a: "A", b: "B" });
    const rest = (id: string) => [`${id}.files`, `${id}.paths.enc`, `${id}.dump`, `${id}.manifest`];
    expect(await copy()).toEqual([
      "20261123T031500Z.dump",
      "20261123T031500Z.manifest",
      "uploads/a",
      "uploads/b",
      ...rest("20261124T031500Z"),
    ]);
    expect(await copy()).toEqual([]);
    days = 40;
    writeBackup(folder, "20261125T031500Z", "third", { b: "B", c: "C" });
    expect(await copy()).toEqual(["uploads/c", ...rest("20261125T031500Z")]);
    days = 20;
    writeBackup(folder, "20261126T031500Z", "fourth", { c: "C" });
    expect(await copy()).toEqual(["uploads/c", ...rest("20261126T031500Z")]);
  } finally {
    server.close();
    rmSync(folder, { recursive: true });
  }
});

describeWith("copies to S3", [awsEmulator], () => {
  const folder = mkdtempSync(join(tmpdir(), "berth-copies-"));
  const here: S3Bucket = {
    ...bucket,
    endpoint: process.env.AWS_ENDPOINT_URL ?? "",
    region: "us-east-1",
    accessKeyId: "test",
    secretAccessKey: "test",
  };
  beforeAll(async () => {
    const made = await fetch(`${here.endpoint}/${here.bucket}`, { method: "PUT" });
    expect(made.status).toBe(200);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("what the bucket lacks is copied, whole, once", async () => {
    writeBackup(folder, "20261123T031500Z", "first");
    writeBackup(folder, "20261124T031500Z", "second", { [`${sha256("x")}.enc`]: "a file", [sha256("")]: "" });
    writeFileSync(join(folder, "20261125T031500Z.dump.partial"), "half");
    const known = new Set<string>();
    expect(await copyMissing(folder, here, known)).toEqual(["20261123T031500Z", "20261124T031500Z"]);
    expect(await copyMissing(folder, here, known)).toEqual([]);
    expect(await copyMissing(folder, here, new Set())).toEqual([]);
    const fetched = async (key: string) => {
      const { url, headers } = sign(here, "GET", key, {}, new Date());
      return (await fetch(url, { headers })).text();
    };
    expect(await fetched("20261124T031500Z.dump")).toBe("second");
    expect(await fetched(`uploads/${sha256("x")}.enc`)).toBe("a file");
    expect(await findObject(here, `uploads/${sha256("")}`)).toEqual({});
    expect(await findObject(here, "20261125T031500Z.dump.partial")).toBeUndefined();
  });

  test("a bucket that is not there is said so", async () => {
    writeBackup(folder, "20261126T031500Z", "third");
    await expect(copyMissing(folder, { ...here, bucket: "elsewhere" }, new Set())).rejects.toThrow(
      /S3 refused \S+ in elsewhere with 404 \(NoSuchBucket\)/,
    );
  });
});
