// The commands for stacks on a Docker host, beside those that every stack has.
import type { Command } from "commander";

const stackArgument = ["<stack>", "the stack, from Pulumi.<stack>.yaml"] as const;

export function addHostCommands(berth: Command): void {
  berth
    .command("status")
    .description("show how a stack on a Docker host is, on one screen; fails if something is not well")
    .argument(...stackArgument)
    .option("--json", "as JSON")
    .action(async (stack, options) => (await import("./status.ts")).status(stack, options));

  berth
    .command("maintenance")
    .description("show a page in the place of a stack's site, or end that; nothing is deployed")
    .argument(...stackArgument)
    .argument("<state>", "on or off")
    .action(async (stack, state) => (await import("./maintenance.ts")).maintenance(stack, state));

  berth
    .command("backup")
    .description(
      "make a backup of a stack's database and files now, list those there are, or carry one out of the host",
    )
    .argument(...stackArgument)
    .option("--list", "list what there is instead")
    .option("--json", "the list, as JSON")
    .option("--output <file>", "write the backup to a file here as well, as it is")
    .option("--dump <file>", "write the database to a file here as well, in clear, for pg_restore")
    .option("--id <backup>", "carry out an earlier backup, or latest, instead of making a new one")
    .action(async (stack, options) => (await import("./backup.ts")).backup(stack, options));

  berth
    .command("restore")
    .description("bring a backup back, files and database, or the database beside the one in use")
    .argument(...stackArgument)
    .argument("<backup>", "a backup's id, latest, or a file that backup --output wrote")
    .option("--into <database>", "into a new database of that name; the one in use is not touched")
    .option("--files", "only the app's files that are missing or have another content; the database is not touched")
    .option("--unsigned", "a file with a backup in clear too, though the stack has a BACKUP_KEY: know whence it comes")
    .option("--no-safety", "do not back up what is replaced first")
    .option("--yes", "needed for every stack but those of tier development")
    .action(async (stack, wanted, options) => (await import("./restore.ts")).restore(stack, wanted, options));

  const drill = berth.command("drill").description("try what one hopes never to need, and measure it");
  drill
    .command("restore")
    .description(
      "restore the database into a scratch one beside the real one, and read every file; RTO and RPO, measured",
    )
    .argument(...stackArgument)
    .option("--backup <backup>", "a backup's id, on a Docker host; the latest unless given")
    .option("--json", "as JSON")
    .action(async (stack, options) => (await import("./drill.ts")).drillRestore(stack, options));

  const server = berth.command("server").description("servers for stacks on a Docker host");
  server
    .command("prepare")
    .description("print what a fresh Debian or Ubuntu server needs, as a script; --apply runs it there")
    .argument("<address>", "the server, ssh://user@host[:port]; root, or a user who may sudo")
    .option("--apply", "run it on the server")
    .option("--ports <list>", "ports that the site is reached on", "80,443")
    .action(async (address, options) => (await import("./server.ts")).prepareServer(address, options));

  const branch = berth.command("branch").description("environments for git branches on the server of another stack");
  const template = ["--template <stack>", "the file they are made of, with architecture branch", "branch"] as const;
  branch
    .command("up")
    .description("bring a branch's environment up, or up to date; its end moves on")
    .argument("<name>", "the branch's name")
    .option("--image <reference>", "the app's image, in the place of the template's")
    .option(...template)
    .action(async (name, options) => (await import("./branch.ts")).branchUp(name, options));
  branch
    .command("down")
    .description("take a branch's environment down, with its database and everything else")
    .argument("<name>", "the branch's name")
    .option(...template)
    .action(async (name, options) => (await import("./branch.ts")).branchDown(name, options));
  branch
    .command("list")
    .description("list the branches that there are")
    .option("--json", "as JSON")
    .option(...template)
    .action(async (options) => (await import("./branch.ts")).branchList(options));
  branch
    .command("reap")
    .description("take down every branch whose end has come")
    .option(...template)
    .action(async (options) => (await import("./branch.ts")).branchReap(options));
}
