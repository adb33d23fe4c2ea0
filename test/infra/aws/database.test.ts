import { expect, test } from "vitest";
import { synth } from "../../support/synth.ts";
import { database, network, refused } from "./parts.ts";

const instanceType = "aws:rds/instance:Instance";
const kept = () => synth(() => void database(network()));
const thrownAway = () => synth(() => void database(network(), { retain: false, protect: false }));

test("is private, encrypted with its own key, over two zones, and takes its password from nobody", async () => {
  const result = await kept();
  const { inputs } = result.only(instanceType);
  expect(inputs).toMatchObject({
    engine: "postgres",
    publiclyAccessible: false,
    dbSubnetGroupName: "{db-subnets.name}",
    vpcSecurityGroupIds: ["{db-sg.id}"],
    storageEncrypted: true,
    kmsKeyId: "{db-key.arn}",
    multiAz: true,
    manageMasterUserPassword: true,
    masterUserSecretKmsKeyId: "arn:key",
    iamDatabaseAuthenticationEnabled: true,
    maxAllocatedStorage: 50,
    performanceInsightsEnabled: true,
    performanceInsightsKmsKeyId: "{db-key.arn}",
    monitoringInterval: 60,
  });
  expect(inputs).not.toHaveProperty("password");
  expect(result.only("aws:rds/subnetGroup:SubnetGroup").inputs.subnetIds).toEqual([
    "{net-isolated-a.id}",
    "{net-isolated-b.id}",
  ]);
  expect(result.only("aws:kms/key:Key", "db-key").inputs.enableKeyRotation).toBe(true);
});

test("takes TLS only and logs slow statements", async () => {
  const { inputs } = (await kept()).only("aws:rds/parameterGroup:ParameterGroup");
  expect(inputs.family).toBe("postgres16");
  expect(inputs.parameters).toContainEqual({ name: "rds.force_ssl", value: "1" });
  expect(inputs.parameters).toContainEqual({ name: "log_min_duration_statement", value: "500" });
});

test("one that is kept refuses deletion, leaves a snapshot and its backups, and the engine protects it", async () => {
  const result = await kept();
  const instance = result.only(instanceType);
  expect(instance.inputs).toMatchObject({
    backupRetentionPeriod: 7,
    deletionProtection: true,
    skipFinalSnapshot: false,
    finalSnapshotIdentifier: "db-{db-suffix.hex}-final",
    deleteAutomatedBackups: false,
    copyTagsToSnapshot: true,
  });
  expect(instance.options.protect).toBe(true);
  expect(result.only("aws:kms/key:Key", "db-key").options.protect).toBe(true);
});

test("one that is not kept goes with all it leaves", async () => {
  const instance = (await thrownAway()).only(instanceType);
  expect(instance.inputs).toMatchObject({
    deletionProtection: false,
    skipFinalSnapshot: true,
    deleteAutomatedBackups: true,
  });
  expect(instance.options.protect).toBeUndefined();
});

test("its log groups are there before RDS would make ones that are kept for ever", async () => {
  const result = await kept();
  const groups = result.all("aws:cloudwatch/logGroup:LogGroup");
  expect(groups.map(({ inputs }) => [inputs.name, inputs.retentionInDays, inputs.kmsKeyId])).toEqual([
    ["/aws/rds/instance/db-{db-suffix.hex}/postgresql", 30, "{db-telemetry-key.arn}"],
    ["/aws/rds/instance/db-{db-suffix.hex}/upgrade", 30, "{db-telemetry-key.arn}"],
  ]);
  const { inputs, dependencies } = result.only(instanceType);
  expect(inputs.identifier).toBe("db-{db-suffix.hex}");
  for (const group of groups) expect(dependencies).toContain(group.urn);
});

test("nothing is let in by itself", async () => {
  const result = await kept();
  expect(result.all("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")).toEqual([]);
  const group = result.only("aws:ec2/securityGroup:SecurityGroup").inputs;
  expect(group).not.toHaveProperty("ingress");
  expect(group).not.toHaveProperty("egress");
});

test("the app's address holds no password, and the owner's is only named", async () => {
  const result = await synth(() => {
    const { url, ownerSecretArn } = database(network());
    return { url, ownerSecretArn };
  });
  expect(result.outputs).toEqual({
    url: "postgresql://app@{db-postgres.address}:5432/app",
    ownerSecretArn: "{db-postgres.masterUserSecret.arn}",
  });
});

test("refuses storage that shrinks and an unknown class before anything of it registers", async () => {
  for (const [args, message] of [
    [{ storage: 50, maxStorage: 20 }, /not from 50 to 20/],
    [{ instanceClass: "db.z9.huge" }, /db\.z9\.huge is not known/],
  ] as const) {
    const types = await refused(() => database(network(), args), message);
    expect(types).not.toContain("berth:data:Database");
    expect(types).not.toContain(instanceType);
  }
});
