// Brings a message to whoever is configured: by mail, to a webhook, or both.
import type { Message } from "./alarms.ts";
import { type MailServer, sendMail } from "./smtp.ts";

export interface Channels {
  readonly mail?: MailServer & { readonly from: string; readonly to: string };
  /** Takes a POST of JSON with `text`, as Slack, Mattermost, Rocket.Chat and Google Chat do. */
  readonly webhook?: string;
}

/** Every channel is tried. @throws if none was reached, so that the message is tried again */
export async function deliver(channels: Channels, message: Message): Promise<void> {
  const { mail, webhook } = channels;
  const attempts = [
    ...(mail === undefined ? [] : [sendMail(mail, { ...message, from: mail.from, to: mail.to })]),
    ...(webhook === undefined ? [] : [post(webhook, message)]),
  ];
  const results = await Promise.allSettled(attempts);
  const failures = results.flatMap((result) => (result.status === "rejected" ? [String(result.reason)] : []));
  for (const failure of failures) console.error(failure);
  if (attempts.length > 0 && failures.length === attempts.length) throw new Error("The message reached nobody.");
}

async function post(url: string, { subject, text }: Message): Promise<void> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ text: `*${subject}*\n${text}`, subject }),
    signal: AbortSignal.timeout(15_000),
  });
  // The address is a secret: it holds the right to post.
  if (!response.ok) throw new Error(`The webhook at ${new URL(url).host} answered ${response.status}.`);
}
