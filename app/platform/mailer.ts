// Where mail goes: to an SMTP server, or to a folder of a machine where nobody should get any.
import { createHash } from "node:crypto";
import type { Transporter } from "nodemailer";
import { type Environment, isDeployed } from "./load-environment.ts";
import type { Mail, Mailer } from "./mail.ts";
import { writeMail } from "./mail-folder.ts";
import { Problem } from "./problem.ts";

type Settings = Pick<
  Environment,
  "ENVIRONMENT" | "EMAIL_HOST" | "EMAIL_PORT" | "EMAIL_HOST_USER" | "EMAIL_HOST_PASSWORD" | "EMAIL_FROM" | "MAIL_FOLDER"
>;

/** The port where TLS begins with the connection; on others it is asked for (RFC 8314). */
const implicitTlsPort = 465;

export function createMailer(environment: Settings): Mailer {
  const { EMAIL_HOST: host, MAIL_FOLDER: folder } = environment;
  if (host !== undefined) return smtpMailer(environment, host);
  return {
    async send(mail, key) {
      if (folder !== undefined) return writeMail(folder, key, mail);
      throw new Problem("CONFIGURATION", "Mail cannot be sent without a server: set EMAIL_HOST and EMAIL_FROM.");
    },
    close() {},
  };
}

function smtpMailer(environment: Settings, host: string): Mailer {
  const from = environment.EMAIL_FROM ?? "";
  let connected: Promise<Transporter> | undefined;
  return {
    async send(mail: Mail, key: string) {
      connected ??= connect(environment, host);
      const transporter = await connected;
      try {
        await transporter.sendMail({ ...mail, from, messageId: messageId(key, from) });
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        const address = `${host}:${environment.EMAIL_PORT}`;
        throw new Problem("UNAVAILABLE", `The mail server at ${address} (EMAIL_HOST) took no mail: ${reason}.`, {
          cause,
        });
      }
    },
    close: () => void connected?.then((transporter) => transporter.close()),
  };
}

/** The library is loaded with the first mail. */
async function connect(environment: Settings, host: string): Promise<Transporter> {
  const { createTransport } = await import("nodemailer");
  const { EMAIL_PORT: port, EMAIL_HOST_USER: user, EMAIL_HOST_PASSWORD: pass } = environment;
  const secure = port === implicitTlsPort;
  return createTransport({
    host,
    port,
    secure,
    // Mails hold links that let people in.
    requireTLS: !secure && isDeployed(environment),
    ...(user === undefined ? {} : { auth: { user, pass: pass ?? "" } }),
    pool: true,
    maxConnections: 2,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 30_000,
    // A mail is text that we made, and takes in nothing from files or addresses.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

function messageId(key: string, from: string): string {
  const domain = /@([\w.-]+)/.exec(from)?.[1] ?? "localhost";
  return `<${createHash("sha256").update(key).digest("hex").slice(0, 32)}@${domain}>`;
}
