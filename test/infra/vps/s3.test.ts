import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { copyMissing } from "../../../infra/vps/copy-backups.ts";
import { hasObject, type S3Bucket, sign } from "../../../infra/vps/s3.ts";
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

describeWith("copies to S3", [awsEmulator], () => {
  const folder = mkdtempSync(join(tmpdir(), "berth-copies-"));
  const here: S3Bucket = {
    ...bucket,
    endpoint: process.env.AWS_ENDPOINT_URL ?? "",
    region: "us-east-1",
    accessKeyId: "test",
    secretAccessKey: "test",
  };
  const write = (id: string, content: string, sum = createHash("sha256").update(content).digest("hex")) => {
    writeFileSync(join(folder, `${id}.dump`), content);
    writeFileSync(join(folder, `${id}.manifest`), `id=${id}\nfile=${id}.dump\nsha256=${sum}\n`);
  };
  beforeAll(async () => {
    const made = await fetch(`${here.endpoint}/${here.bucket}`, { method: "PUT" });
    expect(made.status).toBe(200);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("what the bucket lacks is copied, whole, once", async () => {
    write("20261123T031500Z", "first");
    write("20261124T031500Z", "second");
    writeFileSync(join(folder, "20261125T031500Z.dump.partial"), "half");
    const known = new Set<string>();
    expect(await copyMissing(folder, here, known)).toEqual(["20261123T031500Z", "20261124T031500Z"]);
    expect(await copyMissing(folder, here, known)).toEqual([]);
    expect(await copyMissing(folder, here, new Set())).toEqual([]);
    const { url, headers } = sign(here, "GET", "20261124T031500Z.dump", {}, new Date());
    const copied = await fetch(url, { headers });
    expect(await copied.text()).toBe("second");
    expect(await hasObject(here, "20261125T031500Z.dump.partial")).toBe(false);
  });

  test("a bucket that is not there is said so", async () => {
    write("20261126T031500Z", "third");
    await expect(copyMissing(folder, { ...here, bucket: "elsewhere" }, new Set())).rejects.toThrow(
      /S3 refused \S+ in elsewhere with 404 \(NoSuchBucket\)/,
    );
  });
});
