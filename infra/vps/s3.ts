// What copying backups needs of S3: is an object there and until when, and put a file. Signed as AWS describes it (Signature Version 4,
// https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html). Runs in a container that has Node and no packages.
import { createHash, createHmac } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { pipeline } from "node:stream/promises";

export interface S3Bucket {
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Largest object of one request (https://docs.aws.amazon.com/AmazonS3/latest/userguide/upload-objects.html). */
export const largestObject = 5 * 1024 ** 3;

/** An object that is there. */
export interface S3Object {
  /** When the bucket's lifecycle deletes it; absent if none does, or the server does not say. */
  readonly expires?: Date;
}

/**
 * Asks for one byte: not every server that speaks S3 answers HEAD for what is missing.
 *
 * @returns undefined if it is not there
 * @throws for an answer that is neither yes nor no
 */
export async function findObject(bucket: S3Bucket, key: string): Promise<S3Object | undefined> {
  const request = sign(bucket, "GET", key, { range: "bytes=0-0" }, new Date());
  const response = await fetch(request.url, { headers: request.headers, signal: AbortSignal.timeout(30_000) });
  await response.body?.cancel();
  // 416: it is there, and empty.
  if (response.ok || response.status === 416) {
    const date = /expiry-date="([^"]+)"/.exec(response.headers.get("x-amz-expiration") ?? "")?.[1];
    return date === undefined ? {} : { expires: new Date(date) };
  }
  if (response.status === 404) return undefined;
  throw new Error(
    `S3 answered ${response.status} when asked for ${key} in ${bucket.bucket}: the key needs GetObject, PutObject and ListBucket there.`,
  );
}

/**
 * Puts a file; S3 itself refuses it if what arrives has another checksum.
 *
 * @param sha256 of the file, in hexadecimal digits
 */
export async function putFile(bucket: S3Bucket, key: string, file: string, sha256: string): Promise<void> {
  const { size } = await stat(file);
  if (size > largestObject)
    throw new Error(`${key} has ${size} bytes; one request to S3 carries at most ${largestObject}.`);
  const checksum = Buffer.from(sha256, "hex").toString("base64");
  const extra = { "content-length": String(size), "x-amz-checksum-sha256": checksum };
  const answer = await send(sign(bucket, "PUT", key, extra, new Date()), file);
  if (answer.status === 200) return;
  const reason = /<Code>([^<]*)<\/Code>/.exec(answer.body)?.[1] ?? "no reason given";
  throw new Error(`S3 refused ${key} in ${bucket.bucket} with ${answer.status} (${reason}).`);
}

/** Not by `fetch`: that sends a stream in chunks of unknown number, and S3 wants to know the length. */
async function send({ url, headers }: SignedRequest, file: string): Promise<{ status: number; body: string }> {
  const begin = url.startsWith("https:") ? requestHttps : requestHttp;
  const request = begin(url, { method: "PUT", headers, timeout: 60_000 });
  request.on("timeout", () => request.destroy(new Error(`${new URL(url).host} has not moved for a minute.`)));
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request.on("response", resolve);
    request.on("error", reject);
  });
  // An answer before all was sent is a refusal, which says more than the broken stream.
  const sent = pipeline(createReadStream(file), request).catch(() => undefined);
  const [response] = await Promise.all([answered, sent]);
  let body = "";
  for await (const chunk of response.setEncoding("utf8")) body += chunk;
  return { status: response.statusCode ?? 0, body };
}

export interface SignedRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export function sign(
  bucket: S3Bucket,
  method: string,
  key: string,
  extra: Readonly<Record<string, string>>,
  now: Date,
): SignedRequest {
  // The bucket in the path works with every server that speaks S3.
  const url = new URL(`${bucket.endpoint.replace(/\/$/, "")}/${bucket.bucket}/${encodePath(key)}`);
  const stamp = now.toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const day = stamp.slice(0, 8);
  const scope = `${day}/${bucket.region}/s3/aws4_request`;
  const headers: Record<string, string> = {
    ...extra,
    host: url.host,
    // The transport's TLS and the checksum guard the content.
    "x-amz-content-sha256": "UNSIGNED-PAYLOAD",
    "x-amz-date": stamp,
  };
  const names = Object.keys(headers).sort();
  const canonical = [
    method,
    url.pathname,
    "",
    ...names.map((name) => `${name}:${headers[name]}`),
    "",
    names.join(";"),
    "UNSIGNED-PAYLOAD",
  ].join("\n");
  const text = ["AWS4-HMAC-SHA256", stamp, scope, createHash("sha256").update(canonical).digest("hex")].join("\n");
  const signingKey = [day, bucket.region, "s3", "aws4_request"].reduce<Buffer | string>(
    (secret, part) => createHmac("sha256", secret).update(part).digest(),
    `AWS4${bucket.secretAccessKey}`,
  );
  const signature = createHmac("sha256", signingKey).update(text).digest("hex");
  const { host: _, ...sent } = headers;
  return {
    url: url.href,
    headers: {
      ...sent,
      authorization: `AWS4-HMAC-SHA256 Credential=${bucket.accessKeyId}/${scope}, SignedHeaders=${names.join(";")}, Signature=${signature}`,
    },
  };
}

/** RFC 3986, with the slashes left. */
function encodePath(key: string): string {
  return encodeURIComponent(key)
    .replaceAll("%2F", "/")
    .replaceAll(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}
