// Job: mails of accounts, with the link that proves that somebody reads an address. The token is made when the mail goes out
// and kept hashed; in clear it stands nowhere but in the mail.
import type { Mail } from "../../platform/mail.ts";
import type { Trx } from "../../platform/postgres.ts";
import type { Job } from "../../platform/queue.ts";
import { inScope } from "../../platform/scope.ts";
import type { TokenPurpose } from "./tables.ts";
import { after, hashToken, lifetimes, newToken, now } from "./tokens.ts";

/** Which mail, to whom. `site` is what links begin with. */
export type AccountMail =
  | { readonly kind: "verify" | "taken" | "reset"; readonly email: string; readonly site: string }
  | { readonly kind: "invitation"; readonly tenant: string; readonly invitation: string; readonly site: string };

export const accountMail: Job<AccountMail> = {
  name: "accounts.mail",
  async run(asked, context) {
    const message = await inScope(context.database, { identities: true }, (trx) => composeMail(trx, asked));
    // Sent from here and not queued again: a queue would hold the token in clear.
    if (message === undefined) context.logger.info({ kind: asked.kind }, "No account waits for this mail");
    // Each attempt has a link of its own, which makes it a mail of its own.
    else await context.mailer.send(message, `${context.key}-${Date.now()}`);
  },
};

/** The mail with a new token; undefined if nobody is to get one. */
export function composeMail(trx: Trx, asked: AccountMail): Promise<Mail | undefined> {
  if (asked.kind === "invitation") return invitation(trx, asked);
  return asked.kind === "taken" ? taken(trx, asked) : link(trx, asked.kind, asked);
}

interface Addressee {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly email_verified_at: string | null;
}

function addressee(trx: Trx, email: string): Promise<Addressee | undefined> {
  return trx
    .selectFrom("users")
    .select(["id", "name", "email", "email_verified_at"])
    .where("email", "=", email)
    .executeTakeFirst();
}

const links = {
  verify: {
    purpose: "verify_email",
    path: "/verify-email/",
    subject: "Confirm your e-mail address",
    lead: "please confirm that this is your address, so that you can sign in to Arena:",
    end: "The link works for three days, with the password that you registered with. If you did not register, there is nothing to do.",
  },
  reset: {
    purpose: "reset_password",
    path: "/reset-password/",
    subject: "Set a new password",
    lead: "somebody, we hope you, asked for a new password at Arena. Set it here:",
    end: "The link works for an hour, and once. If it was not you, there is nothing to do: your password stays as it is.",
  },
} as const;

async function link(
  trx: Trx,
  kind: keyof typeof links,
  { email, site }: { readonly email: string; readonly site: string },
): Promise<Mail | undefined> {
  const account = await addressee(trx, email);
  if (account === undefined || (kind === "verify" && account.email_verified_at !== null)) return undefined;
  const { purpose, path, subject, lead, end } = links[kind];
  const token = await newSingleUseToken(trx, account, purpose);
  return message(account, subject, [lead, `${site}${path}?token=${token}`, end]);
}

/** The newest counts, those before it are void. */
async function newSingleUseToken(trx: Trx, { id }: Addressee, purpose: TokenPurpose): Promise<string> {
  const token = newToken();
  await trx.deleteFrom("single_use_tokens").where("user_id", "=", id).where("purpose", "=", purpose).execute();
  await trx
    .insertInto("single_use_tokens")
    .values({ token_hash: hashToken(token), user_id: id, purpose, expires_at: after(lifetimes[purpose]) })
    .execute();
  return token;
}

/** To somebody who has an account, and whose address was registered again. */
async function taken(
  trx: Trx,
  { email, site }: { readonly email: string; readonly site: string },
): Promise<Mail | undefined> {
  const account = await addressee(trx, email);
  if (account === undefined) return undefined;
  // Never confirmed: the registration that this mail is for has taken the place of the one before.
  if (account.email_verified_at === null) return link(trx, "verify", { email, site });
  return message(account, "You have an account already", [
    "somebody, we hope you, registered at Arena with this address. It has an account already. Sign in here:",
    `${site}/login/`,
    `If you forgot the password, set a new one: ${site}/forgot-password/`,
  ]);
}

async function invitation(
  trx: Trx,
  { tenant, invitation: id, site }: Extract<AccountMail, { readonly kind: "invitation" }>,
): Promise<Mail | undefined> {
  const token = newToken();
  const [found] = await trx
    .updateTable("invitations")
    .set({ token_hash: hashToken(token) })
    .from("tenants")
    .whereRef("tenants.id", "=", "invitations.tenant_id")
    .where("invitations.tenant_id", "=", tenant)
    .where("invitations.id", "=", id)
    .where("invitations.expires_at", ">", now)
    .returning(["invitations.email", "invitations.role", "tenants.name as organiser"])
    .execute();
  if (found === undefined) return undefined;
  const { email, role, organiser } = found;
  const account = (await addressee(trx, email)) ?? { name: "", email };
  return message(account, `${organiser} asks you to join`, [
    `${organiser} asks you to join its staff at Arena as ${role}:`,
    `${site}/invitation/?token=${token}`,
    "The link works for seven days, for an account with this address. If you have none yet, you can register there.",
  ]);
}

function message(to: Pick<Addressee, "name" | "email">, subject: string, parts: readonly string[]): Mail {
  const greeting = to.name === "" ? "Hello," : `Hello ${to.name},`;
  return { to: to.email, subject: `Arena: ${subject}`, text: [greeting, ...parts, "Arena"].join("\n\n") };
}
