// The environment variables of containers: what the kit sets, what a stack adds, and nothing twice.
import * as pulumi from "@pulumi/pulumi";

/** A value that no plan, log or command line may show. */
export interface SecretText {
  readonly secret: pulumi.Output<string>;
}

export type PlainText = string | pulumi.Output<string>;

/** Variables by name; what is secret says so. */
export type ContainerEnvironment = Readonly<Record<string, PlainText | SecretText>>;

export function isSecretText(value: PlainText | SecretText): value is SecretText {
  return typeof value !== "string" && !pulumi.Output.isInstance(value);
}

/**
 * The kit's own variables with those that a stack adds.
 *
 * @param own what the kit sets
 * @param variables `environment.variables` of the stack
 * @param secrets values of what `environment.secrets` names
 * @throws pulumi.RunError, which the engine shows without a stack trace, if a stack sets what the kit sets, or a name twice
 */
export function mergeEnvironment(
  own: ContainerEnvironment,
  variables: Readonly<Record<string, string>>,
  secrets: Readonly<Record<string, pulumi.Output<string>>>,
): ContainerEnvironment {
  for (const [place, names] of [
    ["environment.variables", Object.keys(variables)],
    ["environment.secrets", Object.keys(secrets)],
  ] as const) {
    for (const name of names) {
      if (name in own)
        throw new pulumi.RunError(`${place} has ${name}, which the architecture sets itself: remove it there.`);
    }
  }
  const twice = Object.keys(variables).find((name) => name in secrets);
  if (twice !== undefined) {
    throw new pulumi.RunError(
      `${twice} is in environment.variables and in environment.secrets: remove it from one of them.`,
    );
  }
  const secretTexts = Object.entries(secrets).map(([name, secret]) => [name, { secret }] as const);
  return { ...own, ...variables, ...Object.fromEntries(secretTexts) };
}

/** Variables as `NAME=value`, in the order of their names; those of secrets are secret. */
export function environmentEntries(environment: ContainerEnvironment): pulumi.Input<string>[] {
  return Object.entries(environment)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => {
      if (!isSecretText(value))
        return typeof value === "string" ? `${name}=${value}` : pulumi.interpolate`${name}=${value}`;
      return pulumi.secret(pulumi.interpolate`${name}=${value.secret}`);
    });
}

/** Where containers find the files of their secrets. */
export const secretFolder = "/run/secrets";

/** An environment as containers get it: secrets as files, or as variables for images that read none. */
export interface SplitEnvironment {
  /** Everything that is told by variables. */
  readonly environment: ContainerEnvironment;
  /** Of these, what is in clear, and what is not. */
  readonly variables: Readonly<Record<string, PlainText>>;
  readonly secretVariables: Readonly<Record<string, pulumi.Output<string>>>;
  /** Contents of the files in {@link secretFolder}, by name. */
  readonly files: Readonly<Record<string, pulumi.Output<string>>>;
  /** All secret values, whichever way they go. */
  readonly secrets: readonly pulumi.Output<string>[];
}

/** As `files`, NAME becomes a file and `NAME_FILE` a variable that says where. */
export function splitSecrets(environment: ContainerEnvironment, as: "files" | "variables"): SplitEnvironment {
  const variables: Record<string, PlainText> = {};
  const secrets: Record<string, pulumi.Output<string>> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (!isSecretText(value)) variables[name] = value;
    else {
      secrets[name] = value.secret;
      if (as === "files") variables[`${name}_FILE`] = `${secretFolder}/${name}`;
    }
  }
  const secretTexts = Object.entries(secrets).map(([name, secret]) => [name, { secret }] as const);
  return {
    environment: as === "files" ? variables : { ...variables, ...Object.fromEntries(secretTexts) },
    variables,
    secretVariables: as === "files" ? {} : secrets,
    files: as === "files" ? secrets : {},
    secrets: Object.values(secrets),
  };
}
