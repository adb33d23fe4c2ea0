import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type NginxArgs, nginxConfig } from "../../../infra/components/docker/pure/nginx-config.ts";

const args: NginxArgs = {
  domain: "shop.example.com",
  port: 8080,
  appHost: "web",
  appPort: 8000,
  root: "/srv/www",
  workers: 2,
};

const anyArgs: fc.Arbitrary<NginxArgs> = fc.record({
  domain: fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?(\.[a-z]{2,10}){1,3}$/),
  port: fc.integer({ min: 1024, max: 65_535 }).filter((port) => port !== 8081),
  appHost: fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/),
  appPort: fc.integer({ min: 1, max: 65_535 }),
  root: fc.constantFrom("/srv/www", "/var/lib/site"),
  workers: fc.integer({ min: 1, max: 64 }),
  bodyLimit: fc.integer({ min: 1, max: 1024 }),
  signInsPerMinute: fc.integer({ min: 1, max: 600 }),
});

const engine = spawnSync("docker", ["image", "inspect", "nginx:1.28-bookworm"]).status === 0;
const skip = !engine && process.env.BERTH_REQUIRE_DOCKER !== "1";

/** What `nginx -t` says of a configuration, in nginx's own image. */
function check(config: string): string {
  const script = "cat >/tmp/nginx.conf && nginx -t -c /tmp/nginx.conf";
  const run = ["run", "--rm", "--interactive", "--network", "none", "--user", "101:101", "--entrypoint", "sh"];
  return spawnSync("docker", [...run, "nginx:1.28-bookworm", "-c", script], { input: config, encoding: "utf8" }).stderr;
}

test.skipIf(skip)(
  "nginx accepts whatever is generated",
  () => {
    for (const sample of [args, ...fc.sample(anyArgs, 4)])
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
      expect(line).toMatchObject({ client: "$remote_addr", path: "$uri", status: 0, seconds: 0 });
    }),
  );
});

test("passes on the client that nginx saw, not what the client claims", () => {
  const config = nginxConfig(args);
  expect(config).toContain("proxy_set_header X-Forwarded-For $remote_addr;");
  expect(config).not.toContain("$proxy_add_x_forwarded_for");
  expect(config).toContain('proxy_set_header Forwarded "";');
});

test("caches static files for 30 days and media for 7, and asks Docker's DNS for the app at each request", () => {
  const config = nginxConfig(args);
  expect(location(config, "/static/")).toContain('add_header Cache-Control "public, max-age=2592000, immutable";');
  expect(location(config, "/static/")).toContain("try_files $uri @app;");
  expect(location(config, "/media/")).toContain("add_header Cache-Control $media_caching;");
  expect(config).toContain('"" "public, max-age=604800";');
  expect(config).toContain("set $app web;");
  expect(location(config, "/ ")).toContain("proxy_pass http://$app:8000;");
  expect(config).toContain("resolver 127.0.0.11 valid=2s ipv6=off;");
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
