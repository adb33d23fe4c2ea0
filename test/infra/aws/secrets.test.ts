import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { Secrets } from "../../../infra/components/aws/secrets.ts";
import { synth } from "../../support/synth.ts";
import { refused } from "./parts.ts";

const made = (retain = true) =>
  synth(() => {
    const secrets = new Secrets("secrets", {
      generated: ["SECRET_KEY"],
      given: { SENTRY_DSN: pulumi.secret("canary-value") },
      retain,
    });
    return { generated: secrets.reference("SECRET_KEY"), given: secrets.reference("SENTRY_DSN") };
  });

test("values go to one secret with a key of its own, and are secret on their way", async () => {
  const result = await made();
  expect(result.only("aws:kms/key:Key").inputs.enableKeyRotation).toBe(true);
  expect(result.only("aws:secretsmanager/secret:Secret").inputs).toMatchObject({ kmsKeyId: "{secrets-key.arn}" });
  expect(result.only("aws:secretsmanager/secretVersion:SecretVersion").inputs.secretString).toEqual({ secret: "…" });
  expect(result.only("random:index/randomPassword:RandomPassword").inputs).toMatchObject({ length: 64 });
  expect(JSON.stringify(result)).not.toContain("canary-value");
});

test("references name the version, so that a changed value reaches running tasks", async () => {
  const { outputs } = await made();
  expect(outputs).toEqual({
    generated: { valueFrom: "{secrets-app.arn}:SECRET_KEY::{secrets-values.versionId}" },
    given: { valueFrom: "{secrets-app.arn}:SENTRY_DSN::{secrets-values.versionId}" },
  });
});

test("a secret that is kept can be brought back for 30 days, another is gone at once", async () => {
  expect((await made(true)).only("aws:secretsmanager/secret:Secret").inputs.recoveryWindowInDays).toBe(30);
  expect((await made(false)).only("aws:secretsmanager/secret:Secret").inputs.recoveryWindowInDays).toBe(0);
});

test("refuses a name given twice before anything registers, and a reference to none", async () => {
  const given = { SECRET_KEY: pulumi.secret("x") };
  expect(
    await refused(() => new Secrets("s", { generated: ["SECRET_KEY"], given, retain: true }), /would be generated/),
  ).toEqual([]);
  await refused(
    () => new Secrets("s", { generated: ["SECRET_KEY"], given: {}, retain: true }).reference("OTHER"),
    /no secret OTHER; there are: SECRET_KEY/,
  );
});
