import { mkdtempSync, readdirSync, rmSync, utimesSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cleanUpPlatform } from "../../../app/platform/clean-up.ts";
import { readFileToken, signFileToken } from "../../../app/platform/file-token.ts";
import { fileTypeOf } from "../../../app/platform/file-types.ts";
import {
  openStorage,
  pathOf,
  privateKey,
  publicKey,
  type Storage,
  type UploadForm,
} from "../../../app/platform/storage.ts";
import { s3Storage } from "../../../app/platform/storage-s3.ts";
import { acceptUpload, lookAtUpload, offerUpload, removeAbandoned } from "../../../app/platform/uploads.ts";
import { signatureOf, startBucket, type TestBucket } from "../../support/s3.ts";
import { environmentFor, memoryLogger, startApp, type TestApp } from "../harness.ts";

const png = Buffer.from("89504e470d0a1a0a0000000d49484452", "hex");
const folder = mkdtempSync(join(tmpdir(), "arena-media-"));
let arena: TestApp;
let storage: Storage;
let address: string;
beforeAll(async () => {
  arena = await startApp({ MEDIA_STORE: folder });
  storage = openStorage(arena.environment);
  address = await arena.app.listen({ port: 0, host: "127.0.0.1" });
});
afterAll(async () => {
  await arena.close();
  rmSync(folder, { recursive: true });
});

/** As a browser sends it. */
function send({ url, fields }: UploadForm, file: Buffer, changes: Record<string, string> = {}) {
  const form = new FormData();
  for (const [name, value] of Object.entries({ ...fields, ...changes })) form.append(name, value);
  form.append("file", new Blob([new Uint8Array(file)]), "../../etc/passwd");
  return fetch(new URL(url, address), { method: "POST", body: form, redirect: "manual" });
}

test("a file's type is what its first bytes say", () => {
  const webp = Buffer.from("RIFF\x10\0\0\0WEBPVP8 ", "latin1");
  const types = [png, Buffer.from("ffd8ffe0", "hex"), webp, Buffer.from("%PDF-1.7\n"), Buffer.from("<svg/>")].map(
    fileTypeOf,
  );
  expect(types).toEqual(["png", "jpg", "webp", "pdf", undefined]);
  expect(fileTypeOf(Buffer.from("RIFF\x10\0\0\0WAVE", "latin1"))).toBeUndefined();
  expect(fileTypeOf(Buffer.alloc(0))).toBeUndefined();
});

test("a token is for one use, for a time, and cannot be changed", () => {
  const token = signFileToken("secret", { use: "read", key: "exports/a.csv" }, 60);
  expect(readFileToken("secret", "read", token)).toMatchObject({ key: "exports/a.csv" });
  expect(readFileToken("secret", "write", token)).toBeUndefined();
  expect(readFileToken("other", "read", token)).toBeUndefined();
  expect(readFileToken("secret", "read", `${token}A`)).toBeUndefined();
  const [text = "", signature] = token.split(".");
  const forged = Buffer.from(Buffer.from(text, "base64url").toString().replace("exports/a", "exports/b")).toString(
    "base64url",
  );
  expect(readFileToken("secret", "read", `${forged}.${signature}`)).toBeUndefined();
  expect(readFileToken("secret", "read", signFileToken("secret", { use: "read", key: "a/b" }, -2))).toBeUndefined();
  expect(readFileToken("secret", "read", "")).toBeUndefined();
});

