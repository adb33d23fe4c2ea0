// Mail, as a job that a change queues in its transaction: by SMTP where EMAIL_HOST is given, else into a folder.
import type { Job } from "./queue.ts";

/** One mail. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
}

/** Sends mails. */
export interface Mailer {
  /**
   * @param key the same for each attempt at one mail: servers and readers that get it twice, because an answer was lost, can
   * tell by the Message-ID made of it
   * @throws Problem with what the server said
   */
  send(mail: Mail, key: string): Promise<void>;
  close(): void;
}

/** Job: sends a mail. */
export const mail: Job<Mail> = {
  name: "mail",
  run: (message, { mailer, key }) => mailer.send(message, key),
};
