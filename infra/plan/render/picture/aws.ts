// AWS in a picture: the edge, a VPC's tiers with what runs in them, and beside them what is kept and what watches.
import type { ResourceNode } from "../../graph.ts";
import { awsFlows } from "./aws-flows.ts";
import { type Tiers, tiersOf } from "./aws-network.ts";
import type { Area, Card, Sketch } from "./model.ts";
import { count, inputAt, listAt, type Source, textAt } from "./source.ts";

const edge = "edge";

export function awsSketch(source: Source): Sketch {
  const tiers = tiersOf(source);
  const cards = [
    ...edgeCards(source),
    ...balancerCards(source, tiers),
    ...serviceCards(source, tiers),
    ...databaseCards(source, tiers),
    ...gatewayCards(source, tiers),
    ...sideCards(source),
  ];
  const used = new Set(cards.map(({ area }) => area));
  const areas = [edgeArea, ...tiers.areas, ...sideAreas].filter(({ id, frame }) => used.has(id) || frame !== undefined);
  return { areas, cards, flows: awsFlows(source, cards) };
}

const edgeArea: Area = { id: edge, title: "Edge", lines: ["worldwide"], place: "main", stands: [] };

const sideAreas: readonly Area[] = [
  { id: "storage", title: "Storage", lines: [], place: "side", stands: [] },
  { id: "secrets", title: "Secrets and keys", lines: [], place: "side", stands: [] },
  { id: "watch", title: "Watching", lines: [], place: "side", stands: [] },
  { id: "backup", title: "Backups", lines: [], place: "side", stands: [] },
];

type Look = Pick<Card, "area" | "kind" | "lines"> & Partial<Card>;

function card(node: ResourceNode, look: Look): Card {
  return { id: node.urn, title: node.name, stands: [node.urn], zones: [], ...look };
}

function edgeCards(source: Source): Card[] {
  return [
    ...source.ofType("aws:wafv2/webAcl:WebAcl").map((node) =>
      card(node, {
        area: textAt(node.inputs, "scope") === "CLOUDFRONT" ? edge : "secrets",
        kind: "firewall",
        lines: [count(listAt(node.inputs, "rules").length, "rule")],
      }),
    ),
    ...source.ofType("aws:cloudfront/distribution:Distribution").map((node) => {
      const names = listAt(node.inputs, "aliases").map(String).join(", ");
      return card(node, { area: edge, kind: "CloudFront", lines: [names || textAt(node.inputs, "httpVersion")] });
    }),
  ];
}

function balancerCards(source: Source, tiers: Tiers): Card[] {
  return source.ofType("aws:lb/loadBalancer:LoadBalancer").map((node) => {
    const listeners = source
      .referrers(node)
      .filter(({ type }) => type.endsWith("/listener:Listener"))
      .map(({ inputs }) => `${textAt(inputs, "protocol")} ${textAt(inputs, "port")}`);
    const reach = inputAt(node.inputs, "internal") === true ? "internal" : "internet-facing";
    return card(node, {
      area: tiers.areaOf(node) ?? tiers.inner ?? edge,
      kind: "load balancer",
      lines: [[reach, ...listeners.toSorted()].join(", ")],
      zones: tiers.zonesOf(node),
    });
  });
}

function serviceCards(source: Source, tiers: Tiers): Card[] {
  const services = source.ofType("aws:ecs/service:Service");
  const tasks = source.ofType("aws:ecs/taskDefinition:TaskDefinition");
  const taskOf = (service: ResourceNode) => source.referred(service, "taskDefinition");
  const served = new Set(services.flatMap(taskOf));
  const area = (node: ResourceNode) => tiers.areaOf(node) ?? tiers.inner ?? edge;
  return [
    ...services.map((node) =>
      card(node, {
        area: area(node),
        kind: "service",
        lines: [tasksText(node, source), ...taskOf(node).map(sizeText)],
        stands: [node, ...taskOf(node)].map(({ urn }) => urn),
        zones: tiers.zonesOf(node),
      }),
    ),
    ...tasks
      .filter((task) => !served.has(task))
      .map((node) =>
        card(node, { area: area(node), kind: "task", lines: ["started one by one", sizeText(node)], zones: [] }),
      ),
  ];
}

function tasksText(service: ResourceNode, source: Source): string {
  const scaling = source
    .ofType("aws:appautoscaling/target:Target")
    .find(({ inputs }) => textAt(inputs, "resourceId").includes(`{${service.name}.`));
  if (scaling === undefined) return count(Number(textAt(service.inputs, "desiredCount")), "task");
  return `${textAt(scaling.inputs, "minCapacity")} to ${textAt(scaling.inputs, "maxCapacity")} tasks`;
}

