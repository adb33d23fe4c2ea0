// The app's secrets: some made here, some from configuration, in one secret with a key of its own.
//
//   const secrets = new Secrets("secrets", { generated: ["SECRET_KEY"], given: config.secrets, retain: true });
//   secrets.reference("SECRET_KEY")   // what ECS reads it by; no value leaves this component
//
// Monthly cost: $1.40.
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { SecretReference } from "./pure/environment.ts";

export interface SecretsArgs {
  /** Names of secrets to make up: 64 letters and digits each (380 bits). */
  readonly generated: readonly string[];
  /** Values from configuration, secret outputs, by name. */
  readonly given: Readonly<Record<string, pulumi.Output<string>>>;
  /** Keep the secret for 30 days after its deletion. Otherwise it is gone at once, and its name is free again. */
  readonly retain: boolean;
}

export class Secrets extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;
  /** The key that this secret is encrypted with; for others of the environment too. */
  readonly keyArn: pulumi.Output<string>;
  readonly names: readonly string[];
  /** All values, for nothing but to blot them out of what is shown; a secret output. */
  readonly values: pulumi.Output<string[]>;
  readonly #versionId: pulumi.Output<string>;

  constructor(name: string, args: SecretsArgs, opts?: pulumi.ComponentResourceOptions) {
    assertOnce(args);
    super("berth:security:Secrets", name, {}, opts);

    const key = new aws.kms.Key(
      `${name}-key`,
      { description: "Secrets", enableKeyRotation: true, deletionWindowInDays: args.retain ? 30 : 7 },
      { parent: this },
    );
    const secret = new aws.secretsmanager.Secret(
      `${name}-app`,
      {
        description: "Secret environment variables of the app",
        kmsKeyId: key.arn,
        recoveryWindowInDays: args.retain ? 30 : 0,
      },
      { parent: this },
    );
    const all = values(this, name, args);
    const version = new aws.secretsmanager.SecretVersion(
      `${name}-values`,
      { secretId: secret.id, secretString: pulumi.jsonStringify(all) },
      { parent: this },
    );

    this.arn = secret.arn;
    this.values = pulumi.all(Object.values(all));
    this.keyArn = key.arn;
    this.names = [...args.generated, ...Object.keys(args.given)];
    this.#versionId = version.versionId;
    this.registerOutputs({ arn: this.arn });
  }

  /**
   * How a task definition names one of the secrets. The version is part of it: a changed value makes a new task
   * definition, and so reaches tasks by a rolling update instead of at their next restart.
   *
   * @throws if there is no such secret
   */
  reference(name: string): SecretReference {
    if (!this.names.includes(name)) {
      throw new Error(`There is no secret ${name}; there are: ${this.names.join(", ")}.`);
    }
    return { valueFrom: pulumi.interpolate`${this.arn}:${name}::${this.#versionId}` };
  }
}

function assertOnce({ generated, given }: SecretsArgs): void {
  const twice = generated.filter((name) => name in given);
  if (twice.length > 0) {
    throw new Error(`${twice.join(", ")} would be generated: take it out of the secrets of the configuration.`);
  }
}

function values(parent: Secrets, name: string, args: SecretsArgs): Record<string, pulumi.Output<string>> {
  const generated = args.generated.map((variable) => {
    const made = new random.RandomPassword(
      `${name}-${variable.toLowerCase().replaceAll("_", "-")}`,
      { length: 64, special: false },
      { parent },
    );
    return [variable, made.result] as const;
  });
  return { ...Object.fromEntries(generated), ...args.given };
}
