import { expect, test } from "vitest";
import { Connection } from "../../../infra/components/aws/connection.ts";
import { FlowLogs } from "../../../infra/components/aws/flow-logs.ts";
import { zoneFault } from "../../../infra/components/aws/pure/zones.ts";
import { synth } from "../../support/synth.ts";
import { network, refused, statement, statements, task, telemetryKey } from "./parts.ts";

const subnet = "aws:ec2/subnet:Subnet";
const route = "aws:ec2/route:Route";

test("cuts a public, a private and an isolated subnet in every zone, none of which hands out addresses", async () => {
  const result = await synth(() => {
    network({ zones: ["a", "c"] });
  });
  const subnets = result.all(subnet);
  expect(subnets.map(({ name, inputs }) => [name, inputs.availabilityZone, inputs.cidrBlock])).toEqual([
    ["net-isolated-a", "eu-central-1a", "10.0.128.0/20"],
    ["net-isolated-c", "eu-central-1c", "10.0.144.0/20"],
    ["net-private-a", "eu-central-1a", "10.0.64.0/20"],
    ["net-private-c", "eu-central-1c", "10.0.80.0/20"],
    ["net-public-a", "eu-central-1a", "10.0.0.0/20"],
    ["net-public-c", "eu-central-1c", "10.0.16.0/20"],
  ]);
  expect(subnets.map(({ inputs }) => inputs.mapPublicIpOnLaunch)).toEqual(subnets.map(() => false));
});

test("the default security group has no rules", async () => {
  const result = await synth(() => {
    network();
  });
  const { inputs } = result.only("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup");
  expect(inputs).toMatchObject({ vpcId: "{net-vpc.id}" });
  expect(inputs).not.toHaveProperty("ingress");
  expect(inputs).not.toHaveProperty("egress");
});

test("a NAT gateway per zone gives every zone its own way out", async () => {
  const result = await synth(() => {
    network({ nat: "perZone" });
  });
  expect(result.all("aws:ec2/natGateway:NatGateway").map(({ inputs }) => inputs.subnetId)).toEqual([
    "{net-public-a.id}",
    "{net-public-b.id}",
  ]);
  expect(result.only(route, "net-private-a-out").inputs.natGatewayId).toBe("{net-nat-a.id}");
  expect(result.only(route, "net-private-b-out").inputs.natGatewayId).toBe("{net-nat-b.id}");
});

test("a single NAT gateway serves all zones, and tasks stand in private subnets", async () => {
  let net: ReturnType<typeof network> | undefined;
  const result = await synth(() => {
    net = network({ nat: "single" });
    return { tasks: net.taskSubnetIds };
  });
  expect(result.only("aws:ec2/natGateway:NatGateway").name).toBe("net-nat-a");
  expect(result.outputs.tasks).toEqual(["{net-private-a.id}", "{net-private-b.id}"]);
  expect(net?.assignPublicIp).toBe(false);
});

test("without NAT, private subnets have no way out and tasks stand in public ones", async () => {
  let net: ReturnType<typeof network> | undefined;
  const result = await synth(() => {
    net = network({ nat: "none" });
    return { tasks: net.taskSubnetIds };
  });
  expect(result.all("aws:ec2/natGateway:NatGateway")).toEqual([]);
  expect(result.all(route).map(({ name }) => name)).toEqual(["net-public-out"]);
  expect(result.outputs.tasks).toEqual(["{net-public-a.id}", "{net-public-b.id}"]);
  expect(net?.assignPublicIp).toBe(true);
});

test("isolated subnets have no route out under any setting, and S3 is reached without NAT", async () => {
  for (const nat of ["perZone", "single", "none"] as const) {
    const result = await synth(() => {
      network({ nat });
    });
    const tables = result.all(route).map(({ inputs }) => inputs.routeTableId);
    expect(tables).not.toContain("{net-isolated-routes.id}");
    const isolated = result
      .all("aws:ec2/routeTableAssociation:RouteTableAssociation")
      .filter(({ inputs }) => String(inputs.subnetId).includes("isolated"));
    expect(isolated.map(({ inputs }) => inputs.routeTableId)).toEqual(isolated.map(() => "{net-isolated-routes.id}"));
    const endpoint = result.only("aws:ec2/vpcEndpoint:VpcEndpoint").inputs;
    expect(endpoint).toMatchObject({ vpcEndpointType: "Gateway", serviceName: "com.amazonaws.eu-central-1.s3" });
    expect(endpoint.routeTableIds).toContain("{net-public-routes.id}");
  }
});