describe("a folder", () => {
  test("keeps, reads and removes", async () => {
    const key = privateKey("exports", "csv");
    await storage.put(key, Buffer.from("a,b\n"), "text/csv");
    expect(await storage.read(key)).toEqual({ body: Buffer.from("a,b\n"), contentType: "text/csv; charset=utf-8" });
    await storage.remove(key);
    await storage.remove(key);
    expect(await storage.read(key)).toBeUndefined();
  });

  test.each(["../secret", "media/../x.png", "/etc/passwd", "media", "exports/.hidden", "a/b.c/d", "exports//x", ""])(
    "%s is no key",
    async (key) => {
      await expect(storage.put(key, png, "image/png")).rejects.toThrow(/is no key of a file/);
      await expect(storage.signedUrl(key, 60)).rejects.toThrow(/is no key of a file/);
    },
  );

  test("what is public is seen at its key; what is not, by a link only, to be saved", async () => {
    const [open, shut] = [publicKey("tournaments", "png"), privateKey("exports", "csv")];
    await storage.put(open, png, "image/png");
    await storage.put(shut, Buffer.from("a,b\n"), "text/csv");
    const shown = await arena.app.inject(`/${open}`);
    expect([shown.statusCode, shown.headers["content-type"], shown.rawPayload]).toEqual([200, "image/png", png]);
    expect(shown.headers["cache-control"]).toBe("public, max-age=604800");
    for (const path of [`/media/${shut}`, `/${shut}`, "/media/../private/x", "/media/%2e%2e/private/x", "/media/x"]) {
      expect((await arena.app.inject(path)).statusCode, path).toBe(404);
    }
    const link = await arena.app.inject(await storage.signedUrl(shut, 60, 'Sales "May".csv'));
    expect([link.statusCode, link.body]).toEqual([200, "a,b\n"]);
    expect(link.headers).toMatchObject({
      "cache-control": "private, no-store",
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": `attachment; filename="Sales _May_.csv"; filename*=UTF-8''Sales%20%22May%22.csv`,
    });
    expect((await arena.app.inject(await storage.signedUrl(shut, -5))).statusCode).toBe(404);
    expect((await arena.app.inject("/files/nonsense/")).statusCode).toBe(404);
  });
});

