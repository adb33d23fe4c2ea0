import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { projectRoot } from "../../../infra/cli/project.ts";
import { readStack } from "../../../infra/config/stack-file.ts";

let root = "";
const dev = readFileSync(join(projectRoot, "Pulumi.dev.yaml"), "utf8");

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "berth-stack-"));
  writeFileSync(join(root, "Pulumi.yaml"), "name: shop\nruntime: nodejs\n");
});
afterEach(() => rmSync(root, { recursive: true }));

function write(text: string, name = "dev"): void {
  writeFileSync(join(root, `Pulumi.${name}.yaml`), text.replaceAll("berth:", "shop:"));
}

test("keys belong to the project that Pulumi.yaml names", () => {
  write(dev);
  const stack = readStack(root, "dev");
  expect(stack.project).toBe("shop");
  expect(JSON.parse(stack.config["shop:environment"] ?? "")).toMatchObject({ architecture: "vps" });
});

test("an unknown stack is named, with the nearest or all there are", () => {
  write(dev);
  write(dev, "production");
  expect(() => readStack(root, "prodution")).toThrow(/No stack "prodution".*did you mean production\?/);
  expect(() => readStack(root, "zzzzzzzz")).toThrow(/stacks here: dev, production/);
});

test.each([
  ["config: [1", /Pulumi\.dev\.yaml: line 1 is not valid YAML/],
  ["config:\n  a: b\n bad: c\n", /line \d is not valid YAML/],
  ["just text", /the file holds "just text"/],
  ["", /environment is missing/],
  ["config: {}", /environment is missing/],
])("%j is refused", (text, message) => {
  write(text);
  expect(() => readStack(root, "dev")).toThrow(message);
});

test("a secret that the stack asks for must be there and encrypted", () => {
  const asking = dev.replace("owner: you", "owner: you\n    secrets: [STRIPE_KEY, MAIL_KEY]");
  write(`${asking}  berth:STRIPE_KEY: sk_live_clear\n`);
  expect(() => readStack(root, "dev")).toThrow(/2 faults/);
  expect(() => readStack(root, "dev")).toThrow(/shop:MAIL_KEY is missing.*pulumi config set --secret MAIL_KEY/);
  expect(() => readStack(root, "dev")).toThrow(/shop:STRIPE_KEY stands in clear/);
  expect(() => readStack(root, "dev")).not.toThrow(/sk_live_clear/);
});

test("an encrypted secret is a name in braces, never its cipher text", () => {
  const asking = dev.replace("owner: you", "owner: you\n    secrets: [STRIPE_KEY]");
  write(`${asking}  berth:STRIPE_KEY:\n    secure: v1:abc:def\nencryptionsalt: v1:x\n`);
  const stack = readStack(root, "dev");
  expect(stack.config["shop:STRIPE_KEY"]).toBe("{shop:STRIPE_KEY}");
  expect(stack.secretKeys).toEqual(["shop:STRIPE_KEY"]);
});

test("a key that nothing reads is a fault; other namespaces are left alone", () => {
  write(`${dev}  berth:enviroment: {}\n  aws:profile: staging\n`);
  expect(() => readStack(root, "dev")).toThrow(/shop:enviroment is not a setting: did you mean shop:environment\?/);
});
