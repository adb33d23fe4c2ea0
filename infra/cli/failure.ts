// How a command ends when it cannot do what it was asked.

/** Exit codes of every command. */
export const exitCodes = {
  /** What was asked for failed. */
  failed: 1,
  /** The command line or the configuration is wrong; nothing was begun. */
  usage: 2,
  /** The plan loses data or costs more than its budget, and nobody answers for it. */
  gate: 3,
  /** Ended by a signal: what had begun was put away. As a shell has it for SIGINT, 128 + 2. */
  interrupted: 130,
  /** Ended because nobody reads what it prints. As a shell has it for SIGPIPE, 128 + 13. */
  unread: 141,
} as const;

/** `--debug` counts wherever it stands on the command line. */
export const debug = process.argv.includes("--debug");

/** A failure the user can do something about: one sentence saying what is wrong, where, and what to do. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly exitCode: number;

  constructor(message: string, exitCode: number = exitCodes.failed) {
    super(message);
    this.exitCode = exitCode;
  }
}
