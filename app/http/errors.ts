// One shape for everything that goes wrong: {"error": message, "code": CODE, "status": n, "request_id": id}, and `fields`
// for validation. Clients never see what is inside: for 5xx they get a sentence and the id to ask about.
import type { Socket } from "node:net";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type Fields, Problem, type ProblemCode } from "../platform/problem.ts";
import type { Telemetry } from "../platform/telemetry.ts";

export interface ErrorBody {
  readonly error: string;
  readonly code: ProblemCode;
  readonly status: number;
  readonly request_id: string;
  readonly fields?: Fields;
}

export interface ErrorOptions {
  /** Told of each 5xx. */
  readonly report: Telemetry["report"];
  /** Puts the cause of a 5xx into the answer; never where real users are. */
  readonly debug: boolean;
  /** The page that a browser gets instead of the JSON. */
  readonly errorPage: (body: ErrorBody, reply: FastifyReply) => string;
}

export function handleErrors(app: FastifyInstance, options: ErrorOptions): void {
  app.setErrorHandler((error: FastifyError, request, reply) =>
    answer(toProblem(error), error, request, reply, options),
  );
  app.setNotFoundHandler((request, reply) => {
    const problem = new Problem("NOT_FOUND", "There is nothing at this address.");
    return answer(problem, problem, request, reply, options);
  });
}

/** For what fails before Fastify finds a route, where no hook has run. */
export function answerUnrouted(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
  headers: Readonly<Record<string, string>>,
): void {
  const { status, code, message } = toProblem(error);
  const body: ErrorBody = { error: message, code, status, request_id: request.id };
  void reply.headers({ ...headers, "x-request-id": request.id, "cache-control": "no-store" });
  void reply.code(status).type("application/json; charset=utf-8").serializer(JSON.stringify).send(body);
}

function answer(
  problem: Problem,
  error: Error,
  request: FastifyRequest,
  reply: FastifyReply,
  options: ErrorOptions,
): FastifyReply {
  const { status } = problem;
  if (status >= 500) {
    const route = request.routeOptions.url;
    request.log.error({ err: error, route }, "Request failed");
    options.report(error, { name: `${request.method} ${route ?? "none"}`, request_id: request.id });
  }
  const hidden =
    status === 503 ? "The service is not available right now; try again soon." : "Something went wrong on our side.";
  const body: ErrorBody = {
    error: status < 500 ? problem.message : options.debug ? error.message : hidden,
    code: status < 500 || status === 503 ? problem.code : "INTERNAL_ERROR",
    status,
    request_id: request.id,
    ...(problem.fields && { fields: problem.fields }),
  };
  if (status === 401 && request.method === "GET" && wantsPage(request)) {
    // Back to where they wanted to go, once they have signed in.
    return reply.redirect(`/login/?next=${encodeURIComponent(request.url)}`, 303);
  }
  if (status === 401) void reply.header("www-authenticate", "Bearer");
  if (status === 503) void reply.header("retry-after", "5");
  void reply.code(status).header("cache-control", "no-store");
  if (wantsPage(request)) return reply.type("text/html; charset=utf-8").send(options.errorPage(body, reply));
  // Not the route's serializer: an error is no response that the route describes.
  return reply.type("application/json; charset=utf-8").serializer(JSON.stringify).send(body);
}

/** A person who follows a link or sends a form, rather than a program. */
function wantsPage(request: FastifyRequest): boolean {
  const isApi = /^\/(api|tournaments\/api)(\/|$)/.test(request.url);
  return !isApi && (request.headers.accept ?? "").includes("text/html");
}

