// The environment variables of tasks: what the kit sets, what a stack adds, and nothing twice.
import * as pulumi from "@pulumi/pulumi";

/** Where ECS reads a value from when it starts a task; never the value. */
export interface SecretReference {
  readonly valueFrom: pulumi.Output<string>;
}

export type PlainText = string | pulumi.Output<string>;

/** Variables by name; those that are secret are references. */
export type TaskEnvironment = Readonly<Record<string, PlainText | SecretReference>>;

export function isSecretReference(value: PlainText | SecretReference): value is SecretReference {
  return typeof value !== "string" && !pulumi.Output.isInstance(value);
}

/**
 * Checks what a stack adds to the kit's own variables, before anything registers.
 *
 * @param own names that the kit sets
 * @param variables `environment.variables` of the stack
 * @param secrets `environment.secrets` of the stack
 * @throws pulumi.RunError, which the engine shows without a stack trace, if a stack sets what the kit sets or a name twice
 */
export function assertAdditions(
  own: readonly string[],
  variables: Readonly<Record<string, string>>,
  secrets: readonly string[],
): void {
  for (const [place, names] of [
    ["environment.variables", Object.keys(variables)],
    ["environment.secrets", secrets],
  ] as const) {
    const taken = names.find((name) => own.includes(name));
    if (taken !== undefined) {
      throw new pulumi.RunError(`${place} has ${taken}, which the architecture sets itself: remove it there.`);
    }
  }
  const twice = secrets.find((name) => name in variables);
  if (twice !== undefined) {
    throw new pulumi.RunError(
      `${twice} is in environment.variables and in environment.secrets: remove it from one of them.`,
    );
  }
}
