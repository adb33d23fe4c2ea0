// Holds the import rules: who may know whom.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";
import { projectRoot } from "../infra/cli/project.ts";

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

/** A layer, the files it holds, and what these may import: its own layer is always allowed unless `closed`. */
interface Rule {
  readonly layer: string;
  readonly files: RegExp;
  readonly may: readonly RegExp[];
  /** What may be imported as a type besides. */
  readonly types?: readonly RegExp[];
}

const pureLeaves = /^infra\/[a-z-]+\.ts$/;
const pureHelpers = /^infra\/components\/[a-z]+\/pure\//;
const bridge = /^app\/platform\/environment\.ts$/;
const rules: readonly Rule[] = [
  { layer: "index", files: /^infra\/index\.ts$/, may: [/^infra\/config\//, /^infra\/architectures\//] },
  {
    layer: "architectures",
    files: /^infra\/architectures\//,
    may: [/^infra\/(architectures|components|config|release)\//, pureLeaves],
    types: [bridge],
  },
  // What components of one provider compute with: no resources in it, so that it is tested without any.
  { layer: "pure", files: pureHelpers, may: [pureHelpers, pureLeaves], types: [/^infra\/components\//, bridge] },
  // Components know no stack and nothing of each other but types.
  {
    layer: "components",
    files: /^infra\/components\//,
    may: [pureHelpers, pureLeaves],
    // A component tells the programs of vps, which run in its containers, what to do.
    types: [/^infra\/(components|vps)\//, bridge],
  },
  // What AWS is asked while an environment runs: by releases and by commands, which know of no resource.
  { layer: "operations", files: /^infra\/operations\//, may: [/^infra\/operations\//, pureLeaves] },
  {
    layer: "release",
    files: /^infra\/release\//,
    may: [/^infra\/(release|operations)\//, pureLeaves],
    types: [bridge],
  },
  { layer: "config", files: /^infra\/config\//, may: [/^infra\/config\//, pureLeaves] },
  { layer: "leaves", files: pureLeaves, may: [pureLeaves] },
  // Evaluates whatever program it is given.
  { layer: "plan", files: /^infra\/plan\//, may: [/^infra\/plan\//] },
  // Look at plain data: neither at the components that made it, nor at how it was recorded.
  { layer: "policies", files: /^infra\/policies\/(?!pack\/)/, may: [/^infra\/policies\//] },
  {
    layer: "policy pack",
    files: /^infra\/policies\/pack\//,
    may: [/^infra\/policies\//, /^infra\/plan\/gate\/waivers\.ts$/],
  },
  // What runs on a Docker host, and what the commands ask of one: no resources in it, no stack's configuration. A container that a
  // command starts there has the user and the folders of the others.
  {
    layer: "vps",
    files: /^infra\/vps\//,
    may: [
      /^infra\/vps\//,
      /^infra\/release\/docker-cli\.ts$/,
      /^infra\/components\/docker\/pure\/container\.ts$/,
      pureLeaves,
    ],
  },
  { layer: "embedded", files: /^infra\/embedded\//, may: [/^infra\/embedded\//], types: [/^infra\/config\//, bridge] },
  {
    layer: "cli",
    files: /^infra\/cli\//,
    may: [/^infra\/(cli|config|embedded|operations|plan|policies|vps)\//, /^infra\/index\.ts$/, /^bench\//, pureLeaves],
  },
  { layer: "processes", files: /^app\/[a-z-]+\.ts$/, may: [/^app\//] },
  { layer: "http", files: /^app\/http\//, may: [/^app\/(http|pages|domains|platform)\//] },
  { layer: "pages", files: /^app\/pages\//, may: [/^app\/(pages|domains|platform)\//] },
  { layer: "domains", files: /^app\/domains\//, may: [/^app\/platform\//] },
  { layer: "migrations", files: /^app\/migrations\//, may: [/^app\/(migrations|platform)\//] },
  { layer: "platform", files: /^app\/platform\//, may: [/^app\/platform\//] },
];

const sources = ["infra", "app"].flatMap((folder) =>
  readdirSync(join(projectRoot, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !/(^|\/)(node_modules|dist)\//.test(file))
    .map((file) => `${folder}/${file}`),
);

function importsOf(file: string): Import[] {
  const text = readFileSync(join(projectRoot, file), "utf8");
  const statements = text.matchAll(
    /^\s*(?:import|export)\s+(type\s+)?(?:[^;"']*?\sfrom\s+)?["'](\.[^"']+)["']|import\(["'](\.[^"']+)["']\)/gm,
  );
  return [...statements].map(([, type, path, dynamic]) => ({
    from: file,
    to: relative(projectRoot, join(projectRoot, dirname(file), path ?? dynamic ?? "")),
    typeOnly: type !== undefined,
  }));
}

/** Domains may use files of their own folder only: `app/domains/tournaments/…`. */
function isOwnDomain({ from, to }: Import): boolean {
  return (
    from.startsWith("app/domains/") && to.split("/").slice(0, 3).join("/") === from.split("/").slice(0, 3).join("/")
  );
}

function broken(found: readonly Import[]): string[] {
  return found
    .filter((one) => {
      const rule = rules.find(({ files }) => files.test(one.from));
      if (rule === undefined) return true;
      if (isOwnDomain(one) || rule.may.some((allowed) => allowed.test(one.to))) return false;
      return !(one.typeOnly && rule.types?.some((allowed) => allowed.test(one.to)));
    })
    .map(({ from, to, typeOnly }) => `${from} imports ${to}${typeOnly ? " (type)" : ""}`);
}

test("every file belongs to a layer", () => {
  expect(sources.filter((file) => !rules.some(({ files }) => files.test(file)))).toEqual([]);
});

test("imports keep to the layers", () => {
  expect(broken(sources.flatMap(importsOf))).toEqual([]);
});

test("the rules notice what they forbid", () => {
  const value = (from: string, to: string) => ({ from, to, typeOnly: false });
  const type = (from: string, to: string) => ({ from, to, typeOnly: true });
  expect(
    broken([
      value("infra/components/aws/service.ts", "infra/components/aws/network.ts"),
      value("infra/components/aws/service.ts", "infra/config/environment.ts"),
      value("infra/components/aws/service.ts", "app/platform/environment.ts"),
      value("infra/plan/text.ts", "infra/components/aws/network.ts"),
      value("infra/policies/check.ts", "infra/plan/graph.ts"),
      value("app/domains/tournaments/routes.ts", "app/domains/accounts/repository.ts"),
      value("app/platform/postgres.ts", "app/http/server.ts"),
      type("infra/cli/plan.ts", "app/web.ts"),
    ]),
  ).toHaveLength(8);
  expect(broken([type("infra/components/aws/service.ts", "infra/components/aws/network.ts")])).toEqual([]);
});

test("only the reader of configuration knows pulumi.Config", () => {
  const readers = sources.filter((file) => /new pulumi\.Config\(/.test(readFileSync(join(projectRoot, file), "utf8")));
  expect(readers).toEqual(["infra/config/read.ts"]);
});
