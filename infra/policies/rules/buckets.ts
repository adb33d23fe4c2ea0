// S3 buckets, with the resources that harden each.
import type { Policy, Resource, Stack } from "../model.ts";
import { at, listAt, textsAt, unless } from "../read.ts";
import { statementsOf } from "../statements.ts";

const bucketType = "aws:s3/bucket:Bucket";
const policyType = "aws:s3/bucketPolicy:BucketPolicy";

function of(bucket: Resource, stack: Stack, kind: string): readonly Resource[] {
  return stack.referringTo(bucket, `aws:s3/bucket${kind}:Bucket${kind}`, "bucket");
}

export const publicAccessSwitches = [
  "blockPublicAcls",
  "blockPublicPolicy",
  "ignorePublicAcls",
  "restrictPublicBuckets",
] as const;

export const bucketNotPublic: Policy = {
  name: "bucket-not-public",
  title: "S3 refuses to make the bucket public",
  why: "One wrong policy or ACL would hand every object to everybody.",
  fix: "Add an aws.s3.BucketPublicAccessBlock with all four switches on.",
  severity: "critical",
  controls: [
    "S3.2",
    "S3.3",
    "S3.8",
    "CIS 2.1.4",
    "AwsSolutions-S2",
    "CKV_AWS_20",
    "CKV_AWS_53",
    "CKV_AWS_54",
    "CKV_AWS_55",
    "CKV_AWS_56",
    "CKV_AWS_57",
    "CKV2_AWS_6",
  ],
  on: [bucketType],
  checkWithin: (bucket, stack) =>
    unless(
      of(bucket, stack, "PublicAccessBlock").some(({ inputs }) =>
        publicAccessSwitches.every((name) => at(inputs, name) === true),
      ),
      "may be made public",
    ),
};

export const bucketEncrypted: Policy = {
  name: "bucket-encrypted",
  title: "The bucket says how its objects are encrypted",
  why: "AWS's default may change, and an audit asks for a decision.",
  fix: "Add an aws.s3.BucketServerSideEncryptionConfiguration.",
  severity: "medium",
  controls: ["CKV_AWS_19"],
  on: [bucketType],
  checkWithin: (bucket, stack) =>
    unless(
      of(bucket, stack, "ServerSideEncryptionConfiguration").some(({ inputs }) =>
        listAt(inputs, "rules").some((rule) =>
          ["AES256", "aws:kms", "aws:kms:dsse"].includes(
            String(at(rule, "applyServerSideEncryptionByDefault.sseAlgorithm")),
          ),
        ),
      ),
      "does not say how its objects are encrypted",
    ),
};

export const bucketTlsOnly: Policy = {
  name: "bucket-tls-only",
  title: "The bucket refuses requests without TLS",
  why: "Objects and signed URLs pass through the network as they are.",
  fix: 'Add a statement to its policy that denies s3:* to everybody where aws:SecureTransport is "false".',
  severity: "high",
  controls: ["S3.5", "CIS 2.1.1", "AwsSolutions-S10"],
  on: [bucketType],
  checkWithin: (bucket, stack) =>
    unless(
      of(bucket, stack, "Policy").some(({ inputs }) =>
        statementsOf(at(inputs, "policy")).some(
          ({ allows, actions, principals, resources, conditions }) =>
            !allows &&
            actions.includes("s3:*") &&
            principals.includes("*") &&
            // The bucket, and all objects in it.
            resources.some((resource) => resource.endsWith("/*")) &&
            resources.some((resource) => !resource.endsWith("/*")) &&
            conditions.length === 1 &&
            conditions.includes("Bool aws:SecureTransport = false"),
        ),
      ),
      "takes requests without TLS",
    ),
};

export const bucketVersioned: Policy = {
  name: "bucket-versioned",
  title: "The bucket keeps what is overwritten or deleted",
  why: "It is the way back from a mistake, of a person or of a program.",
  fix: "Add an aws.s3.BucketVersioning with status Enabled.",
  severity: "medium",
  controls: ["S3.14", "CKV_AWS_21"],
  on: [bucketType],
  checkWithin: (bucket, stack) =>
    unless(
      of(bucket, stack, "Versioning").some(({ inputs }) => at(inputs, "versioningConfiguration.status") === "Enabled"),
      "forgets what is overwritten or deleted",
    ),
};

