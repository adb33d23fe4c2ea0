// Puts static assets where browsers get them from: a folder that a web server serves, or a bucket. Nothing is removed:
// pages of the release before are open in browsers and ask for its files.
import { access, mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Asset, type Assets, assetCacheControl } from "./assets.ts";
import { Problem } from "./problem.ts";

/** Publishes what is not there yet. @param target a folder, or s3://bucket/prefix */
export async function publishAssets(assets: Assets, target: string): Promise<void> {
  try {
    const put = target.startsWith("s3://") ? await bucketWriter(target) : await folderWriter(target);
    for (const asset of assets.values()) await put(asset);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Problem("UNAVAILABLE", `Static assets could not be published to ${target} (STATIC_PUBLISH): ${reason}.`, {
      cause,
    });
  }
}

type Writer = (asset: Asset) => Promise<void>;

async function folderWriter(folder: string): Promise<Writer> {
  await mkdir(folder, { recursive: true });
  return async (asset) => {
    const file = join(folder, asset.fileName);
    if (await exists(file)) return;
    // Moved there whole: the web server must not serve half a file for 30 days.
    const partial = `${file}.${process.pid}.partial`;
    await writeFile(partial, asset.body);
    await rename(partial, file);
  };
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

async function bucketWriter(target: string): Promise<Writer> {
  const { bucket, prefix } = parseBucket(target);
  const { PutObjectCommand, S3Client } = await import("@aws-sdk/client-s3");
  const client = new S3Client({});
  return async (asset) => {
    // Written again if it is there: the same name holds the same bytes, and to ask first needs one more permission.
    await client.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: `${prefix}${asset.fileName}`,
        Body: asset.body,
        ContentType: asset.contentType,
        CacheControl: assetCacheControl,
      }),
    );
  };
}

/** `prefix` is empty or ends with a slash. */
export function parseBucket(target: string): { bucket: string; prefix: string } {
  const match = /^s3:\/\/([a-z0-9.-]{3,63})(?:\/(.*))?$/.exec(target);
  if (match?.[1] === undefined) throw new Error("it must read s3://bucket or s3://bucket/prefix");
  const prefix = (match[2] ?? "").replace(/^\/+|\/+$/g, "");
  return { bucket: match[1], prefix: prefix === "" ? "" : `${prefix}/` };
}
