// Keeps the site's certificate valid, for as long as the container runs. From the environment: NAMES, separated by commas;
// CERTIFICATES, SECRETS and CHALLENGES, folders; DIRECTORY and EMAIL for ACME, or no DIRECTORY for an authority of one's own.
import { setTimeout as sleep } from "node:timers/promises";
import { orderCertificate } from "./acme.ts";
import { dueAt, pauseAfter, whyDue } from "./renewal.ts";
import {
  accountKey,
  authorityName,
  currentSite,
  ownAuthority,
  publishChallenge,
  putEnd,
  putSite,
  withdrawChallenge,
} from "./store.ts";
import { issue } from "./x509.ts";

const { NAMES = "", CERTIFICATES = "/certificates", SECRETS = "/secrets", DIRECTORY = "", EMAIL = "" } = process.env;
const { CHALLENGES = `${CERTIFICATES}/challenges` } = process.env;
const names = NAMES.split(",").filter((name) => name !== "");
const ownDays = 90;
/** Seconds between looks at the certificate's age, unless it is due before. */
const lookEvery = 3600;

for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => process.exit(0));
await standIn();
for (let failures = 0; ; ) {
  failures = (await renew()) ? 0 : failures + 1;
  await sleep((failures === 0 ? await untilDue() : pauseAfter(failures)) * 1000);
}

async function untilDue(): Promise<number> {
  const current = await currentSite(CERTIFICATES);
  return current === undefined ? 0 : Math.min(lookEvery, Math.max(1, (dueAt(current) - Date.now()) / 1000 + 1));
}

/** nginx does not start without a certificate, and ACME is answered by nginx: so there is one of our own until then. */
async function standIn(): Promise<void> {
  const current = await currentSite(CERTIFICATES);
  if (current === undefined) await issueOwn("there is none");
  else await putEnd(CERTIFICATES, current);
}

/** False if a certificate is due and could not be had. */
async function renew(): Promise<boolean> {
  const own = DIRECTORY === "";
  const due = whyDue(await currentSite(CERTIFICATES), { names, own }, Date.now());
  if (due === undefined) return true;
  try {
    await (own ? issueOwn(due) : order(due));
    return true;
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : "";
    log("error", `No new certificate: ${error instanceof Error ? error.message : String(error)}${cause}`, { due });
    return false;
  }
}

async function issueOwn(due: string): Promise<void> {
  const authority = await ownAuthority(SECRETS, CERTIFICATES);
  await putSite(CERTIFICATES, issue(authority, authorityName, names, ownDays));
  log("info", "Issued a certificate by the local authority", { due });
}

async function order(due: string): Promise<void> {
  const email = EMAIL === "" ? {} : { email: EMAIL };
  const publish = (token: string, content: string) => publishChallenge(CHALLENGES, token, content);
  const withdraw = (token: string) => withdrawChallenge(CHALLENGES, token);
  const options = { directory: DIRECTORY, accountKey: await accountKey(SECRETS), publish, withdraw, ...email };
  await putSite(CERTIFICATES, await orderCertificate(options, names));
  log("info", `Got a certificate from ${new URL(DIRECTORY).host}`, { due });
}

function log(level: string, msg: string, more: object): void {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), level, msg, names, ...more })}\n`);
}
