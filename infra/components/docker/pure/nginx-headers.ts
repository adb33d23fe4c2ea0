// The security headers of responses: on the app's those that it leaves out, on nginx's own all of them.

const headers = {
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Referrer-Policy": "strict-origin-when-cross-origin",
};

/** As at the edge on AWS. */
const strictTransport = 'add_header Strict-Transport-Security "max-age=31536000; includeSubDomains; preload" always;';

/** Variables that {@link appHeaders} reads: empty where the app's response has the header itself. */
export function headerDefaults(): string {
  return Object.entries(headers)
    .map(([name, value]) => `  map $upstream_http_${snake(name)} $default_${snake(name)} { "" "${value}"; }\n`)
    .join("");
}

/** Directives that add what the app's response lacks. nginx adds no header whose value is empty. */
export function appHeaders(strict: boolean): string {
  return directives(strict, (name) => `$default_${snake(name)}`);
}

/** Directives for what nginx answers itself. */
export function ownHeaders(strict: boolean): string {
  return directives(strict, (_, value) => value);
}

function directives(strict: boolean, worth: (name: string, value: string) => string): string {
  const added = Object.entries(headers).map(([name, value]) => `add_header ${name} ${worth(name, value)} always;`);
  return [...added, ...(strict ? [strictTransport] : [])].join(" ");
}

function snake(name: string): string {
  return name.toLowerCase().replaceAll("-", "_");
}
