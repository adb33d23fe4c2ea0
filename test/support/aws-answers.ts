// AWS's APIs on loopback, as far as a test says what they answer: for what happens between two calls, which no emulator waits for.
import { createServer, type IncomingMessage } from "node:http";

/** Answers a call: with JSON, or for RDS with the inside of its XML; an error is answered as AWS does, its name being the code. */
export type Answer = (params: Readonly<Record<string, unknown>>) => object | string | Promise<object | string>;

export interface AwsAnswers {
  /** Where the SDK is to ask, and with what credentials. */
  readonly env: NodeJS.ProcessEnv;
  /** Names of the calls so far, in their order. */
  readonly calls: string[];
  on(action: string, answer: Answer): void;
  close(): Promise<void>;
}

export async function awsAnswers(answers: Readonly<Record<string, Answer>>): Promise<AwsAnswers> {
  const known = new Map(Object.entries(answers));
  const calls: string[] = [];
  const server = createServer(async (request, response) => {
    const { action, params, isXml } = await asked(request);
    calls.push(action);
    const answer = known.get(action);
    try {
      if (answer === undefined) throw Object.assign(new Error(`no answer to ${action}`), { name: "AccessDenied" });
      const given = await answer(params);
      response.end(isXml ? `<R><${action}Result>${given}</${action}Result></R>` : JSON.stringify(given));
    } catch (error) {
      const { name, message } = error as Error;
      response.statusCode = 400;
      response.end(
        isXml
          ? `<ErrorResponse><Error><Type>Sender</Type><Code>${name}</Code><Message>${message}</Message></Error></ErrorResponse>`
          : JSON.stringify({ __type: name, message }),
      );
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return {
    env: {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_PROFILE: undefined,
    },
    calls,
    on: (action, answer) => known.set(action, answer),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function asked(request: IncomingMessage) {
  let body = "";
  for await (const chunk of request) body += String(chunk);
  const target = request.headers["x-amz-target"];
  if (typeof target === "string") {
    const params = JSON.parse(body) as Record<string, unknown>;
    return { action: target.split(".").at(-1) ?? "", params, isXml: false };
  }
  const params = Object.fromEntries(new URLSearchParams(body));
  return { action: params.Action ?? "", params, isXml: true };
}