function sizeText({ inputs }: ResourceNode): string {
  const processor = textAt(inputs, "runtimePlatform.cpuArchitecture").replace("X86_64", "x86");
  const size = `${Number(textAt(inputs, "cpu")) / 1024} vCPU, ${Number(textAt(inputs, "memory")) / 1024} GB`;
  return [size, processor].filter(Boolean).join(", ");
}

function databaseCards(source: Source, tiers: Tiers): Card[] {
  return source.ofType("aws:rds/instance:Instance").map((node) => {
    const { inputs } = node;
    const engine = `${textAt(inputs, "engine").replace("postgres", "PostgreSQL")} ${textAt(inputs, "engineVersion")}`;
    const standby = inputAt(inputs, "multiAz") === true ? "with a standby" : "no standby";
    return card(node, {
      area: tiers.areaOf(node) ?? tiers.inner ?? "storage",
      kind: "database",
      lines: [`${engine}, ${textAt(inputs, "instanceClass")}`, `${textAt(inputs, "allocatedStorage")} GB, ${standby}`],
      zones: tiers.zonesOf(node),
    });
  });
}

/** All ways out of one kind are one card. */
function gatewayCards(source: Source, tiers: Tiers): Card[] {
  const areaOf = (nodes: readonly ResourceNode[]) =>
    nodes.flatMap((node) => tiers.areaOf(node) ?? [])[0] ?? tiers.areas[0]?.id ?? edge;
  const zones = (nodes: readonly ResourceNode[]) => [...new Set(nodes.flatMap((node) => tiers.zonesOf(node)))];
  return [
    ...group(source, ["aws:ec2/natGateway:NatGateway"], "NAT gateway", (nodes) => ({
      area: areaOf(nodes),
      kind: "way out",
      lines: ["out of private subnets"],
      zones: zones(nodes),
    })),
    ...group(source, ["aws:ec2/vpcEndpoint:VpcEndpoint"], "endpoint", (nodes) => ({
      area: areaOf(nodes),
      kind: "way to AWS",
      lines: [nodes.map(({ inputs }) => textAt(inputs, "serviceName").split(".").at(-1)).join(", ")],
    })),
  ];
}

function sideCards(source: Source): Card[] {
  const each = (type: string, look: (node: ResourceNode) => Look) =>
    source.ofType(type).map((node) => card(node, look(node)));
  const region = ({ inputs }: ResourceNode) => textAt(inputs, "region");
  return [
    ...each("aws:s3/bucket:Bucket", (node) => ({
      area: "storage",
      kind: "bucket",
      lines: node.options.protect ? ["protected"] : [],
    })),
    ...each("aws:dynamodb/table:Table", () => ({ area: "storage", kind: "table", lines: [] })),
    ...each("aws:ecr/repository:Repository", () => ({ area: "storage", kind: "images", lines: [] })),
    ...each("aws:sqs/queue:Queue", () => ({ area: "storage", kind: "queue", lines: [] })),
    ...each("aws:secretsmanager/secret:Secret", () => ({ area: "secrets", kind: "secret", lines: [] })),
    ...group(source, ["aws:kms/key:Key"], "key", () => ({ area: "secrets", kind: "encryption", lines: [] })),
    ...group(source, ["aws:cloudwatch/metricAlarm:MetricAlarm"], "alarm", () => ({
      area: "watch",
      kind: "alarms",
      lines: [],
    })),
    ...each("aws:sns/topic:Topic", (node) => ({ area: "watch", kind: "topic", lines: [subscribers(node, source)] })),
    ...group(source, ["aws:cloudwatch/logGroup:LogGroup"], "log group", () => ({
      area: "watch",
      kind: "logs",
      lines: [],
    })),
    ...group(source, ["aws:cloudwatch/dashboard:Dashboard"], "dashboard", () => ({
      area: "watch",
      kind: "dashboard",
      lines: [],
    })),
    ...group(source, ["aws:route53/healthCheck:HealthCheck"], "check from outside", () => ({
      area: "watch",
      kind: "uptime",
      lines: [],
    })),
    ...each("aws:backup/vault:Vault", (node) => ({
      area: "backup",
      kind: "vault",
      lines: [region(node)].filter(Boolean),
    })),
  ];
}

function subscribers(topic: ResourceNode, source: Source): string {
  const found = source.referrers(topic).filter(({ type }) => type === "aws:sns/topicSubscription:TopicSubscription");
  return found.map(({ inputs }) => `${textAt(inputs, "protocol")} ${textAt(inputs, "endpoint")}`).join(", ");
}

/** Several resources as one card with their number; none for no resource. */
function group(
  source: Source,
  types: readonly string[],
  what: string,
  look: (nodes: readonly ResourceNode[]) => Look,
): Card[] {
  const nodes = source.ofType(...types);
  if (nodes.length === 0) return [];
  const stands = nodes.map(({ urn }) => urn);
  return [{ id: `group ${what}`, title: count(nodes.length, what), stands, zones: [], ...look(nodes) }];
}
