// The policy pack: `pulumi preview --policy-pack infra/policies/pack`, and the same for `up`.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PolicyPack } from "@pulumi/policy";
import { parseWaivers, waiversFile } from "../../plan/gate/waivers.ts";
import { policies } from "../policies.ts";
import { pulumiPolicies } from "../pulumi.ts";

const today = new Date().toISOString().slice(0, 10);
const file = join(import.meta.dirname, "../../..", waiversFile);
const waivers = existsSync(file) ? parseWaivers(readFileSync(file, "utf8"), today) : [];

new PolicyPack("berth", {
  description: "What every environment of Berth keeps to; docs/policies.md lists it.",
  policies: pulumiPolicies(policies, { waivers, today }),
});
