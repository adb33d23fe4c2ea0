// A bucket for tests: what the SDK and browsers need of S3, which holds forms to their policies as S3 does.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
import { createHmac } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface StoredObject {
  readonly body: Buffer;
  readonly type: string;
  /** When it came; a test may say that it was earlier. */
  at: Date;
}

export interface TestBucket {
  /** By bucket and key: /bucket/private/a.png */
  readonly objects: Map<string, StoredObject>;
  readonly endpoint: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly region: string;
  close(): Promise<void>;
}

const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
const region = "eu-central-1";

/** @param origins whose scripts may send forms, as a bucket's CORS configuration says it */
export async function startBucket(origins: readonly string[] = []): Promise<TestBucket> {
  const objects = new Map<string, StoredObject>();
  const server = createServer((request, response) => {
    answer(objects, origins, request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = () => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return { objects, endpoint, credentials, region, close };
}

async function answer(
  objects: TestBucket["objects"],
  origins: readonly string[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? "", "http://s3");
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const { origin = "", "content-type": type = "" } = request.headers;
  if (origins.includes(origin)) response.setHeader("access-control-allow-origin", origin);
  if (request.method === "POST") return take(objects, pathname, body, type, response);
  if (request.method === "PUT") {
    objects.set(pathname, { body, type, at: new Date() });
    return void response.end();
  }
  if (request.method === "DELETE") {
    objects.delete(pathname);
    return void response.writeHead(204).end();
  }
  if (searchParams.has("list-type")) return list(objects, pathname, searchParams.get("prefix") ?? "", response);
  const found = objects.get(pathname);
  if (found === undefined) return refuse(response, 404, "NoSuchKey");
  response.writeHead(200, { "content-type": found.type }).end(found.body);
}

/** A form that a browser sends. */
async function take(
  objects: TestBucket["objects"],
  bucket: string,
  body: Buffer,
  contentType: string,
  response: ServerResponse,
): Promise<void> {
  const form = await new Response(new Uint8Array(body), { headers: { "content-type": contentType } }).formData();
  const text = (name: string) => String(form.get(name) ?? "");
  const file = form.get("file");
  if (!(file instanceof Blob)) return refuse(response, 400, "InvalidArgument");
  const policy = JSON.parse(Buffer.from(text("Policy"), "base64").toString()) as Policy;
  if (text("X-Amz-Signature") !== signatureOf(text("Policy"), text("X-Amz-Date")))
    return refuse(response, 403, "SignatureDoesNotMatch");
  if (Date.parse(policy.expiration) < Date.now() || !allows(policy, form, bucket.slice(1)))
    return refuse(response, 403, "AccessDenied");
  const [, least = 0, most = 0] = policy.conditions.find(isRange) ?? [];
  if (file.size < least) return refuse(response, 400, "EntityTooSmall");
  if (file.size > most) return refuse(response, 400, "EntityTooLarge");
  const received = { body: Buffer.from(await file.arrayBuffer()), type: text("content-type"), at: new Date() };
  objects.set(`${bucket}/${text("key")}`, received);
  if (!form.has("success_action_redirect")) return void response.writeHead(204).end();
  const location = new URL(text("success_action_redirect"));
  location.search = String(new URLSearchParams({ bucket: bucket.slice(1), key: text("key"), etag: '"1"' }));
  response.writeHead(303, { location: location.href }).end();
}

type Range = readonly [rule: string, least: number, most: number];

interface Policy {
  readonly expiration: string;
  readonly conditions: readonly (Readonly<Record<string, string>> | Range)[];
}

function isRange(condition: Policy["conditions"][number]): condition is Range {
  return Array.isArray(condition);
}

/** Each field must be one that the policy names, with the value that it names. */
function allows({ conditions }: Policy, form: FormData, bucket: string): boolean {
  const named = Object.assign({}, ...conditions.filter((one) => !isRange(one))) as Record<string, string>;
  const wanted = Object.entries(named).every(
    ([name, value]) => (name === "bucket" ? bucket : form.get(name)) === value,
  );
  const known = new Set([...Object.keys(named), "Policy", "X-Amz-Signature", "file"]);
  return wanted && [...form.keys()].every((name) => known.has(name));
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-authentication-HTTPPOST.html */
export function signatureOf(policy: string, date: string): string {
  const key = [date.slice(0, 8), region, "s3", "aws4_request"].reduce<Buffer | string>(
    (secret, part) => createHmac("sha256", secret).update(part).digest(),
    `AWS4${credentials.secretAccessKey}`,
  );
  return createHmac("sha256", key).update(policy).digest("hex");
}

function list(objects: TestBucket["objects"], bucket: string, prefix: string, response: ServerResponse): void {
  const start = `${bucket.replace(/\/$/, "")}/`;
  const items = [...objects]
    .filter(([path]) => path.startsWith(`${start}${prefix}`))
    .map(
      ([path, { at }]) =>
        `<Contents><Key>${path.slice(start.length)}</Key><LastModified>${at.toISOString()}</LastModified></Contents>`,
    );
  const body = `<ListBucketResult><IsTruncated>false</IsTruncated>${items.join("")}</ListBucketResult>`;
  response.writeHead(200, { "content-type": "application/xml" }).end(body);
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { "content-type": "application/xml" }).end(`<Error><Code>${code}</Code></Error>`);
}
