// What keeps an environment and tells of it: backups, budget, ledger, queries, uploads, the way in for a tunnel.
import { expect, test } from "vitest";
import { Backup, type BackupArgs } from "../../../infra/components/aws/backup.ts";
import { Budget } from "../../../infra/components/aws/budget.ts";
import { Ledger } from "../../../infra/components/aws/ledger.ts";
import { RollbackAlarms } from "../../../infra/components/aws/rollback-alarms.ts";
import { SavedQueries } from "../../../infra/components/aws/saved-queries.ts";
import { TunnelRole } from "../../../infra/components/aws/tunnel-role.ts";
import { Uploads } from "../../../infra/components/aws/uploads.ts";
import { Uptime } from "../../../infra/components/aws/uptime.ts";
import { synth } from "../../support/synth.ts";
import { database, loadBalancer, network, statement, statements, storage } from "./parts.ts";

const backup = (args: Partial<BackupArgs> = {}) =>
  synth(() => {
    const net = network();
    new Backup("backup", {
      ...{ accountId: "123456789012", database: database(net), media: storage().media },
      ...{ keepDays: 35, restoreTests: true, retain: true, copyRegion: "eu-west-1", ...args },
    });
  });

test("backups go to a vault with a key of its own every day, and a copy to another region's, for the days given", async () => {
  const result = await backup();
  expect(result.only("aws:backup/plan:Plan").inputs.rules).toMatchObject([
    {
      targetVaultName: "{backup-vault.name}",
      schedule: "cron(0 6 * * ? *)",
      lifecycle: { deleteAfter: 35 },
      copyActions: [{ destinationVaultArn: "{backup-copy-vault.arn}", lifecycle: { deleteAfter: 35 } }],
    },
  ]);
  expect(result.only("aws:backup/selection:Selection").inputs.resources).toEqual([
    "{db-postgres.arn}",
    "{files-media.arn}",
  ]);
  for (const [name, region] of [
    ["backup", undefined],
    ["backup-copy", "eu-west-1"],
  ]) {
    const vault = result.only("aws:backup/vault:Vault", `${name}-vault`).inputs;
    expect([vault.region, vault.kmsKeyArn, vault.forceDestroy]).toEqual([region, `{${name}-key.arn}`, false]);
    const key = result.only("aws:kms/key:Key", `${name}-key`).inputs;
    expect([key.region, key.enableKeyRotation, key.deletionWindowInDays]).toEqual([region, true, 30]);
  }
});

test("the newest backup is restored every week, among the isolated subnets, by AWS's own policies for it", async () => {
  const result = await backup();
  expect(result.only("aws:backup/restoreTestingPlan:RestoreTestingPlan").inputs).toMatchObject({
    scheduleExpression: "cron(0 12 ? * SUN *)",
    recoveryPointSelection: { includeVaults: ["{backup-vault.arn}"], selectionWindowDays: 7 },
  });
  expect(result.only("aws:backup/restoreTestingSelection:RestoreTestingSelection").inputs).toMatchObject({
    protectedResourceArns: ["{db-postgres.arn}"],
    restoreMetadataOverrides: { dbsubnetgroupname: "{db-subnets.name}" },
  });
  const without = await backup({ restoreTests: false, retain: false });
  expect(without.all("aws:backup/restoreTestingPlan:RestoreTestingPlan")).toEqual([]);
  expect(without.all("aws:backup/vault:Vault").map(({ inputs }) => inputs.forceDestroy)).toEqual([true, true]);
  const rights = (graph: typeof result) =>
    graph.all("aws:iam/rolePolicyAttachment:RolePolicyAttachment").filter(({ name }) => name.startsWith("backup-may"));
  expect([rights(result).length, rights(without).length]).toEqual([3, 2]);
});

test("somebody hears of 80 % of a budget that is spent, and of a forecast that it will not do, by the stack's tag", async () => {
  const email = "oncall@example.com";
  const result = await synth(() => {
    new Budget("budget", { dollars: 120, email, tag: { key: "stack", value: "staging" } });
  });
  expect(result.only("aws:budgets/budget:Budget").inputs).toMatchObject({
    limitAmount: "120",
    costFilters: [{ name: "TagKeyValue", values: ["user:stack$staging"] }],
    notifications: [
      { notificationType: "ACTUAL", threshold: 80, subscriberEmailAddresses: [email] },
      { notificationType: "FORECASTED", threshold: 100, subscriberEmailAddresses: [email] },
    ],
  });
});

test.each([true, false])("the ledger can be restored to a point in time; kept: %s", async (retain) => {
  const result = await synth(() => void new Ledger("ledger", { retain }));
  expect(result.only("aws:dynamodb/table:Table").inputs).toMatchObject({
    pointInTimeRecovery: { enabled: true },
    deletionProtectionEnabled: retain,
    billingMode: "PAY_PER_REQUEST",
  });
});

test("alarms that take a deployment back tell nobody by themselves: the deployment does", async () => {
  const result = await synth(
    () => void new RollbackAlarms("rollback", { loadBalancer: loadBalancer(network()), sleeps: false }),
  );
  for (const { inputs } of result.all("aws:cloudwatch/metricAlarm:MetricAlarm")) {
    expect(inputs).toMatchObject({ datapointsToAlarm: 2, treatMissingData: "notBreaching" });
    expect(inputs).not.toHaveProperty("alarmActions");
  }
});

test("saved queries stand in a folder and read the logs that they are about", async () => {
  const logGroups = { web: "web-group", worker: "worker-group" };
  const result = await synth(() => void new SavedQueries("queries", { folder: "berth-test", logGroups }));
  const saved = result.all("aws:cloudwatch/queryDefinition:QueryDefinition").map(({ inputs }) => inputs);
  expect(saved.map(({ name, logGroupNames }) => [name, logGroupNames])).toEqual([
    ["berth-test/errors", ["web-group", "worker-group"]],
    ["berth-test/jobs", ["worker-group"]],
    ["berth-test/one-request", ["web-group", "worker-group"]],
    ["berth-test/slow-requests", ["web-group"]],
  ]);
});

test("browsers may send forms to the bucket from the environment's pages only, and read nothing", async () => {
  const origins = ["https://shop.example.com"];
  const result = await synth(() => void new Uploads("uploads", { bucket: storage().media, origins }));
  expect(result.only("aws:s3/bucketCorsConfiguration:BucketCorsConfiguration").inputs).toMatchObject({
    bucket: "{files-media.bucket}",
    corsRules: [{ allowedOrigins: origins, allowedMethods: ["POST"] }],
  });
});

test("the task of a tunnel may be reached by Session Manager, and do nothing else", async () => {
  const result = await synth(() => void new TunnelRole("tunnel", { network: network() }));
  const policy = result.only("aws:iam/rolePolicy:RolePolicy");
  expect(statements(policy)).toHaveLength(1);
  expect(
    [statement(policy, "SessionManager")?.Action].flat().every((action) => action?.startsWith("ssmmessages:")),
  ).toBe(true);
});

test("the probe asks over HTTPS, by name, from three continents", async () => {
  const result = await synth(() => void new Uptime("uptime", { host: "shop.example.com", path: "/health/" }));
  expect(result.only("aws:route53/healthCheck:HealthCheck").inputs).toMatchObject({
    ...{ type: "HTTPS", fqdn: "shop.example.com", resourcePath: "/health/", enableSni: true, failureThreshold: 3 },
    regions: ["us-east-1", "eu-west-1", "ap-southeast-1"],
  });
});