test("refuses a block or a number of zones that do not fit before anything registers", async () => {
  expect(await refused(() => network({ cidr: "10.0.0.0/24" }), /too small/)).toEqual([]);
  expect(await refused(() => network({ zones: ["a", "b", "c", "d", "e"] }), /1 to 4 zones/)).toEqual([]);
});

/** As of the account of AWS's emulator. */
const virginia = async () => ({
  names: ["us-east-1f", "us-east-1a", "us-east-1b", "us-east-1c", "us-east-1d", "us-east-1e"],
  zoneIds: ["use1-az5", "use1-az6", "use1-az1", "use1-az2", "use1-az4", "use1-az3"],
});

test("a zone that AWS has not everything in is refused by its id, with why and the zones that will do", async () => {
  expect(await zoneFault("us-east-1e", "use1-az3", virginia)).toMatch(
    /^The zone us-east-1e is use1-az3 in this account, where AWS does not offer CloudFront's VPC origins \(as of [\d-]+\): choose from a, b, c, d, f in environment\.network\.zones\.$/,
  );
  const tokyo = async () => ({
    names: ["ap-northeast-1a", "ap-northeast-1c", "ap-northeast-1d"],
    zoneIds: ["apne1-az3", "apne1-az1", "apne1-az2"],
  });
  expect(await zoneFault("ap-northeast-1a", "apne1-az3", tokyo)).toMatch(
    /does not offer Fargate or CloudFront's VPC origins .*choose from c, d in/,
  );
});

test("any other zone will do, the symbol of a plan among them, and nobody is asked for more", async () => {
  const nobody = () => Promise.reject(new Error("asked"));
  const { names, zoneIds } = await virginia();
  for (const [index, name] of names.entries()) {
    if (name === "us-east-1e") continue;
    expect(await zoneFault(name, zoneIds[index] ?? "", nobody), name).toBeUndefined();
  }
  const planned = await synth(() => {
    network({ region: "us-east-1", zones: ["d", "e"] });
  });
  expect(planned.only(subnet, "net-private-e").inputs.availabilityZone).toBe("us-east-1e");
});

test("flow logs keep all traffic, encrypted, for the days given, and write by a role of their own", async () => {
  const result = await synth(() => {
    new FlowLogs("flow", { network: network(), key: telemetryKey(), days: 90 });
  });
  expect(result.only("aws:ec2/flowLog:FlowLog").inputs).toMatchObject({ trafficType: "ALL", vpcId: "{net-vpc.id}" });
  expect(result.only("aws:cloudwatch/logGroup:LogGroup").inputs).toMatchObject({
    retentionInDays: 90,
    kmsKeyId: "{telemetry-key.arn}",
  });
  const [allowed] = statements(result.only("aws:iam/rolePolicy:RolePolicy"));
  expect(allowed?.Resource).toEqual(["{flow-group.arn}", "{flow-group.arn}:*"]);
  const [trust] = statements(result.only("aws:iam/role:Role"), "assumeRolePolicy");
  expect(trust?.Condition).toEqual({ StringEquals: { "aws:SourceAccount": "{net-vpc.ownerId}" } });
});

test("the telemetry key turns over and serves this account's logs and alarms only", async () => {
  const result = await synth(() => {
    telemetryKey("telemetry", false);
  });
  const key = result.only("aws:kms/key:Key");
  expect(key.inputs).toMatchObject({ enableKeyRotation: true, deletionWindowInDays: 7 });
  expect(statement(key, "Logs")?.Condition).toEqual({
    ArnLike: { "kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:eu-central-1:123456789012:log-group:*" },
  });
  expect(statement(key, "Alarms")?.Condition).toEqual({ StringEquals: { "aws:SourceAccount": "123456789012" } });
});

test("a connection opens one port between two groups, and nothing else", async () => {
  const result = await synth(() => {
    const net = network();
    const from = task(net);
    new Connection("web-db", { from, to: { securityGroupId: net.vpcId }, port: 5432 });
  });
  const rule = { ipProtocol: "tcp", fromPort: 5432, toPort: 5432, description: "web-db" };
  expect(result.only("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "web-db-out").inputs).toEqual({
    ...rule,
    securityGroupId: "{web-sg.id}",
    referencedSecurityGroupId: "{net-vpc.id}",
  });
  expect(result.only("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule").inputs).toEqual({
    ...rule,
    securityGroupId: "{net-vpc.id}",
    referencedSecurityGroupId: "{web-sg.id}",
  });
});
