// Which lock files give a program the same packages.
import { expect, test } from "vitest";
import { covers, linksOut } from "../../infra/cli/lock-file.ts";

type Entries = Record<string, object>;

const base: Entries = {
  "": { dependencies: { sdk: "1" }, devDependencies: { tool: "1" } },
  "node_modules/sdk": { version: "1.0.0", integrity: "a", dependencies: { helper: "^1" } },
  "node_modules/helper": { version: "1.0.0", integrity: "b" },
  "node_modules/tool": { version: "1.0.0", integrity: "c", dev: true },
  "node_modules/web": { version: "1.0.0", integrity: "d" },
  app: { dependencies: { web: "1" } },
};

const text = (packages: Entries) => JSON.stringify({ lockfileVersion: 3, packages });
const with_ = (change: Entries) => text({ ...base, ...change });

test.each<[string, Entries]>([
  ["a tool's version", { "node_modules/tool": { version: "2.0.0", integrity: "x" } }],
  ["a package of the app", { "node_modules/web": { version: "2.0.0", integrity: "x" } }],
  [
    "a package more",
    {
      "": { dependencies: { sdk: "1", more: "1" } },
      "node_modules/more": { version: "1.0.0", integrity: "e", dependencies: { sdk: "1" } },
    },
  ],
])("%s is no difference", (_, change) => {
  expect(covers(with_(change), text(base))).toBe(true);
});

test.each<[string, Entries]>([
  ["another version", { "node_modules/sdk": { version: "2.0.0", integrity: "x" } }],
  ["the same version of another content", { "node_modules/helper": { version: "1.0.0", integrity: "x" } }],
  ["a package less", { "": { dependencies: {} } }],
  [
    "a version that only the program's package finds",
    { "node_modules/sdk/node_modules/helper": { version: "1.5.0", integrity: "f" } },
  ],
])("%s is one", (_, change) => {
  expect(covers(with_(change), text(base))).toBe(false);
});

test("what is no lock file is the same as itself alone", () => {
  expect(covers("nonsense", "nonsense")).toBe(true);
  expect(covers(text(base), "nonsense")).toBe(false);
  expect(covers("nonsense", text(base))).toBe(false);
});

test("links out of the repository are found", () => {
  const link = (resolved: string) => ({ "node_modules/x": { resolved, link: true } });
  expect(linksOut(with_(link("infra/x")))).toEqual([]);
  expect(linksOut(with_(link("infra/../../home")))).toEqual(["infra/../../home"]);
  expect(linksOut(with_(link("/home")))).toEqual(["/home"]);
});
