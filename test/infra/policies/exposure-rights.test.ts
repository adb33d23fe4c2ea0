// What a resource more, or an input of another shape, makes possible: in whichever way rights and paths are written.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { projectRoot } from "../../../infra/cli/project.ts";
import type { Graph } from "../../../infra/plan/graph.ts";
import { checkPolicies } from "../../../infra/policies/check.ts";
import { exposureChange } from "../../../infra/policies/exposure/exposure.ts";
import { attachmentTypes, documentTypes } from "../../../infra/policies/identity-policies.ts";
import { policyDocumentInputs, resourcePolicyTypes } from "../../../infra/policies/resource-policies.ts";
import { committedGraph } from "../../support/committed.ts";
import { mutate } from "./mutate.ts";
import type { Mutation } from "./mutations/mutation.ts";

let production: Graph;
beforeAll(async () => {
  production = await committedGraph("production");
});

type Change = Omit<Mutation, "in" | "breaks">;

/** What changes of production make possible, as sentences. */
function gained(...changes: readonly Change[]) {
  const after = changes.reduce((graph, one) => mutate(graph, { in: "production", breaks: [], ...one }), production);
  return exposureChange(production, after).gained.map(({ text, isPublic }) => (isPublic ? `PUBLIC ${text}` : text));
}

const administrator = "arn:aws:iam::aws:policy/AdministratorAccess";
const role = { type: "aws:iam/role:Role", name: "web-task-role" };
const allowing = (Principal?: unknown) =>
  JSON.stringify({ Statement: { Effect: "Allow", Principal, Action: "x:Read", Resource: "*" } });

describe("rights of identities", () => {
  test.each<[string, Change, string]>([
    [
      "a role's managed policies",
      { ...role, set: { managedPolicyArns: [administrator] } },
      `Role web-task-role may now do what ${administrator} allows.`,
    ],
    [
      "a role's inline policies",
      { ...role, set: { inlinePolicies: [{ name: "more", policy: allowing() }] } },
      "Role web-task-role may now x:Read on *.",
    ],
    [
      "an attachment to several at once",
      {
        type: "aws:iam/policyAttachment:PolicyAttachment",
        add: { inputs: { policyArn: administrator }, refer: { roles: role } },
      },
      `Role web-task-role may now do what ${administrator} allows.`,
    ],
    [
      "the list of all attachments of a role",
      {
        type: "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive",
        add: { inputs: { policyArns: [administrator] }, refer: { roleName: role } },
      },
      `Role web-task-role may now do what ${administrator} allows.`,
    ],
    [
      "a user's attachment",
      { type: "aws:iam/userPolicyAttachment:UserPolicyAttachment", add: { inputs: { policyArn: administrator } } },
      `User policy attachment added may now do what ${administrator} allows.`,
    ],
    [
      "a group's policy",
      { type: "aws:iam/groupPolicy:GroupPolicy", add: { inputs: { policy: allowing() } } },
      "Group policy added may now x:Read on *.",
    ],
    [
      "a permission set's policy",
      {
        type: "aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy",
        add: { inputs: { inlinePolicy: allowing() } },
      },
      "Permission set inline policy added may now x:Read on *.",
    ],
    [
      "a user in a group",
      {
        type: "aws:iam/userGroupMembership:UserGroupMembership",
        add: { inputs: { user: "ana", groups: ["admins"] } },
      },
      "Ana may now do what admins may do.",
    ],
  ])("%s", (_, change, sentence) => {
    expect(gained(change)).toEqual([sentence]);
  });
});

describe("policies of resources", () => {
  const key = { type: "aws:kms/key:Key", name: "telemetry-key" };

  test("a key's policy and grant beside the key", () => {
    const policy = { inputs: { policy: allowing("*") }, refer: { keyId: key } };
    expect(gained({ type: "aws:kms/keyPolicy:KeyPolicy", add: policy })).toEqual([
      "PUBLIC Everybody may now x:Read on key telemetry-key.",
    ]);
    const inputs = { granteePrincipal: "arn:aws:iam::210987654321:root", operations: ["Decrypt", "CreateGrant"] };
    expect(gained({ type: "aws:kms/grant:Grant", add: { inputs, refer: { keyId: key } } })).toEqual([
      "Whoever is arn:aws:iam::210987654321:root may now kms:CreateGrant on key telemetry-key.",
      "Whoever is arn:aws:iam::210987654321:root may now kms:Decrypt on key telemetry-key.",
    ]);
  });

  test.each(Object.entries(policyDocumentInputs).filter(([type]) => !type.startsWith("aws:kms/")))(
    "%s",
    (type, property) => {
      const [outer = "", inner] = property.split(".");
      const inputs = { [outer]: inner === undefined ? allowing("*") : { [inner]: allowing("*") } };
      expect(gained({ type, add: { inputs } })).toContain("PUBLIC Everybody may now x:Read on *.");
    },
  );

  test.each<[string, object, string]>([
    [
      "lambda/permission:Permission",
      { action: "lambda:InvokeFunction", function: "report", principal: "*" },
      "PUBLIC Everybody may now lambda:InvokeFunction on report.",
    ],
    [
      "lambda/permission:Permission",
      {
        ...{ action: "lambda:InvokeFunction", function: "report", principal: "s3.amazonaws.com" },
        sourceArn: "arn:aws:s3:::media",
      },
      "AWS's service s3.amazonaws.com may now lambda:InvokeFunction on report where ArnLike aws:SourceArn = arn:aws:s3:::media.",
    ],
    [
      "lambda/functionUrl:FunctionUrl",
      { functionName: "report", authorizationType: "NONE" },
      "PUBLIC Everybody may now lambda:InvokeFunctionUrl on report.",
    ],
    [
      "cloudwatch/eventPermission:EventPermission",
      { principal: "210987654321", statementId: "partner" },
      "Whoever is 210987654321 may now events:PutEvents on default.",
    ],
  ])("%s %j", (type, inputs, sentence) => {
    expect(gained({ type: `aws:${type}`, add: { inputs: inputs as Record<string, unknown> } })).toEqual([sentence]);
  });

  test("an address of a function that asks for signatures opens nothing", () => {
    const inputs = { functionName: "report", authorizationType: "AWS_IAM" };
    expect(gained({ type: "aws:lambda/functionUrl:FunctionUrl", add: { inputs } })).toEqual([]);
  });
});

