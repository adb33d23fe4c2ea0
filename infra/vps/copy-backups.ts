// Copies backups to S3, in a container of its own: what the bucket does not have yet, looked for every minute. The bucket
// thins them out by its own lifecycle, so that whoever takes the server cannot take the copies away as well.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findObject, putFile, type S3Bucket } from "./s3.ts";

/** Days that the files of a backup stay in the bucket at least, though its lifecycle is for all that is in it. */
const keptDays = 30;

/**
 * Copies each backup whose manifest the bucket lacks: its content first, so that a manifest there means a whole backup.
 *
 * @param known ids that need not be asked for again; added to
 * @returns ids of those copied now
 */
export async function copyMissing(folder: string, bucket: S3Bucket, known: Set<string>): Promise<string[]> {
  const manifests = (await readdir(folder)).filter((name) => name.endsWith(".manifest")).sort();
  const copied: string[] = [];
  for (const name of manifests.filter((manifest) => !known.has(manifest))) {
    if ((await findObject(bucket, name)) === undefined) {
      await copyBackup(folder, bucket, name.replace(/\.manifest$/, ""));
      copied.push(name.replace(/\.manifest$/, ""));
    }
    known.add(name);
  }
  return copied;
}

async function copyBackup(folder: string, bucket: S3Bucket, id: string): Promise<void> {
  const text = await readFile(join(folder, `${id}.manifest`), "utf8");
  const value = (field: string) => new RegExp(`^${field}=(.+)$`, "m").exec(text)?.[1] ?? "";
  const put = (name: string, sha256: string) => putFile(bucket, name, join(folder, name), sha256);
  // There since backups have the app's files in them.
  if (value("paths") !== "") {
    await copyUploads(folder, bucket, await readFile(join(folder, `${id}.files`), "utf8"));
    await put(`${id}.files`, value("filessha256"));
    await put(value("paths"), value("pathssha256"));
  }
  await put(value("file"), value("sha256"));
  await put(`${id}.manifest`, createHash("sha256").update(text).digest("hex"));
}

/**
 * Sends those of a backup's files that the bucket lacks, each asked for with every backup. An earlier one may have brought them long
 * ago, so those that the bucket's lifecycle is about to delete are sent again.
 */
async function copyUploads(folder: string, bucket: S3Bucket, list: string): Promise<void> {
  const soon = Date.now() + keptDays * 86_400_000;
  for (const name of list.split("\n").filter(Boolean)) {
    const key = `uploads/${name}`;
    const there = await findObject(bucket, key);
    if (there !== undefined && (there.expires === undefined || there.expires.getTime() > soon)) continue;
    await putFile(bucket, key, join(folder, key), await digest(join(folder, key)));
  }
}

async function digest(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest("hex");
}

async function main(environment: NodeJS.ProcessEnv): Promise<void> {
  const bucket: S3Bucket = {
    endpoint: environment.S3_ENDPOINT ?? "",
    region: environment.S3_REGION ?? "",
    bucket: environment.S3_BUCKET ?? "",
    accessKeyId: environment.S3_ACCESS_KEY_ID ?? "",
    secretAccessKey: (await readFile("/run/secrets/s3-secret-access-key", "utf8")).trim(),
  };
  const known = new Set<string>();
  for (;;) {
    try {
      const copied = await copyMissing("/var/lib/postgresql/backups", bucket, known);
      for (const id of copied) console.log(`copied ${id} to ${bucket.bucket}`);
      await rm("/tmp/failing", { force: true });
    } catch (error) {
      console.error(error instanceof Error ? error.message : error);
      // The health check looks for it.
      await writeFile("/tmp/failing", "");
    }
    await new Promise((resolve) => setTimeout(resolve, 60_000));
  }
}

if (import.meta.main) await main(process.env);
