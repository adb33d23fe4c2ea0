// One request over a connection of its own, which may trust an authority of a test's.
import { type IncomingHttpHeaders, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Question {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Certificate, PEM, of the one authority to trust. @default the usual ones */
  readonly ca?: string;
  /** Name that the certificate must be for. @default the URL's */
  readonly servername?: string;
}

export function ask(url: string, { body = "", headers = {}, ...options }: Question = {}): Promise<Answer> {
  const request = url.startsWith("https:") ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const sent = request(url, { ...options, headers: { ...headers }, agent: false, timeout: 60_000 }, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
    });
    sent.on("timeout", () => sent.destroy(new Error(`${url} did not answer in 60 s`)));
    sent.on("error", reject);
    sent.end(body);
  });
}
