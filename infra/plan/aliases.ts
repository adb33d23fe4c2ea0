// The earlier URNs of a resource, worked out as the engine does: its own aliases, and those it has through its parent's.
import type * as aliasProto from "@pulumi/pulumi/proto/alias_pb.js";

/** What the URN of a resource is made of. */
export interface Identity {
  readonly stack: string;
  readonly project: string;
  /** The parent's URN; empty below the stack. */
  readonly parent: string;
  readonly type: string;
  readonly name: string;
}

const stackType = "pulumi:pulumi:Stack";

export function urnOf({ stack, project, parent, type, name }: Identity): string {
  const parentType = qualifiedType(parent);
  const qualified = parentType === undefined || parentType === stackType ? type : `${parentType}$${type}`;
  return `urn:pulumi:${stack}::${project}::${qualified}::${name}`;
}

/** The types of a URN's resource and its parents, joined by `$`; undefined for an empty one. */
export function qualifiedType(urn: string): string | undefined {
  return urn.split("::")[2];
}

export function isStack(urn: string): boolean {
  return qualifiedType(urn) === stackType;
}

/**
 * @param parentAliases earlier URNs of the parent
 * @returns every URN that the resource may have had, its present one not among them
 */
export function aliasUrns(
  self: Identity,
  aliases: readonly aliasProto.Alias[],
  parentAliases: readonly string[],
): string[] {
  const own = aliases.flatMap((alias) => {
    const spec = alias.getSpec();
    if (spec === undefined) return alias.getUrn();
    const was: Identity = {
      stack: spec.getStack() || self.stack,
      project: spec.getProject() || self.project,
      type: spec.getType() || self.type,
      name: spec.getName() || self.name,
      parent: spec.getNoparent() ? "" : spec.getParenturn() || self.parent,
    };
    const followsParent = !spec.getNoparent() && spec.getParenturn() === "";
    return [urnOf(was), ...(followsParent ? parentAliases.map((parent) => below(parent, self.parent, was)) : [])];
  });
  const inherited = parentAliases.map((parent) => below(parent, self.parent, self));
  return [...new Set([...own, ...inherited])].filter((urn) => urn !== urnOf(self)).sort();
}

/** A child of a renamed parent had the parent's earlier name at the start of its own, if it has the present one there. */
function below(parentAlias: string, parent: string, child: Identity): string {
  const now = nameOf(parent);
  const name = child.name.startsWith(now) ? nameOf(parentAlias) + child.name.slice(now.length) : child.name;
  return urnOf({ ...child, parent: parentAlias, name });
}

function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}
