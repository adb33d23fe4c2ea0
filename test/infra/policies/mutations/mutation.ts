// What a mutation is: one hardening weakened in a recorded graph, with the policies that must notice.

/** The graphs that are mutated; production is the strictest of each architecture. */
export type Base = "production" | "vps production";

export interface Mutation {
  /** The policies that find it, and no others. */
  readonly breaks: readonly string[];
  readonly in: Base;
  readonly type: string;
  /** The first of the type unless given. */
  readonly name?: string;
  /**
   * What is done: inputs by path, in a list by place or as `name=…` (JSON text on the way is rewritten; undefined takes one
   * away), …
   */
  readonly set?: Readonly<Record<string, unknown>>;
  /** … a switch turned, … */
  readonly turn?: string;
  /** … the resource taken away, … */
  readonly remove?: true;
  /** … another resource referred to by an input, … */
  readonly refer?: { readonly property: string; readonly type: string; readonly name: string };
  /** … an option of Pulumi's taken away, … */
  readonly unset?: "protect";
  /** … or a resource more, with these inputs and, by input, the resources that it refers to. */
  readonly add?: {
    readonly inputs: Readonly<Record<string, unknown>>;
    readonly refer?: Readonly<Record<string, { readonly type: string; readonly name: string }>>;
  };
}

/** Of an AWS resource in production. */
export const cloud = (type: string, breaks: string | readonly string[], change: Partial<Mutation>): Mutation => ({
  in: "production",
  type: `aws:${type}`,
  breaks: [breaks].flat(),
  ...change,
});

/** Of a Docker resource on a production server. */
export const docker = (type: string, breaks: string | readonly string[], change: Partial<Mutation>): Mutation => ({
  in: "vps production",
  type: `docker:index/${type}`,
  breaks: [breaks].flat(),
  ...change,
});
