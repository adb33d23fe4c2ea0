// Waits until a URL answers, believing the certificates of an authority of the environment's own.
import { get as getHttp } from "node:http";
import { get as getHttps } from "node:https";
import { Failure } from "./failure.ts";

/** Seconds that a stack's URL may take to answer after the engine is done. */
const answerSeconds = 120;

/** How the address of a certificate that nobody knows is told, beside Node's words for it. */
const unknownAuthority = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

export interface AnswerOptions {
  /** Certificate of an authority to believe, PEM. @default the ones that everybody believes */
  readonly authority?: string;
  /** Where it says why there is no certificate that everybody believes. */
  readonly certificateHint?: string;
}

/** @throws Failure with the last reason if `/health/ready/` does not answer with 200 in time */
export async function untilAnswers(url: string, options: AnswerOptions = {}): Promise<void> {
  let last = "no answer";
  for (const deadline = Date.now() + answerSeconds * 1000; Date.now() < deadline; ) {
    last = await ask(new URL("/health/ready/", url), options);
    if (last === "") return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Failure(`${url}/health/ready/ did not answer with 200 in ${answerSeconds} s (${last})`);
}

/** What is wrong, or nothing. */
function ask(url: URL, { authority, certificateHint = "" }: AnswerOptions): Promise<string> {
  const get = url.protocol === "https:" ? getHttps : getHttp;
  const ca = authority === undefined ? {} : { ca: authority };
  return new Promise((resolve) => {
    const request = get(url, { timeout: 5000, agent: false, ...ca }, (response) => {
      response.resume();
      resolve(response.statusCode === 200 ? "" : `status ${response.statusCode}`);
    });
    request.on("timeout", () => request.destroy(new Error("no answer within 5 s")));
    request.on("error", (error: NodeJS.ErrnoException) =>
      resolve(unknownAuthority.has(error.code ?? "") ? `${error.message}${certificateHint}` : error.message),
    );
  });
}
