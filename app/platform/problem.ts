// What can go wrong in a way that the person asking may be told about.

/** Codes of errors, as the API's clients see them, with their HTTP status. */
export const statuses = {
  VALIDATION_FAILED: 400,
  MALFORMED_REQUEST: 400,
  HOST_NOT_ALLOWED: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  CSRF_FAILED: 403,
  SWITCHED_OFF: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  REQUEST_TIMEOUT: 408,
  CONFLICT: 409,
  PAYLOAD_TOO_LARGE: 413,
  URI_TOO_LONG: 414,
  UNSUPPORTED_MEDIA_TYPE: 415,
  THROTTLED: 429,
  HEADERS_TOO_LARGE: 431,
  INTERNAL_ERROR: 500,
  CONFIGURATION: 500,
  UNAVAILABLE: 503,
} as const;

export type ProblemCode = keyof typeof statuses;

/** What is wrong with each field of a request, by the field's path. */
export type Fields = Readonly<Record<string, string>>;

/** An error whose message is one clear sentence for whoever asked. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly fields: Fields | undefined;

  constructor(code: ProblemCode, message: string, details: { fields?: Fields; cause?: unknown } = {}) {
    super(message, { cause: details.cause });
    this.name = "Problem";
    this.code = code;
    this.fields = details.fields;
  }

  get status(): number {
    return statuses[this.code];
  }
}
