import { expect, test } from "vitest";
import { synth } from "../../support/synth.ts";
import { statement, storage } from "./parts.ts";

const buckets = ["files-logs", "files-media", "files-static"];

test("every bucket is private, owned by the account alone, encrypted, versioned, and clears up after itself", async () => {
  const result = await synth(() => void storage());
  expect(result.all("aws:s3/bucket:Bucket").map(({ name }) => name)).toEqual(buckets);
  for (const name of buckets) {
    const bucket = `{${name}.bucket}`;
    expect(result.only("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", `${name}-private`).inputs).toEqual({
      bucket,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    expect(result.only("aws:s3/bucketOwnershipControls:BucketOwnershipControls", `${name}-owner`).inputs).toEqual({
      bucket,
      rule: { objectOwnership: "BucketOwnerEnforced" },
    });
    const encryption = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration";
    expect(result.only(encryption, `${name}-encryption`).inputs).toMatchObject({
      bucket,
      rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }],
    });
    expect(result.only("aws:s3/bucketVersioning:BucketVersioning", `${name}-versions`).inputs).toEqual({
      bucket,
      versioningConfiguration: { status: "Enabled" },
    });
    const lifecycle = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration";
    expect(result.only(lifecycle, `${name}-lifecycle`).inputs).toMatchObject({
      bucket,
      rules: [{ status: "Enabled", abortIncompleteMultipartUpload: { daysAfterInitiation: 7 } }],
    });
  }
});

test("access logs go after the days given; what users uploaded never does", async () => {
  const result = await synth(() => void storage());
  const rules = (name: string) =>
    result.only("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", `${name}-lifecycle`).inputs.rules;
  expect(rules("files-logs")).toMatchObject([{ expiration: { days: 30 } }]);
  expect(rules("files-media")).not.toMatchObject([{ expiration: expect.anything() }]);
});

test("only this account's load balancers and edge write logs, over TLS", async () => {
  const result = await synth(() => void storage());
  const policy = result.only("aws:s3/bucketPolicy:BucketPolicy");
  expect(statement(policy, "TlsOnly")).toMatchObject({
    Effect: "Deny",
    Principal: "*",
    Action: "s3:*",
    Resource: ["{files-logs.arn}", "{files-logs.arn}/*"],
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  });
  expect(statement(policy, "LoadBalancerLogs")).toMatchObject({
    Resource: "{files-logs.arn}/load-balancer/AWSLogs/123456789012/*",
    Condition: {
      ArnLike: { "aws:SourceArn": "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/*" },
    },
  });
  expect(statement(policy, "EdgeLogs")).toMatchObject({
    Condition: { StringEquals: { "aws:SourceAccount": "123456789012" } },
  });
});

test("buckets that are kept refuse to go with their objects; media is protected where asked for", async () => {
  const kept = await synth(() => void storage({ retain: true, protect: true }));
  expect(kept.all("aws:s3/bucket:Bucket").map(({ inputs }) => inputs.forceDestroy)).toEqual([false, false, false]);
  expect(kept.only("aws:s3/bucket:Bucket", "files-media").options.protect).toBe(true);
  const not = await synth(() => void storage({ retain: false }));
  expect(not.all("aws:s3/bucket:Bucket").map(({ inputs }) => inputs.forceDestroy)).toEqual([true, true, true]);
  expect(not.only("aws:s3/bucket:Bucket", "files-media").options.protect).toBeUndefined();
});
