// What nginx answers itself: in the shape of the app's errors, or a page for browsers.
import { headerDefaults } from "./nginx-headers.ts";

interface Answer {
  readonly name: string;
  /** Statuses that lead here. */
  readonly statuses: readonly number[];
  /** Status of the answer. */
  readonly status: number;
  readonly code: string;
  readonly error: string;
  /** Seconds after which to try again. */
  readonly retryAfter?: number;
}

const answers: readonly Answer[] = [
  { name: "too_large", statuses: [413], status: 413, code: "PAYLOAD_TOO_LARGE", error: "The request is too large." },
  {
    name: "too_many",
    statuses: [429],
    status: 429,
    code: "RATE_LIMITED",
    error: "Too many attempts: try again in a minute.",
    retryAfter: 60,
  },
  {
    name: "unavailable",
    // 500 is nginx without a live generation: nothing was deployed yet.
    statuses: [500, 502, 504],
    status: 503,
    code: "UNAVAILABLE",
    error: "The service does not answer: try again soon.",
    retryAfter: 10,
  },
  {
    name: "maintenance",
    statuses: [503],
    status: 503,
    code: "MAINTENANCE",
    error: "We are at work here and will be back soon.",
    retryAfter: 300,
  },
];

/** Folder of the answers' locations, which only nginx itself leads to. */
export const answersFolder = "/.answers";

/** Variables that the answers read. */
export function answerVariables(): string {
  return `${headerDefaults()}  map $http_accept $answer_type { "~text/html" html; default json; }
`;
}

/** The answers, as locations of a server; `headers` are the directives of their security headers. */
export function nginxAnswers(headers: string): string {
  return answers.map((answer) => locations(answer, headers)).join("");
}

function locations({ name, statuses, status, code, error, retryAfter }: Answer, headers: string): string {
  const json = JSON.stringify({ error, code, status, request_id: "$request_id" });
  const retry = retryAfter === undefined ? "" : ` add_header Retry-After ${retryAfter} always;`;
  // The ending of the name would else say the type, without a character set.
  const common = `internal; types {} add_header Cache-Control no-store always;${retry} ${headers}`;
  return `    error_page ${statuses.join(" ")} =${status} ${answersFolder}/${name}.$answer_type;
    location = ${answersFolder}/${name}.json {
      ${common}
      default_type application/json; return ${status} '${json}';
    }
    location = ${answersFolder}/${name}.html {
      ${common}
      default_type "text/html; charset=utf-8"; return ${status} '${page(status, error)}';
    }
`;
}

function page(status: number, error: string): string {
  const style = "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:20vh auto;padding:0 1rem}";
  return `<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>${status}</title><style>${style}</style><h1>${error}</h1><p>Request $request_id</p></html>`;
}
