// Takes secrets and personal data out of what is logged.

const hidden = "[redacted]";
const deepest = 6;

const secretKey =
  /pass(word|wd|phrase)|secret|token|authorization|cookie|api[-_]?key|credential|e?-?mail|^(dsn|ssn|iban)$/i;
const email = /[\w.%+-]+@[\w-]+(\.[\w-]+)+/g;
/** User and password of an address, as in postgresql://user:password@host. */
const userInfo = /([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi;
const bearer = /\b(bearer|basic)\s+[\w.~+/=-]+/gi;
/** Of JSON, base64url, and its signature: for users in three parts, for files in two. */
const webToken = /\beyJ[\w-]+\.[\w-]+(\.[\w-]*)?/g;
/** A value handed over in words or in a query, as in password=… */
const assignment = /\b(password|passwd|secret|token|api[-_]?key)(["']?\s*[=:]\s*["']?)[^\s"'&,;]+/gi;

/** What every one of the patterns needs; most texts have nothing of it, and each request logs some. */
const suspicious = /[@=:]|eyJ|bearer|basic/i;

/** `text` without e-mail addresses, tokens and passwords. */
export function redactText(text: string): string {
  if (!suspicious.test(text)) return text;
  return text
    .replace(userInfo, `$1${hidden}@`)
    .replace(bearer, `$1 ${hidden}`)
    .replace(webToken, hidden)
    .replace(assignment, `$1$2${hidden}`)
    .replace(email, hidden);
}

/** A copy of `value` that holds neither: values of telling keys go, texts are searched. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === "string") return redactText(value);
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  if (depth >= deepest) return "[too deep]";
  if (value instanceof Error) return redactError(value, depth);
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  return redactFields(value as Record<string, unknown>, depth);
}

/** A plain loop: each request is logged, and this is most of what that costs. */
function redactFields(fields: Record<string, unknown>, depth: number): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(fields)) {
    const item = fields[key];
    copy[key] = item != null && isSecretKey(key) ? hidden : redact(item, depth + 1);
  }
  return copy;
}

const judged = new Map<string, boolean>();
const mostJudged = 1_000;

function isSecretKey(key: string): boolean {
  const known = judged.get(key);
  if (known !== undefined) return known;
  const isSecret = secretKey.test(key);
  if (judged.size < mostJudged) judged.set(key, isSecret);
  return isSecret;
}

/** What helps to find the cause. PostgreSQL's `detail` and `where` are left out: they quote rows and statements. */
function redactError(error: Error, depth: number): Record<string, unknown> {
  const { code, constraint, table } = error as Error & { code?: unknown; constraint?: unknown; table?: unknown };
  return {
    type: error.name,
    message: redactText(error.message),
    code,
    constraint,
    table,
    stack: error.stack === undefined ? undefined : redactText(error.stack),
    cause: error.cause === undefined ? undefined : redact(error.cause, depth + 1),
  };
}
