// The folders of certificates: what servers read, and what only the agent may. Files appear whole, never half-written.
import { X509Certificate } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Certified, createAuthority, newKey } from "./x509.ts";

export const authorityName = "Berth local authority";
const authorityDays = 3650;

export async function put(file: string, content: string, mode: number): Promise<void> {
  const draft = `${file}.draft`;
  await writeFile(draft, content, { mode });
  await rename(draft, file);
}

/** Key first: whoever reads both on a change of the certificate finds the pair. */
export async function putSite(folder: string, { key, certificate }: Certified): Promise<void> {
  await put(join(folder, "site-key.pem"), key, 0o600);
  await put(join(folder, "site.pem"), certificate, 0o644);
  await putEnd(folder, new X509Certificate(certificate));
}

/** When the certificate in use ends, in seconds since 1970: the container's health check is a comparison. */
export async function putEnd(folder: string, { validTo }: X509Certificate): Promise<void> {
  await put(join(folder, "ends"), `${Math.floor(Date.parse(validTo) / 1000)}\n`, 0o644);
}

/** The certificate that servers use now; undefined if there is none that can be read. */
export async function currentSite(folder: string): Promise<X509Certificate | undefined> {
  const file = join(folder, "site.pem");
  return existsSync(file) ? new X509Certificate(await readFile(file)) : undefined;
}

/** The authority of one's own, made at first use; its certificate is where users find it to trust it. */
export async function ownAuthority(secrets: string, folder: string): Promise<Certified> {
  const keyFile = join(secrets, "authority-key.pem");
  const file = join(secrets, "authority.pem");
  if (!existsSync(file)) {
    const made = createAuthority(authorityName, authorityDays);
    await put(keyFile, made.key, 0o600);
    await put(file, made.certificate, 0o644);
  }
  const certificate = await readFile(file, "utf8");
  await put(join(folder, "ca.pem"), certificate, 0o644);
  return { key: await readFile(keyFile, "utf8"), certificate };
}

/** The key of the account at an ACME authority, made at first use. */
export async function accountKey(secrets: string): Promise<string> {
  const file = join(secrets, "account-key.pem");
  if (!existsSync(file)) await put(file, newKey(), 0o600);
  return readFile(file, "utf8");
}

export async function publishChallenge(challenges: string, token: string, content: string): Promise<void> {
  // The token is the authority's; it becomes a file name.
  if (!/^[\w-]+$/.test(token)) throw new Error("The authority's token is none that RFC 8555 allows");
  await mkdir(challenges, { recursive: true });
  await put(join(challenges, token), content, 0o644);
}

export async function withdrawChallenge(challenges: string, token: string): Promise<void> {
  await rm(join(challenges, token), { force: true });
}
