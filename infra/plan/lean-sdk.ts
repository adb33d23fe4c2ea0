// To be imported before @pulumi/pulumi. The SDK loads npm's package manager with it, a seventh of a plan's time, to find the
// packages of functions that it serializes, which no program here does; that comes to be loaded when it is asked for.
import { createRequire, Module } from "node:module";

const sdk = createRequire(createRequire(import.meta.url).resolve("@pulumi/pulumi/package.json"));
const file = packageManager();

if (file !== undefined && sdk.cache[file] === undefined) {
  const standIn = new Module(file);
  standIn.filename = file;
  standIn.loaded = true;
  standIn.exports = {
    __esModule: true,
    get Arborist(): unknown {
      delete sdk.cache[file];
      return sdk("@npmcli/arborist").Arborist;
    },
  };
  sdk.cache[file] = standIn;
}

/** Its file; undefined where the SDK, which may be that of another revision, does without it. */
function packageManager(): string | undefined {
  try {
    return sdk.resolve("@npmcli/arborist");
  } catch {
    return undefined;
  }
}
