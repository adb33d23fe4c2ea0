// What gives a vps environment its certificates, said or left out.
import type { VpsEnvironment } from "./environment.ts";

export function certificatesOf({ domain, https }: Pick<VpsEnvironment, "domain" | "https">): "none" | "local" | "acme" {
  return https.certificates ?? (domain === "localhost" ? "none" : "acme");
}
