// The commands of a pull request's checks; they run on any machine as they run there.
import type { Command } from "commander";

export function addReviewCommands(berth: Command): void {
  berth
    .command("review")
    .description("plan every stack against a base, as the checks of a pull request do")
    .requiredOption("--against <base>", "a git revision, e.g. origin/main")
    .option("--output <folder>", "write plans (JSON), pages, pictures and the comment there", ".berth/review")
    .action(async (options) => (await import("./review.ts")).review(options));

  berth
    .command("comment")
    .description("put what review found into one comment of its pull request on GitHub, written anew each time")
    .argument("<folder>", "what review wrote; nothing of it is trusted")
    .action(async (folder) => (await import("./comment.ts")).comment(folder));

  berth
    .command("preview")
    .description("ask the engine and the cloud what they would do; needs credentials that may read, changes nothing")
    .argument("<stack>", "the stack, from Pulumi.<stack>.yaml")
    .action(async (stack) => (await import("./preview.ts")).preview(stack));
}
