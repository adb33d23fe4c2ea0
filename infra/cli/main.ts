// The commands of `./berth`. Each lives in a file of its own, loaded when it is the one that was asked for.
import { styleText } from "node:util";
import { Command, CommanderError } from "commander";
import { ConfigError } from "../config/parse.ts";
import { HostFault } from "../vps/fault.ts";
import { addCloudCommands } from "./cloud-commands.ts";
import { debug, exitCodes, Failure } from "./failure.ts";
import { addHostCommands } from "./host-commands.ts";
import { OutputLost } from "./interruption.ts";
import { guardOutput } from "./output.ts";
import { addReviewCommands } from "./review-commands.ts";

function program(): Command {
  const berth = new Command("berth")
    .description("Environments for a containerized TypeScript app, as Pulumi programs.")
    .option("--debug", "show the stack trace of a failure")
    .showHelpAfterError("(berth --help lists the commands, berth COMMAND --help explains one)")
    .exitOverride();

  berth
    .command("up")
    .description("bring an environment up; ends with a URL that answers")
    .argument("[stack]", "the stack, from Pulumi.<stack>.yaml", "dev")
    .option(
      "--embedded",
      "without Docker and Pulumi: PostgreSQL and the app as processes of this machine (stacks with architecture vps)",
    )
    .option("--engine", "with the Pulumi engine, or fail")
    .option("--yes", "needed for a stack of tier production")
    .action(async (stack, options) => (await import("./up.ts")).up(stack, options));

  berth
    .command("destroy")
    .description("take an environment down that the Pulumi engine brought up")
    .argument("<stack>", "the stack, from Pulumi.<stack>.yaml")
    .option("--yes", "needed for every stack but those of tier development")
    .option("--delete-data <stack>", "its data too, which else stays: type the stack's name (stacks on a Docker host)")
    .action(async (stack, options) => (await import("./destroy.ts")).destroy(stack, options));

  berth
    .command("plan")
    .description("show what a stack consists of or what a change does to it, without engine, credentials or network")
    .argument("<stack>", "the stack, from Pulumi.<stack>.yaml")
    .option("--against <base>", "compare with a git revision, a file that --json made, or what is deployed: `deployed`")
    .option("--details", "every resource, every changed property, every cost")
    .option("--json", "all of it, as JSON")
    .option("--markdown", "as a comment on a pull request")
    .option("--html <file>", "write all of it to a page that needs nothing but itself")
    .option("--svg <file>", "write the picture of the architecture to a file")
    .action(async (stack, options) => (await import("./plan.ts")).plan(stack, options));

  berth
    .command("test")
    .description("run the tests: all, those of a folder (infra, app, cli, engine, browser), or a file")
    .argument("[what...]", "folders below test/ or parts of file names")
    .option("--watch", "run again on every change")
    .option("--retry", "run a few files that failed once more, alone, and say which of them passed then")
    .action(async (what, options) => (await import("./test.ts")).test(what, options));

  berth
    .command("bench")
    .description("measure the figures this project holds itself to, as ratios in one run")
    .argument("[what...]", "parts to run: plan, app", [])
    .action(async (what) => (await import("./bench.ts")).bench(what));

  addHostCommands(berth);
  addReviewCommands(berth);
  addCloudCommands(berth);
  return berth;
}

function fail(message: string, exitCode: number): void {
  process.stderr.write(`${styleText("red", "berth:", { stream: process.stderr })} ${message}\n`);
  process.exitCode = exitCode;
}

guardOutput();
try {
  await program().parseAsync(process.argv.filter((word) => word !== "--debug"));
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has printed its own sentence; help that was asked for is no failure.
    if (error.exitCode !== 0) process.exitCode = exitCodes.usage;
  } else if (error instanceof OutputLost) {
    process.exitCode = error.exitCode;
  } else {
    const known = error instanceof Failure || error instanceof ConfigError || error instanceof HostFault;
    const message = error instanceof Error ? error.message : String(error);
    fail(
      known || debug ? message : `${message} (berth ${process.argv.slice(2).join(" ")} --debug shows where)`,
      error instanceof Failure ? error.exitCode : error instanceof ConfigError ? exitCodes.usage : exitCodes.failed,
    );
    if (debug && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  }
}
