// Files that the app itself shows and takes: media where no CDN does, and the links and forms of a folder that files are kept in.
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { attachment } from "../platform/attachment.ts";
import { readFileToken } from "../platform/file-token.ts";
import { contentTypeOf } from "../platform/file-types.ts";
import type { Environment } from "../platform/load-environment.ts";
import { Problem } from "../platform/problem.ts";
import { isKey, type Storage, sizeText } from "../platform/storage.ts";

export interface FileRoutes {
  readonly environment: Pick<Environment, "SECRET_KEY" | "MEDIA_STORE">;
  readonly storage: Storage;
}

const config = { permission: "public", anonymous: true } as const;
/** Largest form that is read; what a file itself may have stands in its policy. */
const largestForm = 12 * 1024 * 1024;
/** Forms read at the same time, each of which takes about 25 MiB for a moment: a process has 256 MiB and rests at 105. */
const mostForms = 3;

interface UploadPath {
  /** The form's token. */
  readonly "*": string;
}
interface UploadRoute {
  Params: UploadPath;
  Body: unknown;
}

export async function fileRoutes(app: FastifyInstance, { environment, storage }: FileRoutes): Promise<void> {
  app.get<{ Params: { "*": string } }>("/media/*", { config }, async ({ params }, reply) => {
    const key = `media/${params["*"]}`;
    const file = isKey(key) ? await storage.read(key) : undefined;
    if (file === undefined) throw new Problem("NOT_FOUND", "There is no such file.");
    void reply.header("cache-control", "public, max-age=604800");
    return send(reply, file.body, contentTypeOf(key));
  });
  if (environment.MEDIA_STORE?.startsWith("s3://")) return;
  links(app, environment.SECRET_KEY, storage);
  await app.register(async (scope) => forms(scope, environment.SECRET_KEY, storage));
}

function links(app: FastifyInstance, secret: string, storage: Storage): void {
  app.get<{ Params: { "*": string } }>("/files/*", { config }, async ({ params }, reply) => {
    const grant = readFileToken(secret, "read", params["*"].replace(/\/$/, ""));
    const file = grant && (await storage.read(grant.key));
    if (file === undefined) throw new Problem("NOT_FOUND", "This link is not valid any more.");
    void reply.header("cache-control", "private, no-store");
    void reply.header("content-disposition", attachment(grant?.fileName));
    return send(reply, file.body, file.contentType);
  });
}

function forms(app: FastifyInstance, secret: string, storage: Storage): void {
  app.addContentTypeParser(
    "multipart/form-data",
    { parseAs: "buffer", bodyLimit: largestForm },
    (_request, body, done) => done(null, body),
  );
  let open = 0;
  const grantOf = ({ "*": token }: UploadPath) => readFileToken(secret, "write", token.replace(/\/$/, ""));
  const options = {
    config: { ...config, signed: true },
    bodyLimit: largestForm,
    // Before the body is read: nobody who was not asked to may fill the memory, nor all at once who were.
    onRequest: async ({ params }: FastifyRequest<UploadRoute>, reply: FastifyReply) => {
      if (grantOf(params) === undefined) {
        throw new Problem("NOT_FOUND", "This form is too old, or was not ours: begin again.");
      }
      if (open >= mostForms) {
        throw new Problem("UNAVAILABLE", "Too many files are sent at once: try again in a few seconds.");
      }
      open += 1;
      // However it ends.
      reply.raw.once("close", () => {
        open -= 1;
      });
    },
  } as const;
  app.post<UploadRoute>("/files/*", options, async ({ body, headers, params }, reply) => {
    const form = await readForm(body, headers["content-type"] ?? "");
    const grant = grantOf(params);
    if (grant === undefined) throw new Problem("NOT_FOUND", "It took too long: begin again.");
    const file = form.get("file");
    if (!(file instanceof Blob)) throw invalid("file", "is missing");
    if (form.get("content-type") !== grant.contentType) throw invalid("content-type", `must be ${grant.contentType}`);
    if (file.size === 0) throw new Problem("VALIDATION_FAILED", "The file is empty: choose another one.");
    if (file.size > grant.maxBytes) {
      throw new Problem("PAYLOAD_TOO_LARGE", `The file is too large: it may have ${sizeText(grant.maxBytes)}.`);
    }
    await storage.put(grant.key, Buffer.from(await file.arrayBuffer()), grant.contentType);
    return grant.redirect === undefined ? reply.code(204).send() : reply.redirect(grant.redirect, 303);
  });
}

/** By the reader that Node's own fetch has. */
async function readForm(body: unknown, contentType: string): Promise<FormData> {
  if (!Buffer.isBuffer(body)) throw new Problem("UNSUPPORTED_MEDIA_TYPE", "Files come as multipart/form-data.");
  try {
    return await new Response(new Uint8Array(body), { headers: { "content-type": contentType } }).formData();
  } catch (cause) {
    throw new Problem("MALFORMED_REQUEST", "The form is malformed.", { cause });
  }
}

function invalid(field: string, message: string): Problem {
  return new Problem("VALIDATION_FAILED", `${field} ${message}`, { fields: { [field]: message } });
}

function send(reply: FastifyReply, body: Buffer, contentType: string): FastifyReply {
  return reply.type(contentType).send(body);
}