test.each([...new Set([...resourcePolicyTypes, ...documentTypes, ...attachmentTypes])])(
  "%s is a type of the provider, and has the input that is read",
  (type) => {
    const [, module = ""] = /^aws:([^:]+):/.exec(type) ?? [];
    const declared = join(projectRoot, "node_modules/@pulumi/aws", `${module}.d.ts`);
    expect(existsSync(declared)).toBe(true);
    const [property = ""] = (policyDocumentInputs[type] ?? "").split(".");
    expect(readFileSync(declared, "utf8").split("Args {").at(-1)).toContain(`    ${property}`);
  },
);

describe("paths", () => {
  const rule = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
  const balancer: Change = { type: "aws:lb/loadBalancer:LoadBalancer", set: { internal: false } };
  const reachable = "PUBLIC The internet can now reach load balancer web-lb on port 80.";

  test.each([["0.0.0.0/1"], ["128.0.0.0/1"], ["44.0.0.0/8"]])("%s is the internet", (cidrIpv4) => {
    expect(gained(balancer, { type: rule, name: "web-lb-cloudfront", set: { cidrIpv4 } })).toContain(reachable);
  });

  test("private blocks and narrow ones are named", () => {
    for (const cidrIpv4 of ["10.0.0.0/8", "100.64.0.0/10", "203.0.113.0/24"]) {
      expect(gained(balancer, { type: rule, name: "web-lb-cloudfront", set: { cidrIpv4 } })).toContain(
        `Addresses in ${cidrIpv4} can now reach load balancer web-lb on port 80.`,
      );
    }
  });

  test("so is a prefix list that holds it, entry by entry, and its policy sees it", () => {
    const list = { type: "aws:ec2/managedPrefixList:ManagedPrefixList", name: "all" };
    const group = { type: "aws:ec2/securityGroup:SecurityGroup", name: "web-lb-sg" };
    const changes = (...cidrs: string[]): Change[] => [
      balancer,
      { ...list, add: { inputs: { entries: [{ cidr: cidrs[0] }] } } },
      {
        ...{ type: "aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry", name: "half" },
        add: { inputs: { cidr: cidrs[1] }, refer: { prefixListId: list } },
      },
      {
        ...{ type: rule, name: "more" },
        add: {
          inputs: { prefixListId: "{all.id}", ipProtocol: "tcp", fromPort: 22, toPort: 22, description: "d" },
          refer: { prefixListId: list, securityGroupId: group },
        },
      },
    ];
    const found = (...cidrs: string[]) =>
      checkPolicies(
        changes(...cidrs).reduce((graph, one) => mutate(graph, { in: "production", breaks: [], ...one }), production),
      ).flatMap(({ policy, urn }) => (urn.endsWith("::more") ? [policy] : []));
    expect(gained(...changes("0.0.0.0/1", "128.0.0.0/1"))).toContain(
      "PUBLIC The internet can now reach load balancer web-lb on port 22.",
    );
    expect(found("0.0.0.0/1", "128.0.0.0/1")).toEqual(["ingress-closed-to-internet"]);
    expect(found("10.0.0.0/8", "203.0.113.0/24")).toEqual([]);
  });

  test("two halves in one rule of the old shape are one internet, out as well as in", () => {
    const group = { type: "aws:ec2/securityGroup:SecurityGroup", name: "web-sg" };
    const halves = { cidrBlocks: ["0.0.0.0/1", "128.0.0.0/1"], protocol: "tcp", fromPort: 25, toPort: 25 };
    const old = (type: string): Change => ({
      type: "aws:ec2/securityGroupRule:SecurityGroupRule",
      add: { inputs: { ...halves, type }, refer: { securityGroupId: group } },
    });
    expect(gained(old("egress"))).toEqual(["Service web-service can now reach the internet on port 25."]);
    expect(gained(old("ingress"))).toEqual([
      "Every address in the network can now reach service web-service on port 25.",
    ]);
  });
});