describe("an upload", () => {
  const owned = (owner = "tenant-1") => ({ storage, secret: arena.environment.SECRET_KEY, owner });
  const rules = { kind: "tournaments", types: ["png", "jpg"] } as const;
  const offer = () => offerUpload(owned(), { type: "png", maxBytes: 100 });

  test("is sent, looked at, and then public", async () => {
    const { form, receipt } = await offer();
    await expect(acceptUpload(owned(), receipt, rules)).rejects.toThrow(/has not arrived/);
    expect((await send(form, png)).status).toBe(204);
    await expect(acceptUpload(owned("tenant-2"), receipt, rules)).rejects.toThrow(/too old, or was another's/);
    const key = await acceptUpload(owned(), receipt, rules);
    expect(key).toMatch(/^media\/tournaments\/[0-9a-f-]{36}\.png$/);
    expect((await arena.app.inject(`/${key}`)).rawPayload).toEqual(png);
    expect(readdirSync(join(folder, "private", "incoming"))).toEqual([]);
  });

  test("leads back to where its form says, and to nowhere else", async () => {
    const redirect = (receipt: string) => `https://arena.example.com/describe/${receipt}/`;
    const { form, receipt } = await offerUpload(owned(), { maxBytes: 100, redirect });
    await expect(lookAtUpload(owned(), receipt, ["png"])).rejects.toThrow(/has not arrived/);
    const sent = await send(form, png, { success_action_redirect: "https://evil.example/" });
    expect([sent.status, sent.headers.get("location")]).toEqual([303, redirect(receipt)]);
    await lookAtUpload(owned(), receipt, ["png"]);
    await expect(lookAtUpload(owned(), receipt, ["pdf"])).rejects.toThrow(/none of pdf/);
    await lookAtUpload(owned(), receipt, ["png"]);
    await acceptUpload(owned(), receipt, rules);
  });

  test("is refused by its content, whatever its name and type say", async () => {
    const { form, receipt } = await offer();
    expect((await send(form, Buffer.from("<script>"))).status).toBe(204);
    await expect(acceptUpload(owned(), receipt, rules)).rejects.toThrow(/none of png, jpg/);
    expect(readdirSync(join(folder, "private", "incoming"))).toEqual([]);
  });

  test("keeps to what was signed", async () => {
    const { form } = await offer();
    const statuses = [
      await send(form, Buffer.alloc(101)),
      await send(form, Buffer.alloc(0)),
      await send(form, png, { "content-type": "text/html" }),
      await send({ ...form, url: form.url.replace(/\/$/, "x/") }, png),
      await fetch(new URL(form.url, address), { method: "POST", body: new URLSearchParams(form.fields) }),
      await fetch(new URL(form.url, address), {
        method: "POST",
        body: "nonsense",
        headers: { "content-type": "multipart/form-data; boundary=x" },
      }),
    ].map(({ status }) => status);
    expect(statuses).toEqual([413, 400, 400, 404, 415, 400]);
    const old = await storage.presignUpload({
      key: privateKey("incoming", "png"),
      contentType: "image/png",
      maxBytes: 9,
      seconds: -2,
    });
    expect((await send(old, png)).status).toBe(404);
  });

  test("is refused before its body is read, if it was not asked for, or if there are too many at once", async () => {
    /** What comes back to the head of a request alone, and what ends it. */
    const begin = (path: string) => {
      const length = { "content-length": "1000000", "content-type": "multipart/form-data; boundary=x" };
      const begun = httpRequest(new URL(path, address), { method: "POST", headers: length });
      begun.flushHeaders();
      const status = new Promise<[number, string | undefined]>((resolve, reject) => {
        begun.once("response", (answer) => {
          resolve([answer.statusCode ?? 0, answer.headers["retry-after"]]);
          begun.destroy();
        });
        begun.on("error", reject);
      });
      status.catch(() => undefined);
      return { status, stop: () => begun.destroy() };
    };
    expect(await begin("/files/x/").status).toEqual([404, undefined]);
    expect(await begin("/files/eyJ9.x/").status).toEqual([404, undefined]);

    const { form } = await offer();
    const open = [begin(form.url), begin(form.url), begin(form.url)];
    const oneMore = async () => {
      const { status, stop } = begin(form.url);
      // Without an answer it is one of those that are read.
      const answer = await Promise.race([status, sleep(1000)]);
      stop();
      return answer;
    };
    try {
      await expect.poll(oneMore, { interval: 200 }).toEqual([503, "5"]);
    } finally {
      for (const { stop } of open) stop();
    }
    await expect.poll(async () => (await send(form, png)).status).toBe(204);
    expect((await send(form, png)).status).toBe(204);
  });
});

describe("a bucket", () => {
  let s3: TestBucket;
  let bucket: Storage;
  beforeAll(async () => {
    s3 = await startBucket();
    const { endpoint, region, credentials } = s3;
    const checksums = {
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
    } as const;
    bucket = s3Storage("s3://media-bucket", { endpoint, forcePathStyle: true, region, credentials, ...checksums });
  });
  afterAll(() => s3.close());

  test("keeps, reads and removes; what is not public lies apart", async () => {
    await bucket.put("exports/a/1.csv", Buffer.from("a"), "text/csv");
    await bucket.put("media/x/1.png", png, "image/png");
    expect([...s3.objects.keys()]).toEqual(["/media-bucket/private/exports/a/1.csv", "/media-bucket/media/x/1.png"]);
    expect(await bucket.read("exports/a/1.csv")).toEqual({ body: Buffer.from("a"), contentType: "text/csv" });
    await bucket.remove("exports/a/1.csv");
    expect(await bucket.read("exports/a/1.csv")).toBeUndefined();
  });

  test("signs links with an end, and forms with limits on type and size", async () => {
    const link = new URL(await bucket.signedUrl("exports/a/1.csv", 90, "a.csv"));
    expect(link.pathname).toBe("/media-bucket/private/exports/a/1.csv");
    expect(Object.fromEntries(link.searchParams)).toMatchObject({
      "X-Amz-Expires": "90",
      "X-Amz-Signature": expect.stringMatching(/^[0-9a-f]{64}$/),
      "response-content-disposition": expect.stringContaining('filename="a.csv"'),
    });
    const form = await bucket.presignUpload({
      key: "incoming/1.png",
      contentType: "image/png",
      maxBytes: 500,
      seconds: 60,
    });
    const { Policy = "", "X-Amz-Signature": signature, "X-Amz-Date": date = "" } = form.fields;
    const policy = JSON.parse(Buffer.from(Policy, "base64").toString());
    expect(policy.conditions).toEqual(
      expect.arrayContaining([
        ["content-length-range", 1, 500],
        { "content-type": "image/png" },
        { key: "private/incoming/1.png" },
        { bucket: "media-bucket" },
      ]),
    );
    expect(Math.abs(Date.parse(policy.expiration) - Date.now() - 60_000)).toBeLessThan(5_000);
    expect(signature).toBe(signatureOf(Policy, date));
  });

  test("takes what was signed, and leads back to where the form says", async () => {
    const owned = { storage: bucket, secret: "secret", owner: "tenant-1" };
    const redirect = (receipt: string) => `https://arena.example.com/describe/${receipt}/`;
    const { form, receipt } = await offerUpload(owned, { maxBytes: 100, redirect });
    expect((await send(form, Buffer.alloc(101))).status).toBe(400);
    expect((await send(form, png, { success_action_redirect: "https://evil.example/" })).status).toBe(403);
    const taken = await send(form, png);
    expect([taken.status, taken.headers.get("location")]).toEqual([
      303,
      expect.stringMatching(`^https://arena.example.com/describe/${receipt}/\\?bucket=`),
    ]);
    await lookAtUpload(owned, receipt, ["png"]);
    expect(await acceptUpload(owned, receipt, { kind: "tournaments", types: ["png"] })).toMatch(/\.png$/);
  });
});

describe.each(["a folder", "a bucket"])("uploads that nobody came back for, in %s", (place) => {
  const day = 24 * 3_600_000;
  let s3: TestBucket;
  beforeAll(async () => {
    s3 = await startBucket();
  });
  afterAll(() => s3.close());

  test("are removed after a day; nothing else is", async () => {
    const { endpoint, region, credentials } = s3;
    const kept =
      place === "a folder"
        ? storage
        : s3Storage("s3://media/arena", { endpoint, region, credentials, forcePathStyle: true });
    await removeAbandoned(kept, Date.now() + 2 * day);
    const [upload, file, shown] = [privateKey("incoming", "any"), privateKey("exports", "csv"), publicKey("x", "png")];
    for (const key of [upload, file, shown]) await kept.put(key, png, "image/png");
    expect(await removeAbandoned(kept, Date.now() + day - 60_000)).toBe(0);
    expect(await removeAbandoned(kept, Date.now() + day + 60_000)).toBe(1);
    expect(await Promise.all([upload, file, shown].map(async (key) => (await kept.read(key)) !== undefined))).toEqual([
      false,
      true,
      true,
    ]);
  });
});

test("the job that cleans up removes them, and has nothing to do where no files are kept", async () => {
  const key = privateKey("incoming", "any");
  await storage.put(key, png, "image/png");
  const context = { database: arena.database, mailer: { send: async () => {}, close: () => {} }, key: "" };
  const run = async (kept: Storage) => {
    const { logger, lines } = memoryLogger();
    await cleanUpPlatform.run({}, { ...context, storage: kept, logger, signal: AbortSignal.abort() });
    return lines[0]?.removed;
  };
  expect(await run(storage)).toEqual({ job_effects: 0, uploads: 0 });
  const earlier = new Date(Date.now() - 25 * 3_600_000);
  utimesSync(join(folder, pathOf(key)), earlier, earlier);
  expect(await run(storage)).toEqual({ job_effects: 0, uploads: 1 });
  expect(await run(openStorage(environmentFor(arena.url)))).toEqual({ job_effects: 0, uploads: 0 });
  expect(cleanUpPlatform.schedule).toMatch(/^\d+ \d+ \* \* \*$/);
});
