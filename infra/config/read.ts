// The only reader of pulumi.Config in the program.
import * as pulumi from "@pulumi/pulumi";
import { type Environment, secretNames } from "./environment.ts";
import { ConfigError, parseEnvironment } from "./parse.ts";

/** A stack's configuration as the program uses it. */
export interface StackConfig {
  readonly environment: Environment;
  /** Values of the secrets that the environment asks for, those of `environment.secrets` and the kit's; secret outputs. */
  readonly secrets: Readonly<Record<string, pulumi.Output<string>>>;
}

/**
 * Reads and checks the configuration of the stack that runs.
 *
 * @throws pulumi.RunError, which the engine shows without a stack trace, with every fault
 */
export function readConfig(): StackConfig {
  const config = new pulumi.Config();
  try {
    const environment = parseEnvironment(config.getObject("environment"), `Pulumi.${pulumi.getStack()}.yaml`);
    const secrets = Object.fromEntries(secretNames(environment).map((name) => [name, config.requireSecret(name)]));
    return { environment, secrets };
  } catch (error) {
    if (error instanceof ConfigError || pulumi.RunError.isInstance(error)) throw new pulumi.RunError(error.message);
    throw error;
  }
}
