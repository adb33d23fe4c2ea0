// The account that an environment of `cloud` may be made in.
import { expect, test } from "vitest";
import { committedGraph } from "../support/committed.ts";

const digest = `sha256:${"a".repeat(64)}`;
const own = `123456789012.dkr.ecr.us-east-1.amazonaws.com/shop@${digest}`;
const others = `210987654321.dkr.ecr.us-east-1.amazonaws.com/shop@${digest}`;

async function allowed(changes: Readonly<Record<string, unknown>>): Promise<unknown> {
  const { resources } = await committedGraph("production", changes);
  const provider = resources.find(({ type }) => type === "pulumi:providers:aws");
  const accounts = provider?.inputs.allowedAccountIds;
  return accounts === undefined ? undefined : JSON.parse(String(accounts));
}

test("credentials of another account than the configured one are refused", async () => {
  expect(await allowed({ account: "123456789012", image: own })).toEqual(["123456789012"]);
});

test("without one, the account of the image's registry is the only one: no other can hold what ECS pulls", async () => {
  expect(await allowed({ account: undefined, image: own })).toEqual(["123456789012"]);
  expect(await allowed({ account: undefined, image: others })).toEqual(["210987654321"]);
});

test("an image of another registry says nothing about the account", async () => {
  expect(await allowed({ account: undefined, image: `ghcr.io/example/shop@${digest}` })).toBeUndefined();
});
