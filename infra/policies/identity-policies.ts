// What gives rights to a role, user, group or permission set, in whichever resource it is written.
import type { Resource, Stack } from "./model.ts";
import { at, listAt, textsAt } from "./read.ts";

const role = "aws:iam/role:Role";
const user = "aws:iam/user:User";
const group = "aws:iam/group:Group";
const permissionSet = "aws:ssoadmin/permissionSet:PermissionSet";

interface Giver {
  /** Inputs that name whom the rights are given to, with the type of that resource; none if that is the resource itself. */
  readonly holders: Readonly<Record<string, string>>;
  /** Policy documents that are written out. */
  readonly documents?: (inputs: Resource["inputs"]) => readonly unknown[];
  /** ARNs of policies that are attached. */
  readonly attached?: (inputs: Resource["inputs"]) => readonly string[];
}

const documentIn = (property: string, holders: Giver["holders"] = {}): Giver => ({
  holders,
  documents: (inputs) => [at(inputs, property)],
});
const attachedBy = (property: string, holders: Giver["holders"]): Giver => ({
  holders,
  attached: (inputs) => textsAt(inputs, property),
});

/** By type. Source: the inputs of the provider's types, where every role, user, group and permission set can be named. */
const givers: Readonly<Record<string, Giver>> = {
  [role]: {
    holders: {},
    // An empty block stands for "no inline policies but these".
    documents: (inputs) =>
      listAt(inputs, "inlinePolicies").flatMap((one) => {
        const document = at(one, "policy");
        return document === undefined ? [] : [document];
      }),
    attached: (inputs) => textsAt(inputs, "managedPolicyArns"),
  },
  "aws:iam/policy:Policy": documentIn("policy"),
  "aws:iam/rolePolicy:RolePolicy": documentIn("policy", { role }),
  "aws:iam/userPolicy:UserPolicy": documentIn("policy", { user }),
  "aws:iam/groupPolicy:GroupPolicy": documentIn("policy", { group }),
  "aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy": documentIn("inlinePolicy", {
    permissionSetArn: permissionSet,
  }),
  "aws:iam/policyAttachment:PolicyAttachment": attachedBy("policyArn", { roles: role, users: user, groups: group }),
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": attachedBy("policyArn", { role }),
  "aws:iam/userPolicyAttachment:UserPolicyAttachment": attachedBy("policyArn", { user }),
  "aws:iam/groupPolicyAttachment:GroupPolicyAttachment": attachedBy("policyArn", { group }),
  // They take away what they do not name, and attach what they name.
  "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive": attachedBy("policyArns", { roleName: role }),
  "aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive": attachedBy("policyArns", { userName: user }),
  "aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive": attachedBy("policyArns", {
    groupName: group,
  }),
  "aws:ssoadmin/managedPolicyAttachment:ManagedPolicyAttachment": attachedBy("managedPolicyArn", {
    permissionSetArn: permissionSet,
  }),
  "aws:ssoadmin/managedPolicyAttachmentsExclusive:ManagedPolicyAttachmentsExclusive": attachedBy("managedPolicyArns", {
    permissionSetArn: permissionSet,
  }),
};

const typesWith = (part: "documents" | "attached") =>
  Object.entries(givers).flatMap(([type, giver]) => (giver[part] === undefined ? [] : [type]));

/** Types that hold policy documents of identities, and those that attach policies by ARN. */
export const documentTypes: readonly string[] = typesWith("documents");
export const attachmentTypes: readonly string[] = typesWith("attached");

/** The policy documents that a resource gives to an identity. */
export function identityDocuments({ type, inputs }: Resource): readonly unknown[] {
  return givers[type]?.documents?.(inputs) ?? [];
}

/** ARNs of the policies that a resource attaches to an identity. */
export function attachedPolicies({ type, inputs }: Resource): readonly string[] {
  return givers[type]?.attached?.(inputs) ?? [];
}

/** Whom a resource gives rights to, as far as it is made by this stack. */
export function holdersOf(resource: Resource, stack: Stack): readonly Resource[] {
  const { holders = {} } = givers[resource.type] ?? {};
  if (resource.type === role) return [resource];
  return Object.entries(holders).flatMap(([property, type]) => stack.referredBy(resource, type, property));
}
