// What an environment on one machine is called, and what its app is told: the same with the engine and without.

/** The machine's own names, by which containers and whoever is on it ask. */
export const loopbackNames = ["localhost", "127.0.0.1"];

/** Host names that a site answers to; links lead to the first. */
export function siteNames(domain: string, allowedHosts: readonly string[]): readonly [string, ...string[]] {
  return [domain, ...new Set([...allowedHosts, ...loopbackNames].filter((name) => name !== domain))];
}

/** The address of a site; the port that browsers assume is left out. */
export function siteUrl(scheme: "http" | "https", domain: string, port: number): string {
  const assumed = scheme === "http" ? 80 : 443;
  return port === assumed ? `${scheme}://${domain}` : `${scheme}://${domain}:${port}`;
}

/** Origins that browsers may call the API from: the site's own, and others. */
export function siteOrigins(url: string, others: readonly string[]): string[] {
  return [...new Set([url, ...others])];
}

/** What web and worker are told by the architecture; MAIL_FOLDER in development only. */
const ownVariables = [
  "ENVIRONMENT",
  "PORT",
  "SECRET_KEY",
  "JWT_SECRET_KEY",
  "DATABASE_URL",
  "DATABASE_CA_FILE",
  "DATABASE_PASSWORD",
  "ALLOWED_HOSTS",
  "CORS_ALLOWED_ORIGINS",
  "MEDIA_STORE",
  "TRUSTED_PROXIES",
  "STOP_TIMEOUT",
];

/** Why a stack may not set these variables, as a sentence; undefined if it may. */
export function variablesFault(tier: string, names: readonly string[]): string | undefined {
  const own = tier === "development" ? [...ownVariables, "MAIL_FOLDER"] : ownVariables;
  for (const name of names) {
    if (own.includes(name))
      return `environment.variables has ${name}, which the architecture sets itself: remove it there.`;
  }
  return undefined;
}
