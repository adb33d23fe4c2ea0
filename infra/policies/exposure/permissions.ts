// Who may do what, by IAM policies and by those of resources.
import { attachedPolicies, holdersOf, identityDocuments } from "../identity-policies.ts";
import type { Resource, Stack } from "../model.ts";
import { at, textsAt } from "../read.ts";
import { resourceStatements } from "../resource-policies.ts";
import { type Statement, statementsOf } from "../statements.ts";
import { type Exposure, everybody } from "./model.ts";
import { thing } from "./things.ts";

const role = "aws:iam/role:Role";
const user = "aws:iam/user:User";
const group = "aws:iam/group:Group";
const userGroups = "aws:iam/userGroupMembership:UserGroupMembership";
const groupUsers = "aws:iam/groupMembership:GroupMembership";

export function permissions(stack: Stack): Exposure[] {
  return stack.resources.flatMap((resource) => [
    ...granted(resource, stack),
    ...attached(resource, stack),
    ...(resource.type === role ? trusted(resource) : []),
    ...joined(resource, stack),
    ...resourceStatements(resource).flatMap((statement) =>
      abilities(principalsOf(statement), ofItself(statement, resource, stack)),
    ),
  ]);
}

function holderNames(resource: Resource, stack: Stack): readonly string[] {
  if (resource.type === "aws:iam/policy:Policy") return [`whoever has ${thing(resource)}`];
  const holders = holdersOf(resource, stack).map(thing);
  return holders.length === 0 ? [thing(resource)] : holders;
}

function granted(resource: Resource, stack: Stack): Exposure[] {
  return identityDocuments(resource)
    .flatMap(statementsOf)
    .flatMap((statement) => abilities(holderNames(resource, stack), statement));
}

function attached(resource: Resource, stack: Stack): Exposure[] {
  return attachedPolicies(resource).flatMap((policy) =>
    holderNames(resource, stack).map((who) => may(who, `do what ${policy} allows`)),
  );
}

/** Users who are put into groups. */
function joined(resource: Resource, stack: Stack): Exposure[] {
  const [member, members] = { [userGroups]: ["user", "groups"], [groupUsers]: ["users", "group"] }[resource.type] ?? [];
  if (member === undefined || members === undefined) return [];
  const names = (type: string, property: string) => {
    const known = stack.referredBy(resource, type, property).map(thing);
    return known.length > 0 ? known : textsAt(resource.inputs, property);
  };
  return names(user, member).flatMap((who) => names(group, members).map((one) => may(who, `do what ${one} may do`)));
}

function may(who: string, does: string): Exposure {
  return { kind: "permission", who, verb: "may", does, isPublic: false };
}

function trusted(role: Resource): Exposure[] {
  return statementsOf(at(role.inputs, "assumeRolePolicy")).flatMap((statement) =>
    abilities(principalsOf(statement), { ...statement, resources: [thing(role)] }),
  );
}

/** A key's policy calls the key `*`, and a policy or grant beside the key means that key. */
function ofItself(statement: Statement, resource: Resource, stack: Stack): Statement {
  if (!resource.type.startsWith("aws:kms/")) return statement;
  const [key = resource] = stack.referredBy(resource, "aws:kms/key:Key", "keyId");
  const isGrant = resource.type === "aws:kms/grant:Grant" && key !== resource;
  return { ...statement, resources: statement.resources.map((one) => (one === "*" || isGrant ? thing(key) : one)) };
}

const principalKinds: Readonly<Record<string, string>> = {
  Service: "AWS's service",
  AWS: "whoever is",
  Federated: "whoever comes from",
};

function principalsOf({ principals }: Statement): string[] {
  return principals.map((principal) => {
    const [kind = "", name = ""] = principal.split(" ");
    return principal === "*" ? everybody : `${principalKinds[kind] ?? kind} ${name}`;
  });
}

/** One for each action on each resource, so that two graphs can be compared. */
function abilities(holders: readonly string[], { allows, actions, resources, conditions }: Statement): Exposure[] {
  const where = conditions.length === 0 ? "" : ` where ${conditions.join(" and ")}`;
  return holders.flatMap((who) =>
    actions.flatMap((action) =>
      resources.map((resource) => ({
        kind: "permission" as const,
        who,
        verb: allows ? ("may" as const) : ("is denied" as const),
        does: `${action} on ${resource}${where}`,
        isPublic: allows && who === everybody,
        grant: { action, resource, conditions },
      })),
    ),
  );
}
