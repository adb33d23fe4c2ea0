// Policies of resources: queues, vaults, images, functions. Buckets, keys and topics have rules of their own besides.
import type { Policy } from "../model.ts";
import { firstFault, unless } from "../read.ts";
import { resourcePolicyTypes, resourceStatements } from "../resource-policies.ts";
import type { Statement } from "../statements.ts";

/** Types of which another policy asks more. */
const withRulesOfTheirOwn = /^aws:(kms\/|s3\/bucketPolicy:BucketPolicy|sns\/topicPolicy:TopicPolicy)/;

/** Condition keys that say who it is, or for whom a service acts. */
const naming =
  /^(String|Arn)(Equals|Like|EqualsIgnoreCase) aws:(Source(Account|Arn|OrgID|Owner)|Principal(Account|Arn|OrgID)) = (?!\*$)/i;

export const resourcePolicyNamesPrincipals: Policy = {
  name: "resource-policy-names-principals",
  title: "A resource's policy lets in only whom it names",
  why: "A principal of * is everybody with an AWS account, or without; a service without a source acts for any account.",
  fix: "Name a role, an account, or a service with a condition on aws:SourceAccount or aws:SourceArn.",
  severity: "critical",
  controls: ["Lambda.1", "CKV_AWS_32", "CKV_AWS_258", "CKV_AWS_301"],
  on: resourcePolicyTypes.filter((type) => !withRulesOfTheirOwn.test(type)),
  exceptions: [
    "* with a condition on the account, organization or ARN that it comes from (aws:SourceArn, aws:PrincipalOrgID, …): that names whom.",
  ],
  check: (resource) => firstFault(resourceStatements(resource), lettingIn),
};

function lettingIn({ allows, actions, principals, conditions }: Statement): string | undefined {
  if (!allows || conditions.some((condition) => naming.test(condition))) return undefined;
  const service = principals.find((principal) => principal.startsWith("Service "));
  return (
    unless(!principals.includes("*"), `lets everybody ${actions.join(", ")}`) ??
    unless(service === undefined, `lets ${service} in for whatever account it acts`)
  );
}
