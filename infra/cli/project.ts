// Where the project is: its root folder holds Pulumi.yaml and the stacks' files.
import { resolve } from "node:path";

export const projectRoot = resolve(import.meta.dirname, "../..");

/** The folder for what the commands keep between runs; not committed. */
export const stateFolder = resolve(projectRoot, ".berth");
