// What mails of accounts say: the jobs that wait, composed as the worker composes them.
import { type AccountMail, accountMail, composeMail } from "../../../app/domains/accounts/mails.ts";
import { inScope } from "../../../app/platform/scope.ts";
import type { TestApp } from "../harness.ts";

export interface Letter {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** In the link, if there is one. */
  readonly token: string;
}

/** Takes all that waits, oldest first. */
export async function takeMail(arena: TestApp): Promise<Letter[]> {
  const { rows } = await arena.owner.query<{ payload: AccountMail }>(
    `with taken as (
       delete from graphile_worker._private_jobs job using graphile_worker._private_tasks task
       where task.id = job.task_id and task.identifier = $1 returning job.id, job.payload
     ) select payload from taken order by id`,
    [accountMail.name],
  );
  const letters: Letter[] = [];
  for (const { payload } of rows) {
    const message = await inScope(arena.database, { identities: true }, (trx) => composeMail(trx, payload));
    if (message !== undefined) letters.push({ ...message, token: /token=([\w-]{43})/.exec(message.text)?.[1] ?? "" });
  }
  return letters;
}

/** An account that can sign in with a password, made by way of the API. */
export async function registered(arena: TestApp, email: string, more: Record<string, unknown> = {}): Promise<void> {
  const body = { email, password: goodPassword, name: "Ada Lovelace", ...more };
  const answer = await send(arena, "/api/v1/auth/register/", body);
  if (answer.statusCode !== 202) throw new Error(`${email} was not registered: ${answer.body}`);
  const [letter] = await takeMail(arena);
  await send(arena, "/api/v1/auth/verify-email/", { token: letter?.token, password: body.password });
}

export const goodPassword = "ten thousand lakes";

let caller = 0;

/** Each from an address of its own, so that no throttle counts them together. */
export function send(arena: TestApp, url: string, payload: object, headers: Record<string, string> = {}) {
  caller += 1;
  const remoteAddress = `10.0.${caller >> 8}.${caller & 255}`;
  return arena.app.inject({ method: "POST", url, payload, headers, remoteAddress });
}
