// IAM: who may do what.
import { attachedPolicies, attachmentTypes, documentTypes, identityDocuments } from "../identity-policies.ts";
import type { Fault, Policy, Resource } from "../model.ts";
import { at, firstFault, unless } from "../read.ts";
import { type Statement, statementsOf } from "../statements.ts";

/** @param fault what is wrong with a statement that allows something, in any document that a resource gives to an identity */
function eachPermission(resource: Resource, fault: (statement: Statement) => Fault): Fault {
  return firstFault(identityDocuments(resource), (document) => eachAllowed(document, fault));
}

function eachAllowed(document: unknown, fault: (statement: Statement) => Fault): Fault {
  const statements = statementsOf(document);
  if (statements.length === 0) return "has no statements that can be read";
  return firstFault(statements, (statement) => (statement.allows ? fault(statement) : undefined));
}

export const permissionsNameActions: Policy = {
  name: "permissions-name-actions",
  title: "A policy names every action that it allows",
  why: "A wildcard also allows what AWS adds next year.",
  fix: "Write out the actions.",
  severity: "high",
  controls: ["IAM.1", "IAM.21", "AwsSolutions-IAM5", "CKV_AWS_62", "CKV_AWS_63"],
  on: documentTypes,
  check: (resource) =>
    eachPermission(resource, ({ actions }) => {
      const wide = actions.filter((action) => action.includes("*"));
      return unless(wide.length === 0, `allows ${wide.join(", ")}`);
    }),
};

/** Actions that AWS knows no resource for. Source: the Service Authorization Reference of each service. */
const withoutResource = new Set([
  "ecr:GetAuthorizationToken",
  "cloudwatch:PutMetricData",
  "ssmmessages:CreateControlChannel",
  "ssmmessages:CreateDataChannel",
  "ssmmessages:OpenControlChannel",
  "ssmmessages:OpenDataChannel",
  "xray:PutTraceSegments",
  "xray:PutTelemetryRecords",
]);

export const permissionsNameResources: Policy = {
  name: "permissions-name-resources",
  title: "A policy names what its actions are allowed on",
  why: "A process that was taken over must not reach beyond its own environment.",
  fix: "Write out the ARNs.",
  severity: "high",
  controls: ["KMS.1", "KMS.2", "AwsSolutions-IAM5", "CKV_AWS_288", "CKV_AWS_289", "CKV_AWS_290", "CKV_AWS_355"],
  on: documentTypes,
  exceptions: [`Actions that AWS knows no resource for: ${[...withoutResource].join(", ")}.`],
  check: (resource) =>
    eachPermission(resource, ({ actions, resources }) => {
      const everywhere = resources.some((resource) => /^\*$|^arn:[^:]*:[^:]*:[^:]*:[^:]*:\*$/.test(resource));
      const wide = actions.filter((action) => !withoutResource.has(action));
      return unless(!everywhere || wide.length === 0, `allows ${wide.join(", ")} on everything`);
    }),
};

export const roleTrustsOneService: Policy = {
  name: "role-trusts-one-service",
  title: "A role is for one service, acting for this account",
  why: "A service that acts for others could be talked into using it, and * is everybody.",
  fix: "Name one service principal, with a condition on aws:SourceAccount or aws:SourceArn.",
  severity: "critical",
  controls: ["CKV_AWS_60", "CKV_AWS_61"],
  on: ["aws:iam/role:Role"],
  check: ({ inputs }) =>
    eachAllowed(at(inputs, "assumeRolePolicy"), ({ principals, conditions }) => {
      const [only, ...others] = principals;
      return (
        unless(
          others.length === 0 && only?.startsWith("Service ") === true,
          `can be assumed by ${principals.join(", ")}`,
        ) ??
        unless(
          conditions.some((condition) => /aws:source(account|arn)/i.test(condition)),
          "can be assumed for whatever account the service acts",
        )
      );
    }),
};

/** AWS's own policies that its documentation asks for by name. */
const managedPolicies = new Set(
  [
    "service-role/AmazonRDSEnhancedMonitoringRole",
    "service-role/AWSBackupServiceRolePolicyForBackup",
    "service-role/AWSBackupServiceRolePolicyForRestores",
    "AWSBackupServiceRolePolicyForS3Backup",
    "AWSBackupServiceRolePolicyForS3Restore",
    "AmazonECSInfrastructureRolePolicyForLoadBalancers",
  ].map((name) => `arn:aws:iam::aws:policy/${name}`),
);

export const roleOwnPolicies: Policy = {
  name: "role-own-policies",
  title: "A role has policies of its own, not AWS's",
  why: "AWS's allow more than one program needs, and AWS changes them.",
  fix: "Write a policy with the actions that are needed.",
  severity: "medium",
  controls: ["AwsSolutions-IAM4", "CKV_AWS_274"],
  on: attachmentTypes,
  exceptions: [
    "AmazonRDSEnhancedMonitoringRole, which AWS's documentation asks for: it writes to the log group RDSOSMetrics and no other.",
    "AWSBackupServiceRolePolicyFor…, for AWS Backup's own roles: what a backup has to read grows with AWS's services.",
    "AmazonECSInfrastructureRolePolicyForLoadBalancers, which AWS's documentation asks for with blue/green and canary: with it ECS moves traffic between target groups.",
  ],
  check: (resource) =>
    firstFault(attachedPolicies(resource), (attached) =>
      unless(!/^arn:[^:]*:iam::aws:/.test(attached) || managedPolicies.has(attached), `attaches ${attached}`),
    ),
};
