// Which packages of a package-lock.json the Pulumi program consists of: the root's own, and what they need; neither the app's nor
// those for development. Where a revision's are all here, it is evaluated with the node_modules of here.
import { isAbsolute, normalize } from "node:path";
import { z } from "zod";
import { parseJson } from "../plan/json.ts";

const names = z.record(z.string(), z.string()).default({});
const entry = z.looseObject({
  version: z.string().optional(),
  resolved: z.string().optional(),
  integrity: z.string().optional(),
  /** Its files are where `resolved` says, in the repository. */
  link: z.boolean().default(false),
  dependencies: names,
  optionalDependencies: names,
  peerDependencies: names,
});
const lock = z.looseObject({ packages: z.record(z.string(), entry) });

type Packages = Readonly<Record<string, z.output<typeof entry>>>;

/** Whether all that the program of `theirs` is made of is installed, in the same places, where `ours` is. */
export function covers(ours: string, theirs: string): boolean {
  const [mine, wanted] = [programPackages(ours), programPackages(theirs)];
  return wanted === undefined ? ours === theirs : mine !== undefined && wanted.isSubsetOf(mine);
}

/** Each package with what it finds by which name; undefined for a file that is no lock file. */
function programPackages(text: string): Set<string> | undefined {
  const parsed = lock.safeParse(parseJson(text));
  if (!parsed.success) return undefined;
  const { packages } = parsed.data;
  const found = new Map<string, string>();
  const todo = [""];
  for (let place = todo.pop(); place !== undefined; place = todo.pop()) {
    const { dependencies, optionalDependencies, peerDependencies } = packages[place] ?? entry.parse({});
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
      const to = resolved(packages, place, name);
      const key = `${place} ${name}`;
      if (to === undefined || found.has(key)) continue;
      const { version, resolved: source, integrity } = packages[to] ?? {};
      found.set(key, JSON.stringify([key, to, version, source, integrity]));
      todo.push(to, ...linked(packages[to]));
    }
  }
  return new Set(found.values());
}

/** Folders beside the repository that packages are links to: npm would make the links, and a program could read by them. */
export function linksOut(text: string): string[] {
  const parsed = lock.safeParse(parseJson(text));
  if (!parsed.success) return [];
  return Object.values(parsed.data.packages)
    .flatMap(linked)
    .filter((place) => isAbsolute(place) || normalize(place).startsWith(".."));
}

function linked(entry: Packages[string] | undefined): string[] {
  return entry?.link && entry.resolved !== undefined ? [entry.resolved] : [];
}

/** As Node.js looks for it: in the folder of whoever asks, then in those above. */
function resolved(packages: Packages, from: string, name: string): string | undefined {
  for (let folder = from; ; ) {
    const place = folder === "" ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (place in packages) return place;
    if (folder === "") return undefined;
    const end = folder.lastIndexOf("/node_modules/");
    folder = end < 0 ? "" : folder.slice(0, end);
  }
}
