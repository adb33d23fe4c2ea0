// What one evaluation of a program yields: plain data, the same bytes every time.

/** A value nobody can know before the cloud has answered. */
export const unknownValue = "(known after up)";

/** A secret's place; its value never enters a graph. */
export interface SecretValue {
  readonly secret: string;
}

/** A resource as the program registered it. */
export interface ResourceNode {
  readonly urn: string;
  /** Pulumi's type token, e.g. `aws:ec2/vpc:Vpc`. */
  readonly type: string;
  readonly name: string;
  /** True for resources of a provider, false for components. */
  readonly custom: boolean;
  readonly parent?: string;
  /**
   * Inputs as sent to the provider; values of other resources read `{name.property}`, secrets are {@link SecretValue},
   * files `AssetValue`s.
   */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** URNs that this one waits for. */
  readonly dependencies: readonly string[];
  /** URNs by the input that they come in through. */
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
  /** Name of an explicit provider; left out for the default one. */
  readonly provider?: string;
  readonly options: ResourceNodeOptions;
  /** File and line of the program that made it; only of a type that the tables do not know. */
  readonly place?: string;
}

/** The options of a resource that change what the engine does with it; only those that are set. */
export interface ResourceNodeOptions {
  readonly protect?: true;
  readonly retainOnDelete?: true;
  readonly deleteBeforeReplace?: boolean;
  readonly ignoreChanges?: readonly string[];
  readonly replaceOnChanges?: readonly string[];
  readonly additionalSecretOutputs?: readonly string[];
  /** Every URN that the resource may have had before, those through its parents' aliases among them. */
  readonly aliases?: readonly string[];
  readonly hooks?: readonly string[];
  /** URN of the resource whose deletion takes this one along. */
  readonly deletedWith?: string;
  /** URNs of the resources whose replacement replaces this one. */
  readonly replaceWith?: readonly string[];
  /** Id of an existing resource to take over. */
  readonly import?: string;
  readonly customTimeouts?: { readonly create?: string; readonly update?: string; readonly delete?: string };
}

/** A whole evaluated program. */
export interface Graph {
  readonly project: string;
  readonly stack: string;
  /** In the order of their URNs. */
  readonly resources: readonly ResourceNode[];
  readonly outputs: Readonly<Record<string, unknown>>;
}

export function isSecretValue(value: unknown): value is SecretValue {
  return typeof value === "object" && value !== null && Object.keys(value).length === 1 && "secret" in value;
}

export function isProvider({ type }: ResourceNode): boolean {
  return type.startsWith("pulumi:providers:");
}

/** Whether something exists in the cloud or on a host for it: no component, no provider. */
export function isReal(node: ResourceNode): boolean {
  return node.custom && !isProvider(node);
}
