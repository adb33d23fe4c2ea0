// A mail server that takes every mail and keeps what it was sent.
import { type AddressInfo, createServer, type Server } from "node:net";
import { createInterface } from "node:readline";

export interface MailSink {
  readonly port: number;
  /** Texts of the mails, decoded. */
  readonly mails: readonly string[];
  readonly server: Server;
}

export async function mailSink(): Promise<MailSink> {
  const mails: string[] = [];
  const server = createServer((socket) => {
    let lines: string[] | undefined;
    const say = (line: string) => socket.write(`${line}\r\n`);
    say("220 sink");
    const input = createInterface({ input: socket });
    // Readline hands a socket's errors on, and whoever sends may be gone before the last answer.
    input.on("error", () => socket.destroy());
    input.on("line", (line) => {
      if (lines === undefined) {
        if (line === "DATA") lines = [];
        say(line === "DATA" ? "354 go on" : line === "QUIT" ? "221 bye" : "250 yes");
      } else if (line !== ".") lines.push(line);
      else {
        const encoded = lines.slice(lines.indexOf("") + 1).join("");
        mails.push(Buffer.from(encoded, "base64").toString());
        lines = undefined;
        say("250 taken");
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "0.0.0.0", resolve));
  return { port: (server.address() as AddressInfo).port, mails, server };
}
