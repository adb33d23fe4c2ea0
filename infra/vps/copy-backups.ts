// Copies backups to S3, in a container of its own: what the bucket does not have yet, looked for every minute. The bucket
// thins them out by its own lifecycle, so that whoever takes the server cannot take the copies away as well.
import { createHash } from "node:crypto";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hasObject, putFile, type S3Bucket } from "./s3.ts";

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
    if (!(await hasObject(bucket, name))) {
      const text = await readFile(join(folder, name), "utf8");
      const value = (field: string) => new RegExp(`^${field}=(.+)$`, "m").exec(text)?.[1] ?? "";
      await putFile(bucket, value("file"), join(folder, value("file")), value("sha256"));
      await putFile(bucket, name, join(folder, name), createHash("sha256").update(text).digest("hex"));
      copied.push(name.replace(/\.manifest$/, ""));
    }
    known.add(name);
  }
  return copied;
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
