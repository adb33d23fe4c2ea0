import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type NginxArgs, type NginxHttps, nginxConfig } from "../../../infra/components/docker/pure/nginx-config.ts";
import { createAuthority, issue } from "../../../infra/vps/certificates/x509.ts";

const args: NginxArgs = {
  names: ["shop.example.com", "localhost"],
  port: 8080,
  appPort: 8000,
  root: "/srv/www",
  gate: "/gate",
  workers: 2,
};
const https: NginxHttps = { port: 8443, publicPort: 443, certificates: "/tmp/certificates", strict: true };

const name = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?(\.[a-z]{2,10}){1,3}$/);
const anyArgs: fc.Arbitrary<NginxArgs> = fc.record(
  {
    names: fc
      .uniqueArray(name, { minLength: 1, maxLength: 5 })
      .map(([first = "", ...others]): NginxArgs["names"] => [first, ...others]),
    port: fc.integer({ min: 1024, max: 40_000 }).filter((port) => port !== 8081),
    https: fc.record({
      port: fc.integer({ min: 40_001, max: 65_535 }),
      publicPort: fc.integer({ min: 1, max: 65_535 }),
      certificates: fc.constant("/tmp/certificates"),
      strict: fc.boolean(),
    }),
    appPort: fc.integer({ min: 1, max: 65_535 }),
    root: fc.constantFrom("/srv/www", "/var/lib/site"),
    gate: fc.constantFrom("/gate", "/var/lib/gate"),
    workers: fc.integer({ min: 1, max: 64 }),
    bodyLimit: fc.integer({ min: 1, max: 1024 }),
    signInsPerMinute: fc.integer({ min: 1, max: 600 }),
  },
  { requiredKeys: ["names", "port", "appPort", "root", "gate", "workers"] },
);

const engine = spawnSync("docker", ["image", "inspect", "nginx:1.28-bookworm"]).status === 0;
const skip = !engine && process.env.BERTH_REQUIRE_DOCKER !== "1";
const pair = issue(createAuthority("Test", 1), "Test", ["localhost"], 1);

/** What `nginx -t` says of a configuration, in nginx's own image. */
function check(config: string): string {
  const script = `mkdir /tmp/certificates && cd /tmp/certificates
printf %s "$CERTIFICATE" >site.pem && printf %s "$KEY" >site-key.pem && cat >/tmp/nginx.conf && nginx -t -c /tmp/nginx.conf`;
  const run = ["run", "--rm", "--interactive", "--network", "none", "--user", "101:101", "--entrypoint", "sh"];
  const files = ["--env", `CERTIFICATE=${pair.certificate}`, "--env", `KEY=${pair.key}`];
  return spawnSync("docker", [...run, ...files, "nginx:1.28-bookworm", "-c", script], {
    input: config,
    encoding: "utf8",
  }).stderr;
}

test.skipIf(skip)(
  "nginx accepts whatever is generated",
  () => {
    for (const sample of [args, { ...args, https }, ...fc.sample(anyArgs, 4)])
      expect(check(nginxConfig(sample))).toMatch(/test is successful/);
  },
  60_000,
);

test.skipIf(skip)("nginx's check finds a fault", () => {
  expect(check(nginxConfig(args).replace("server_tokens off;", "server_tokens of;"))).toMatch(/invalid value "of"/);
});

test("braces are balanced whatever the values, and the access log's lines are JSON", () => {
  fc.assert(
    fc.property(anyArgs, (sample) => {
      const config = nginxConfig(sample);
      expect(config.split("{").length).toBe(config.split("}").length);
      const format = /log_format json escape=json '(.*)';/.exec(config)?.[1] ?? "";
      const line = JSON.parse(format.replaceAll(/:\$\w+/g, ":0"));
      expect(line).toMatchObject({ client: "$remote_addr", path: "$request_path", status: 0, seconds: 0 });
    }),
  );
});

test("passes on the client that nginx saw, not what the client claims", () => {
  const config = nginxConfig(args);
  expect(config).toContain("proxy_set_header X-Forwarded-For $remote_addr;");
  expect(config).not.toContain("$proxy_add_x_forwarded_for");
  expect(config).toContain('proxy_set_header Forwarded "";');
});

