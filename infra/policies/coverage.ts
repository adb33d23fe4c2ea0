// Writes docs/policies.md: every policy, and every public control with what covers it. `npm run policies`
import { writeFileSync } from "node:fs";
import { declined } from "./declined.ts";
import type { Policy } from "./model.ts";
import { policies, policiesByArea } from "./policies.ts";

export const coverageFile = new URL("../../docs/policies.md", import.meta.url);

/** The whole page. */
export function coveragePage(): string {
  return `${[head, ...Object.entries(policiesByArea).map(area), controls(), notCovered()].join("\n\n")}\n`;
}

const head = `# Policies

<!-- Written by \`npm run policies\` from infra/policies: change it there. -->

What every environment keeps to: ${policies.length} rules on plain resources. The same constants run

- in \`./berth plan STACK\`, without engine or credentials,
- in the Pulumi engine: \`pulumi preview --policy-pack infra/policies/pack\`, and the same for \`up\`. A rule on a resource alone
  stops the engine before the resource is made; one on several resources stops it at the end of the preview,
- in the tests, over every committed stack. \`test/infra/policies/mutation.test.ts\` takes each hardening out of the recorded
  stacks, one at a time, and expects exactly the rules that hold it to notice; every rule has a mutation there.
  \`npx vitest run test/infra/policies/mutation.test.ts -t task-root-read-only\` runs those of one.

A finding that has to stand for a while is waived in \`berth.waivers.yaml\`, by URN and policy, with a reason, who answers for it and
the last day that it holds, 30 days from now at the latest:

\`\`\`yaml
waivers:
  - urn: urn:pulumi:production::berth::berth:data:Database$aws:rds/instance:Instance::database-postgres
    policy: database-multi-az
    reason: The standby comes back after the move to another instance class.
    who: ana@example.com
    expires: 2026-12-24
\`\`\`

What is not asked of an environment, and what a rule lets pass, is said with it below.

Controls are those of AWS Foundational Security Best Practices (\`RDS.3\`), the CIS AWS Foundations Benchmark 5.0 (\`CIS 2.2.1\`), the CIS
Docker Benchmark 1.3 (\`CIS-Docker 5.12\`), cdk-nag (\`AwsSolutions-RDS2\`) and Checkov (\`CKV_AWS_16\`).`;

function area([name, rules]: [string, readonly Policy[]]): string {
  return [`## ${name}`, "| policy | what holds, and why | if not | controls |\n|---|---|---|---|"]
    .concat(rules.map(row).join("\n"))
    .join("\n\n")
    .replace("|---|---|---|---|\n\n", "|---|---|---|---|\n");
}

function row(policy: Policy): string {
  const notes = [
    ...Object.entries(policy.notIn ?? {}).map(([tier, reason]) => `Not in ${tier}: ${reason}.`),
    ...(policy.exceptions ?? []).map((exception) => `Lets pass: ${exception}`),
    ...(policy.planOnly === undefined ? [] : [`In \`plan\` alone: ${policy.planOnly}.`]),
  ];
  const cells = [
    `\`${policy.name}\` ${policy.severity}`,
    [`**${policy.title}.** ${policy.why}`, ...notes].join("<br>"),
    policy.fix,
    policy.controls.join(", "),
  ];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

function controls(): string {
  const covered = Map.groupBy(
    policies.flatMap((policy) => policy.controls.map((control) => ({ control, name: policy.name }))),
    ({ control }) => control,
  );
  const rows = [...covered.keys()].toSorted(byNumber).map((control) => {
    const names = (covered.get(control) ?? []).map(({ name }) => name);
    const tests = names.map((name) => `mutation.test.ts › ${name}`);
    return `| ${control} | ${names.map((name) => `\`${name}\``).join(", ")} | ${tests.join(", ")} |`;
  });
  return `## By control\n\n| control | policy | test |\n|---|---|---|\n${rows.join("\n")}`;
}

function notCovered(): string {
  const rows = declined.map(({ controls: ids, reason }) => `| ${ids.join(", ")} | ${reason} |`);
  return `## Decided against\n\n| control | reason |\n|---|---|\n${rows.join("\n")}`;
}

/** `RDS.9` before `RDS.10`. */
function byNumber(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}

if (import.meta.main) writeFileSync(coverageFile, coveragePage());
