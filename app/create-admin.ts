// Makes an admin: of the installation, of an organiser that there is, or of a new one. The password comes on stdin, or is set
// by a link that is printed; it stands on no command line, which others can read.
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { createAdmin, type NewAdmin } from "./domains/accounts/seed.ts";
import { type Environment, isDeployed } from "./platform/load-environment.ts";
import { openDatabase, waitForDatabase } from "./platform/postgres.ts";
import { Problem } from "./platform/problem.ts";
import { endOnSignals, runProcess } from "./platform/process.ts";

const usage =
  "create-admin --email ADDRESS [--name NAME] [--organiser ID | --new-organiser NAME] [--password-stdin] [--site URL]";

export function start(environment: Environment): Promise<void> {
  endOnSignals();
  return runProcess("create-admin", environment, async (logger) => {
    const { site, ...admin } = await readArguments(process.argv.slice(3));
    const database = await openDatabase(environment, { applicationName: "arena-create-admin", logger, connections: 1 });
    try {
      await waitForDatabase(database.pool, 30_000);
      const token = await createAdmin(database, admin);
      logger.info({ of: admin.of }, "The admin is there");
      // The one thing on stdout that is no log line, for whoever asked for it; logs would take the token out.
      if (token !== undefined) {
        const link = `${site ?? siteOf(environment)}/reset-password/?token=${token}`;
        process.stdout.write(`Set the password within an hour: ${link}\n`);
      }
    } finally {
      await database.close();
    }
  });
}

async function readArguments(args: string[]): Promise<NewAdmin & { readonly site?: string }> {
  const values = parse(args);
  const { email = "", name = email.split("@")[0] ?? "", site } = values;
  if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)) throw new Problem("CONFIGURATION", `An address is missing: ${usage}.`);
  if (values.organiser !== undefined && values["new-organiser"] !== undefined) {
    throw new Problem("CONFIGURATION", `An organiser is either there or new: ${usage}.`);
  }
  const of =
    values.organiser !== undefined
      ? { id: values.organiser }
      : values["new-organiser"] !== undefined
        ? { name: values["new-organiser"] }
        : ("installation" as const);
  const password = values["password-stdin"] ? { password: (await text(process.stdin)).replace(/\r?\n$/, "") } : {};
  return { email, name, of, ...password, ...(site === undefined ? {} : { site: site.replace(/\/$/, "") }) };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        email: { type: "string" },
        name: { type: "string" },
        organiser: { type: "string" },
        "new-organiser": { type: "string" },
        "password-stdin": { type: "boolean" },
        site: { type: "string" },
      },
    }).values;
  } catch (cause) {
    throw new Problem("CONFIGURATION", `These arguments are not known: ${usage}.`, { cause });
  }
}

/** Where people reach the app, as far as its environment says. */
function siteOf(environment: Environment): string {
  const [host = "localhost"] = environment.ALLOWED_HOSTS;
  return isDeployed(environment) ? `https://${host.replace(/^\./, "")}` : `http://${host}:${environment.PORT}`;
}
