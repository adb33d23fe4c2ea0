// What a policy is and what it looks at: plain data, so that the same constant runs in `plan`, in a Pulumi policy pack and in
// tests.

/** What an environment is for, as `berth:environment` has it. */
export type Tier = "development" | "staging" | "production";

/** A resource with its inputs: a node of a plan's graph, or what the engine shows a policy pack. */
export interface Resource {
  readonly urn: string;
  /** Pulumi's type token, e.g. `aws:s3/bucket:Bucket`. */
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** URNs by the input that they come in through: how resources are told to belong together, whatever their ids. */
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
  readonly options?: { readonly protect?: boolean };
}

/** All resources of a stack; a plan's graph is one. */
export interface Resources {
  readonly resources: readonly Resource[];
}

export const severities = ["critical", "high", "medium", "low"] as const;
export type Severity = (typeof severities)[number];

/** What is wrong, to be read after the resource's name: `is stored in clear`; undefined where nothing is. */
export type Fault = string | undefined;

interface Rule {
  /** Kebab-case, unique: what waivers name. */
  readonly name: string;
  /** What holds. */
  readonly title: string;
  readonly why: string;
  readonly fix: string;
  readonly severity: Severity;
  /** Public controls that it covers, e.g. `RDS.3` (AWS FSBP), `CIS 2.2.1`, `AwsSolutions-RDS2` (cdk-nag), `CKV_AWS_16` (Checkov). */
  readonly controls: readonly string[];
  /** Types that it looks at. */
  readonly on: readonly string[];
  /** Tiers that it is not asked of, each with the reason. */
  readonly notIn?: { readonly [T in Tier]?: string };
  /** What it lets pass on purpose, each a sentence with the reason. */
  readonly exceptions?: readonly string[];
  /** Why the engine cannot be asked, for one that runs in `plan` alone. */
  readonly planOnly?: string;
}

/** A rule on a resource alone. The engine is stopped before it makes the resource. */
export interface ResourcePolicy extends Rule {
  readonly check: (resource: Resource, tier: Tier) => Fault;
}

/** A rule on a resource and what belongs to it. The engine is stopped at the end of a preview. */
export interface StackPolicy extends Rule {
  readonly checkWithin: (resource: Resource, stack: Stack) => Fault;
}

export type Policy = ResourcePolicy | StackPolicy;

/** A stack's resources, to be asked for what belongs together. */
export interface Stack {
  readonly tier: Tier;
  readonly resources: readonly Resource[];
  /** Resources of `type` that refer to `target` in their input `property`. */
  referringTo(target: Resource, type: string, property: string): readonly Resource[];
  /** Resources of `type` that `resource` refers to in its input `property`, or anywhere. */
  referredBy(resource: Resource, type: string, property?: string): readonly Resource[];
}

/** A policy that a resource does not keep. */
export interface Finding {
  readonly policy: string;
  readonly severity: Severity;
  readonly urn: string;
  /** A sentence that starts with the resource's name. */
  readonly message: string;
  readonly why: string;
  readonly fix: string;
  readonly controls: readonly string[];
}

/** Somebody's word that a finding may stand until a day. */
export interface PolicyWaiver {
  readonly urn: string;
  /** Name of the policy; a waiver without one is for the gate of stateful resources and waives no policy. */
  readonly policy?: string;
  readonly reason: string;
  readonly who: string;
  /** Last day that it holds, `2026-12-24`. */
  readonly expires: string;
}
