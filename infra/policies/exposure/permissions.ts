// Who may do what, by IAM policies and by those of resources.
import type { Resource, Stack } from "../model.ts";
import { at } from "../read.ts";
import { type Statement, statementsOf } from "../statements.ts";
import { type Exposure, everybody } from "./model.ts";
import { thing } from "./things.ts";

/** Types whose `policy` is of the identity that another input names. */
const identityPolicies: Readonly<Record<string, { readonly property: string; readonly type: string }>> = {
  "aws:iam/rolePolicy:RolePolicy": { property: "role", type: "aws:iam/role:Role" },
  "aws:iam/userPolicy:UserPolicy": { property: "user", type: "aws:iam/user:User" },
};

/** Types whose `policy` says who may use the resource: itself, or one that it names. */
const resourcePolicies = new Set([
  "aws:ecr/repositoryPolicy:RepositoryPolicy",
  "aws:kms/key:Key",
  "aws:s3/bucketPolicy:BucketPolicy",
  "aws:secretsmanager/secretPolicy:SecretPolicy",
  "aws:sns/topicPolicy:TopicPolicy",
  "aws:sqs/queuePolicy:QueuePolicy",
]);

export function permissions(stack: Stack): Exposure[] {
  return stack.resources.flatMap((resource) => {
    const identity = identityPolicies[resource.type];
    if (identity !== undefined) {
      const holders = stack.referredBy(resource, identity.type, identity.property).map(thing);
      return granted(holders.length === 0 ? [thing(resource)] : holders, resource);
    }
    if (resource.type === "aws:iam/policy:Policy") return granted([`whoever has ${thing(resource)}`], resource);
    if (resource.type === "aws:iam/rolePolicyAttachment:RolePolicyAttachment") return [attached(resource, stack)];
    if (resource.type === "aws:iam/role:Role") return trusted(resource);
    return resourcePolicies.has(resource.type)
      ? statementsOf(at(resource.inputs, "policy")).flatMap((statement) =>
          // A key's policy calls the key `*`.
          abilities(principalsOf(statement), ofItself(statement, resource)),
        )
      : [];
  });
}

function granted(holders: readonly string[], { inputs }: Resource): Exposure[] {
  return statementsOf(at(inputs, "policy")).flatMap((statement) => abilities(holders, statement));
}

function attached(attachment: Resource, stack: Stack): Exposure {
  const [holder] = stack.referredBy(attachment, "aws:iam/role:Role", "role");
  const who = holder === undefined ? thing(attachment) : thing(holder);
  return {
    kind: "permission",
    who,
    verb: "may",
    does: `do what ${String(at(attachment.inputs, "policyArn"))} allows`,
    isPublic: false,
  };
}

function trusted(role: Resource): Exposure[] {
  return statementsOf(at(role.inputs, "assumeRolePolicy")).flatMap((statement) =>
    abilities(principalsOf(statement), { ...statement, resources: [thing(role)] }),
  );
}

function ofItself(statement: Statement, resource: Resource): Statement {
  if (!resource.type.startsWith("aws:kms/")) return statement;
  return { ...statement, resources: statement.resources.map((one) => (one === "*" ? thing(resource) : one)) };
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