test("caches static files for 30 days and media for 7, and asks where the app is at each request", () => {
  const config = nginxConfig(args);
  expect(location(config, "/static/")).toContain('add_header Cache-Control "public, max-age=2592000, immutable";');
  expect(location(config, "/static/")).toContain("try_files $uri @app;");
  expect(location(config, "/media/")).toContain("add_header Cache-Control $media_caching;");
  expect(config).toContain('"" "public, max-age=604800";');
  expect(config).toContain('"~^/gate/(?<alias>[a-z0-9-]+)$" $alias;');
  expect(config).toContain("root /gate/live;");
  expect(location(config, "/ ")).toContain("proxy_pass http://$app:8000;");
  expect(config).toContain("resolver 127.0.0.11 valid=2s ipv6=off;");
});

test("HTTPS: the other port leads there, to names of ours only, and answers the authority", () => {
  const config = nginxConfig({ ...args, https: { ...https, publicPort: 8443 } });
  const [, plain = "", secure = ""] = config.split("  server {\n");
  expect(plain).toContain("return 308 https://$site:8443$request_uri;");
  expect(plain).toContain("alias /tmp/certificates/challenges/;");
  expect(plain).not.toContain("proxy_pass");
  expect(config).toMatch(
    /map \$host \$site \{\s+default shop\.example\.com;\s+shop\.example\.com .*\s+localhost localhost;/,
  );
  expect(secure).toContain("listen 8443 ssl http2 default_server;");
  expect(config).toContain("ssl_protocols TLSv1.2 TLSv1.3;");
  expect(nginxConfig({ ...args, https })).toContain("return 308 https://$site$request_uri;");
});

test("browsers are held to HTTPS only where the name is the environment's alone", () => {
  const strict = 'add_header Strict-Transport-Security "max-age=31536000; includeSubDomains; preload" always;';
  const headers = (config: string) => config.split(strict).length - 1;
  // The site, its two locations with headers of their own, and two forms of four answers.
  expect(headers(nginxConfig({ ...args, https }))).toBe(11);
  for (const config of [nginxConfig(args), nginxConfig({ ...args, https: { ...https, strict: false } })]) {
    expect(headers(config)).toBe(0);
  }
  expect(nginxConfig({ ...args, https: { ...https, strict: false } })).toContain(
    "proxy_hide_header Strict-Transport-Security;",
  );
});

test("every location that adds a header adds the security headers too, because nginx then forgets the server's", () => {
  fc.assert(
    fc.property(anyArgs, (sample) => {
      const config = nginxConfig(sample);
      const blocks = config
        .split(/location /)
        .slice(1)
        .map((text) => text.split(/\n {4}\}/)[0] ?? "");
      for (const block of blocks.filter((text) => text.includes("add_header"))) {
        for (const header of ["X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy"])
          expect(block).toContain(`add_header ${header} `);
      }
    }),
  );
});

test("counts 10 POSTs a minute to register and login, whatever is in front of the path, and nothing else", () => {
  const config = nginxConfig(args);
  expect(config).toContain("limit_req_zone $sign_in_client zone=sign_in:10m rate=10r/m;");
  expect(config).toContain("limit_req zone=sign_in burst=9 nodelay;");
  const pattern = new RegExp(/"~(\^POST .*)" \$binary_remote_addr/.exec(config)?.[1] ?? "^never$");
  const counted = ["/login", "/register/", "/accounts/login/", "/api/auth/register", "/api/v1/auth/login/"];
  for (const path of counted) expect(`POST ${path}`).toMatch(pattern);
  const free = ["/", "/api/v1/tournaments/", "/tournaments/api/cup/register/context/", "/login/help", "/relogin"];
  for (const path of free) expect(`POST ${path}`).not.toMatch(pattern);
  expect("GET /login").not.toMatch(pattern);
});

function location(config: string, path: string): string {
  return config.slice(config.indexOf(`location ${path}`)).split("}")[0] ?? "";
}
