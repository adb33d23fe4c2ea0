// How users reach a vps environment: names, ports, HTTPS. Plain values only.
import { certificatesOf } from "../config/certificates.ts";
import type { VpsEnvironment } from "../config/environment.ts";
import { loopbackNames, siteNames, siteUrl } from "../site.ts";

export interface Site {
  /** Where users find the environment. */
  readonly url: string;
  /** Host names that it answers to; links lead to the first. */
  readonly names: readonly [string, ...string[]];
  /** Port on the host for HTTPS. @default HTTP only */
  readonly https?: number;
  /** Names that the certificate is for. */
  readonly certified: readonly string[];
  /** Who gives the certificate. @default an authority of the environment's own */
  readonly acme?: { readonly directory: string; readonly root?: string; readonly email?: string };
}

export function vpsSite(environment: VpsEnvironment): Site {
  const { domain, allowedHosts, port, https } = environment;
  const certificates = certificatesOf(environment);
  const names = siteNames(domain, allowedHosts);
  if (certificates === "none") return { url: siteUrl("http", domain, port), names, certified: [] };
  const secured = { url: siteUrl("https", domain, https.port), names, https: https.port };
  if (certificates === "local") return { ...secured, certified: names };
  const { directory, directoryRoot: root, email } = https;
  // Authorities give certificates for public names.
  const certified = names.filter((name) => !loopbackNames.includes(name));
  return {
    ...secured,
    certified,
    acme: { directory, ...(root === undefined ? {} : { root }), ...(email === undefined ? {} : { email }) },
  };
}
