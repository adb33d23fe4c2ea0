// What every architecture returns: the contract between an environment and whoever uses it.
import type * as pulumi from "@pulumi/pulumi";

/** Outputs of a stack; nothing secret among them. */
export interface EnvironmentOutputs {
  /** Where users find the environment. */
  readonly url: pulumi.Output<string>;
}
