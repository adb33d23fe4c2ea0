// Who composes components finds in each file what it is, how it is used and what it costs, and at each argument its default.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { projectRoot } from "../../../infra/cli/project.ts";

const folder = join(projectRoot, "infra/components/aws");
const files = readdirSync(folder).filter((file) => file.endsWith(".ts"));

test.each(files)(
  "%s opens with an example and the monthly cost, and each optional argument names its default",
  (file) => {
    const lines = readFileSync(join(folder, file), "utf8").split("\n");
    const opening = lines
      .slice(
        0,
        lines.findIndex((line) => !line.startsWith("//")),
      )
      .join("\n");
    const [, name = ""] = /^export class (\w+) /m.exec(lines.join("\n")) ?? [];
    expect(opening).toMatch(new RegExp(`new ${name}\\("`));
    expect(opening).toMatch(/Monthly cost/);
    const undocumented = lines.filter((line, index) => {
      if (!/^ {2}readonly \w+\?:/.test(line)) return false;
      const comment = lines.slice(Math.max(0, index - 4), index).join("\n");
      return !/@default(?![\s\S]*\n {2}readonly)/.test(comment);
    });
    expect(undocumented).toEqual([]);
  },
);
