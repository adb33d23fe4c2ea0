// The example of the documentation, with all that a vps stack can have, keeps the kit's own policies.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { projectRoot } from "../../../infra/cli/project.ts";
import { readConfig } from "../../../infra/config/read.ts";
import { evaluate } from "../../../infra/plan/evaluate.ts";
import type { Graph, ResourceNode } from "../../../infra/plan/graph.ts";
import { checkPolicies } from "../../../infra/policies/check.ts";

const text = readFileSync(join(projectRoot, "docs/architectures/vps.md"), "utf8");
const example = /```yaml\n# Pulumi\.shop\.yaml\n(.*?)```/s.exec(text)?.[1] ?? "";
const secrets: Readonly<Record<string, string>> = {
  BACKUP_KEY: "a passphrase of several words",
  BACKUP_S3_SECRET_KEY: "of the bucket",
  SENTRY_DSN: "https://key@sentry.example.com/1",
  WATCH_HEARTBEAT_URL: "https://beat.example.com/x",
  WATCH_MAIL_PASSWORD: "swordfish",
  WATCH_WEBHOOK_URL: "https://hooks.example.com/T0/x",
};

async function shop(changes: Readonly<Record<string, unknown>> = {}): Promise<Graph> {
  const { config } = parse(example.replaceAll("…", "0".repeat(64))) as { config: Record<string, object> };
  const environment = { ...config["berth:environment"], ...changes };
  const { vps } = await import("../../../infra/architectures/vps.ts");
  const named = Object.fromEntries(Object.entries(secrets).map(([name, value]) => [`berth:${name}`, value]));
  return evaluate(() => vps(readConfig()), {
    project: "berth",
    stack: "shop",
    config: { ...named, "berth:environment": JSON.stringify(environment) },
    secretKeys: Object.keys(named),
  });
}

describe("the example of docs/architectures/vps.md", () => {
  let graph: Graph;
  beforeAll(async () => {
    graph = await shop();
  });

  test.each([
    ["as it stands", {}],
    ["without copies", { backup: { everyHours: 24, keep: { days: 7, weeks: 4, months: 6 }, encrypt: false } }],
    ["with one way to tell", { watch: { webhook: true } }],
    ["for development", { tier: "development", domain: "localhost", https: {} }],
  ])("%s keeps all policies", async (_, changes) => {
    const open = checkPolicies(await shop(changes));
    expect(open.map(({ policy, message }) => `${policy}: ${message}`)).toEqual([]);
  });

  test.each([
    ["watch-eyes", { networkMode: "bridge" }, "container-no-host-folders"],
    ["watch-eyes", { readOnly: false }, "container-no-host-folders"],
    ["watch-eyes", { healthcheck: undefined }, "container-health-check"],
    ["watch-voice", { readOnly: false }, "container-root-read-only"],
    ["watch-voice", { healthcheck: undefined }, "container-health-check"],
    ["backup-copies", { readOnly: false }, "container-root-read-only"],
    ["backup-dumps", { healthcheck: undefined }, "container-health-check"],
  ])("%s with %j breaks %s", (name, change, policy) => {
    const resources = graph.resources.map((one) =>
      one.name === name ? { ...one, inputs: { ...one.inputs, ...change } } : one,
    );
    expect(checkPolicies({ ...graph, resources }).map((finding) => finding.policy)).toContain(policy);
  });

  test("has its secrets on volumes, and none of them in clear", () => {
    const file = ({ inputs }: ResourceNode) =>
      ((inputs.uploads ?? []) as { file: string }[]).map(({ file: path }) => path);
    const written = graph.resources.flatMap(file);
    for (const name of ["s3-secret-access-key", "watch-heartbeat", "watch-mail-password", "watch-webhook"]) {
      expect(written).toContain(`/files/${name}`);
    }
    for (const value of Object.values(secrets)) expect(JSON.stringify(graph)).not.toContain(value);
  });
});
