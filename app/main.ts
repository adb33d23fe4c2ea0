// The image's one entry: the first argument picks the process. The environment is checked before anything else is loaded,
// so that a fault in it shows at once; each process loads only what it needs.
import { type Environment, EnvironmentError, loadEnvironment } from "./platform/load-environment.ts";

const processes: Readonly<Record<string, () => Promise<{ start(environment: Environment): Promise<void> }>>> = {
  web: () => import("./web.ts"),
  worker: () => import("./worker.ts"),
  release: () => import("./release.ts"),
  demo: () => import("./demo.ts"),
  "create-admin": () => import("./create-admin.ts"),
  health: () => import("./health.ts"),
};

const command = process.argv[2] ?? "";
const load = Object.hasOwn(processes, command) ? processes[command] : undefined;
if (load === undefined) {
  const given = command === "" ? "No command given" : `Unknown command ${JSON.stringify(command)}`;
  process.stderr.write(`${given}: it must be one of ${Object.keys(processes).join(", ")}.\n`);
  process.exit(2);
}
const environment = environmentOrExit();
const { start } = await load();
await start(environment);

/** On stderr and not as a log line: it is for whoever starts the process, and has a line for each variable. */
function environmentOrExit(): Environment {
  try {
    return loadEnvironment(process.env);
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