export const bucketNoAcls: Policy = {
  name: "bucket-no-acls",
  title: "Policies alone decide who reads the bucket",
  why: "An object's ACL can let in anybody, and nobody looks at ACLs.",
  fix: "Add an aws.s3.BucketOwnershipControls with BucketOwnerEnforced.",
  severity: "medium",
  controls: ["S3.12", "CKV2_AWS_65"],
  on: [bucketType],
  checkWithin: (bucket, stack) =>
    unless(
      of(bucket, stack, "OwnershipControls").some(
        ({ inputs }) => at(inputs, "rule.objectOwnership") === "BucketOwnerEnforced",
      ),
      "lets objects have ACLs of their own",
    ),
};

export const bucketLifecycle: Policy = {
  name: "bucket-lifecycle",
  title: "The bucket lets go of old versions and unfinished uploads",
  why: "They are paid for, and what should be gone is not.",
  fix: "Add an aws.s3.BucketLifecycleConfiguration that expires noncurrent versions and aborts incomplete uploads.",
  severity: "low",
  controls: ["S3.10", "S3.13", "CKV2_AWS_61"],
  on: [bucketType],
  checkWithin: (bucket, stack) => {
    const rules = of(bucket, stack, "LifecycleConfiguration")
      .flatMap(({ inputs }) => listAt(inputs, "rules"))
      .filter((rule) => at(rule, "status") === "Enabled");
    return unless(
      rules.some((rule) => at(rule, "noncurrentVersionExpiration.noncurrentDays") !== undefined) &&
        rules.some((rule) => at(rule, "abortIncompleteMultipartUpload.daysAfterInitiation") !== undefined),
      "keeps old versions and unfinished uploads for ever",
    );
  },
};

export const bucketNotEmptied: Policy = {
  name: "bucket-not-emptied",
  title: "A bucket with objects in it is not deleted",
  why: "It takes two decisions, not one mistake, to lose what users uploaded.",
  fix: "Set forceDestroy: false.",
  severity: "high",
  controls: [],
  on: [bucketType],
  notIn: {
    development: "as staging",
    staging: "an environment to try things with is thrown away whole, and its data with it",
  },
  check: ({ inputs }) => unless(at(inputs, "forceDestroy") !== true, "is emptied when it is deleted"),
};

export const bucketPolicyNamesPrincipals: Policy = {
  name: "bucket-policy-names-principals",
  title: "A bucket's policy lets in only whom it names",
  why: "A principal of * is everybody with an AWS account, or without.",
  fix: "Name a service with a condition on its source, or a role.",
  severity: "critical",
  controls: ["S3.6", "CKV_AWS_70"],
  on: [policyType],
  check: ({ inputs }) => {
    const statements = statementsOf(at(inputs, "policy"));
    if (statements.length === 0) return "has no statements that can be read";
    const open = statements.find(({ allows, principals }) => allows && principals.includes("*"));
    if (open !== undefined) return `lets everybody ${open.actions.join(", ")}`;
    const service = statements.find(
      ({ allows, principals, conditions }) =>
        allows &&
        principals.some((principal) => principal.startsWith("Service ")) &&
        !conditions.some((condition) => /aws:source(arn|account)/i.test(condition)),
    );
    return unless(service === undefined, `lets ${service?.principals.join(", ")} in for whatever account it acts`);
  },
};

/** Whether an ACL, on the bucket or beside it, is one of those that let everybody in. */
export function hasPublicAcl(bucket: Resource, stack: Stack): boolean {
  const acls = [
    ...textsAt(bucket.inputs, "acl"),
    ...of(bucket, stack, "Acl").flatMap((acl) => textsAt(acl.inputs, "acl")),
  ];
  return acls.some((acl) => acl.startsWith("public-") || acl === "authenticated-read");
}
