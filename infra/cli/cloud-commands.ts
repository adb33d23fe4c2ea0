// The commands for stacks of architecture `cloud`.
import type { Command } from "commander";

export function addCloudCommands(berth: Command): void {
  const stack = ["<stack>", "the stack, from Pulumi.<stack>.yaml"] as const;
  berth
    .command("deploy")
    .description("release another image of a stack on AWS; ends when its tasks run, or says why they do not")
    .argument(...stack)
    .requiredOption("--image <digest>", "the image: sha256:…, or repository@sha256:… with the configured repository")
    .option("--yes", "needed for a stack of tier production")
    .action(async (name, options) => (await import("./deploy.ts")).deploy(name, options));

  berth
    .command("rollback")
    .description("go back to an earlier release of a stack on AWS; refused where the schema forbids it")
    .argument(...stack)
    .argument(
      "[release]",
      "its number, from berth releases; unless named, the last that was live with another image than the newest",
    )
    .option("--yes", "needed for a stack of tier production")
    .action(async (name, release, options) => (await import("./rollback.ts")).rollback(name, release, options));

  berth
    .command("releases")
    .description("list what was released to a stack on AWS, by whom, and how it ended")
    .argument(...stack)
    .option("--json", "all that is known of each, as JSON")
    .action(async (name, options) => (await import("./releases.ts")).releases(name, options));

  berth
    .command("run")
    .description("run a command of the app in a task of its own on AWS: berth run STACK -- COMMAND")
    .argument(...stack)
    .argument("<command...>", "what the image is told to run")
    .option(
      "--as <process>",
      "the process whose settings and rights it gets: web, worker, or release, the owner",
      "web",
    )
    .option("--timeout <minutes>", "after which it is stopped", "60")
    .option("--yes", "needed for a stack of tier production")
    .action(async (name, command, options) => (await import("./run-command.ts")).runCommand(name, command, options));

  berth
    .command("logs")
    .description("show what the processes of a stack on AWS log")
    .argument(...stack)
    .option("--follow", "go on with new lines until Ctrl-C")
    .option("--since <duration>", "how far back: like 90s, 15m, 2h or 1d", "15m")
    .option("--process <name>", "web, worker or release; all unless named")
    .action(async (name, options) => (await import("./logs.ts")).logs(name, options));

  berth
    .command("tunnel")
    .description("open a port of this machine that leads to the database of a stack on AWS")
    .argument(...stack)
    .argument("<to>", "db")
    .option("--port <port>", "the port of this machine", "15432")
    .option("--host <address>", "another host in the database's network, like a restored copy of it")
    .option("--yes", "needed for a stack of tier production")
    .action(async (name, to, options) => (await import("./tunnel.ts")).tunnel(name, to, options));
}