/** Fastify's own errors by their code. */
const known: Readonly<Record<string, readonly [ProblemCode, string]>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: ["MALFORMED_REQUEST", "The body is not valid JSON."],
  FST_ERR_CTP_EMPTY_JSON_BODY: ["MALFORMED_REQUEST", "The body is empty, though its content type says JSON."],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ["MALFORMED_REQUEST", "The body is not as long as Content-Length says."],
  FST_ERR_CTP_BODY_TOO_LARGE: ["PAYLOAD_TOO_LARGE", "The body is too large."],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    "UNSUPPORTED_MEDIA_TYPE",
    "This content type is not supported; send application/json.",
  ],
  FST_ERR_BAD_URL: ["MALFORMED_REQUEST", "The address is malformed."],
  FST_ERR_MAX_PARAM_LENGTH: ["URI_TOO_LONG", "The address is too long."],
};

/** PostgreSQL's and Node's ways of saying that the database is out of reach, or too busy. */
const unavailable = /^(ECONN|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|EPIPE|08|53|57P0|55P03|57014)/;

/** PostgreSQL's ways of saying that a text holds U+0000, which it keeps in no text and no JSON. */
const unstorable = /^(22021|22P05)$/;

function toProblem(error: FastifyError): Problem {
  if (error instanceof Problem) return error;
  if (error.validation !== undefined) return validationProblem(error);
  const entry = known[error.code];
  if (entry !== undefined) return new Problem(entry[0], entry[1], { cause: error });
  if (unstorable.test(error.code ?? "")) {
    return new Problem("VALIDATION_FAILED", "A text holds the character U+0000: leave it out.", { cause: error });
  }
  const isConnection =
    unavailable.test(error.code ?? "") ||
    /timeout exceeded when trying to connect|Connection terminated/.test(error.message);
  if (isConnection) return new Problem("UNAVAILABLE", "The database is out of reach.", { cause: error });
  const status = error.statusCode ?? 500;
  if (status >= 400 && status < 500)
    return new Problem("MALFORMED_REQUEST", "The request is malformed.", { cause: error });
  return new Problem("INTERNAL_ERROR", "Internal error", { cause: error });
}

function validationProblem(error: FastifyError): Problem {
  const fields: Record<string, string> = {};
  for (const fault of error.validation ?? []) {
    const { missingProperty, additionalProperty } = fault.params as Record<string, unknown>;
    const below = missingProperty ?? additionalProperty;
    const path = [...fault.instancePath.split("/").slice(1), ...(below === undefined ? [] : [below])].join(".");
    const message =
      additionalProperty !== undefined
        ? "is not known here"
        : missingProperty !== undefined
          ? "is missing"
          : fault.message;
    fields[path === "" ? (error.validationContext ?? "body") : path] ??= message ?? "is not valid";
  }
  const [first] = Object.entries(fields);
  return new Problem("VALIDATION_FAILED", first === undefined ? "The request is not valid." : first.join(" "), {
    fields,
  });
}

/** Answers what Node could not even parse as HTTP, in the same shape; there is no request and no id from outside. */
export function answerMalformed(
  error: { readonly code?: string },
  socket: Socket,
  id: string,
  headers: Readonly<Record<string, string>>,
): void {
  if (error.code === "ECONNRESET" || !socket.writable) return;
  const problem =
    error.code === "HPE_HEADER_OVERFLOW"
      ? new Problem("HEADERS_TOO_LARGE", "The headers are too large.")
      : error.code === "ERR_HTTP_REQUEST_TIMEOUT"
        ? new Problem("REQUEST_TIMEOUT", "The request took too long to arrive.")
        : new Problem("MALFORMED_REQUEST", "This is not a valid HTTP request.");
  const { status, code, message } = problem;
  const body = JSON.stringify({ error: message, code, status, request_id: id } satisfies ErrorBody);
  const all = {
    ...headers,
    "x-request-id": id,
    "content-type": "application/json; charset=utf-8",
    "content-length": String(Buffer.byteLength(body)),
    connection: "close",
  };
  // Not imported: an import of node:http also loads Node's WebSocket client, which costs 80 ms at start.
  const { STATUS_CODES } = process.getBuiltinModule("node:http");
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join("\r\n")}\r\n\r\n${body}`);
}
