// Accessibility of a page in a real browser: what axe finds wrong by WCAG 2.1 A and AA.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

const program = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"];

/** One line for each fault: the rule, what it asks for, and the element. Empty if the page is in order. */
export async function faultsByAxe(page: Page): Promise<string[]> {
  // Evaluated and not added as a script: the page's policy forbids those, and stays as it is.
  await page.evaluate(program);
  return page.evaluate<string[]>(`axe.run({ runOnly: ${JSON.stringify(rules)} }).then(({ violations }) =>
    violations.flatMap(({ id, help, nodes }) => nodes.map(({ target, failureSummary }) => \`\${id}: \${help}: \${target} \${failureSummary}\`)))`);
}
