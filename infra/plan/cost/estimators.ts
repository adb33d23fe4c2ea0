// What a resource of each type costs: pure functions from its inputs, the table of prices and the assumed usage.
import type { ResourceNode } from "../graph.ts";
import { databaseCost } from "./database-cost.ts";
import { type Context, type CostItem, type Estimator, item, type Unpriced } from "./items.ts";
import type { Price } from "./prices.ts";
import { freeEdgeTrafficGb } from "./usage.ts";

export const estimators: Readonly<Record<string, Estimator>> = {
  "aws:ecs/service:Service": fargateService,
  "aws:ecs/cluster:Cluster": ({ inputs }, { prices, usage }) =>
    JSON.stringify(inputs.settings ?? "").includes('"value":"disabled"') || inputs.settings === undefined
      ? []
      : [item("Container Insights", usage.insightMetrics, prices.customMetric, true)],
  "aws:lb/loadBalancer:LoadBalancer": (_, { prices, usage }) => [
    item("load balancer", usage.hours, prices.loadBalancer),
    item("capacity units", usage.hours * usage.loadBalancerUnits, prices.loadBalancerCapacity, true),
  ],
  "aws:ec2/natGateway:NatGateway": ({ type }, { prices, usage, count }) => [
    item("NAT gateway", usage.hours, prices.natGateway),
    item("traffic", usage.natTrafficGb / count(type), prices.natTraffic, true),
  ],
  "aws:ec2/eip:Eip": (_, { prices, usage }) => [item("public address", usage.hours, prices.publicIpv4)],
  "aws:ec2/vpcEndpoint:VpcEndpoint": ({ inputs }, { prices, usage }) =>
    inputs.vpcEndpointType === "Interface"
      ? [item("endpoint", usage.hours * listOf(inputs.subnetIds).length, prices.interfaceEndpoint)]
      : [],
  "aws:rds/instance:Instance": databaseCost,
  "aws:cloudfront/distribution:Distribution": (_, { prices, usage }) => [
    item("traffic beyond 1 TB", Math.max(0, usage.edgeTrafficGb - freeEdgeTrafficGb), prices.cdnTraffic, true),
  ],
  "aws:wafv2/webAcl:WebAcl": ({ inputs }, { prices, usage }) => [
    item("list of rules", 1, prices.firewallList),
    item("rules", listOf(inputs.rules).length, prices.firewallRule),
    item("requests", usage.requestMillions, prices.firewallRequests, true),
  ],
  "aws:secretsmanager/secret:Secret": (_, { prices }) => [item("secret", 1, prices.secret)],
  "aws:kms/key:Key": (_, { prices }) => [item("key", 1, prices.key)],
  "aws:cloudwatch/metricAlarm:MetricAlarm": ({ inputs }, { prices }) => [
    item("alarm", alarmMetrics(inputs.metricQueries), prices.alarmMetric),
  ],
  "aws:cloudwatch/compositeAlarm:CompositeAlarm": (_, { prices }) => [item("alarm", 1, prices.compositeAlarm)],
  "aws:cloudwatch/dashboard:Dashboard": (_, { prices }) => [item("dashboard", 1, prices.dashboard)],
  "aws:cloudwatch/logMetricFilter:LogMetricFilter": (_, { prices }) => [item("metric", 1, prices.customMetric)],
  "aws:route53/healthCheck:HealthCheck": ({ inputs }, { prices }) => [
    item("check", 1, prices.healthCheck),
    item("options", checkOptions(inputs), prices.healthCheckOption),
  ],
  "aws:backup/vault:Vault": ({ type }, { prices, usage, count }) => [
    item("backups", usage.vaultGb / count(type), prices.backupStorage, true),
  ],
  "aws:cloudwatch/logGroup:LogGroup": ({ type }, { prices, usage, count }) => [
    item("log lines", usage.logGb / count(type), prices.logIngestion, true),
  ],
  "aws:s3/bucket:Bucket": ({ type }, { prices, usage, count }) => [
    item("objects", usage.objectGb / count(type), prices.objectStorage, true),
  ],
};

/** Types that AWS does not charge for by themselves; what flows through them is counted where it ends. */
export const free: ReadonlySet<string> = new Set([
  "aws:acm/certificate:Certificate",
  "aws:acm/certificateValidation:CertificateValidation",
  "aws:appautoscaling/policy:Policy",
  "aws:appautoscaling/scheduledAction:ScheduledAction",
  "aws:appautoscaling/target:Target",
  "aws:backup/plan:Plan",
  "aws:backup/restoreTestingPlan:RestoreTestingPlan",
  "aws:backup/restoreTestingSelection:RestoreTestingSelection",
  "aws:backup/selection:Selection",
  "aws:budgets/budget:Budget",
  "aws:cloudfront/cachePolicy:CachePolicy",
  "aws:cloudfront/function:Function",
  "aws:cloudfront/originAccessControl:OriginAccessControl",
  "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy",
  "aws:cloudfront/vpcOrigin:VpcOrigin",
  "aws:cloudwatch/logDelivery:LogDelivery",
  "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination",
  "aws:cloudwatch/logDeliverySource:LogDeliverySource",
  "aws:cloudwatch/queryDefinition:QueryDefinition",
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
  "aws:ec2/flowLog:FlowLog",
  "aws:ec2/internetGateway:InternetGateway",
  "aws:ec2/route:Route",
  "aws:ec2/routeTable:RouteTable",
  "aws:ec2/routeTableAssociation:RouteTableAssociation",
  "aws:ec2/securityGroup:SecurityGroup",
  "aws:ec2/subnet:Subnet",
  "aws:ec2/vpc:Vpc",
  "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders",
  "aws:ecs/taskDefinition:TaskDefinition",
  "aws:iam/role:Role",
  "aws:iam/rolePolicy:RolePolicy",
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
  "aws:lb/listener:Listener",
  "aws:lb/listenerRule:ListenerRule",
  "aws:lb/targetGroup:TargetGroup",
  "aws:rds/parameterGroup:ParameterGroup",
  "aws:rds/subnetGroup:SubnetGroup",
  "aws:route53/record:Record",
  "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration",
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
  "aws:s3/bucketPolicy:BucketPolicy",
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
  "aws:s3/bucketVersioning:BucketVersioning",
  "aws:scheduler/schedule:Schedule",
  "aws:secretsmanager/secretVersion:SecretVersion",
  "aws:sns/topic:Topic",
  "aws:sns/topicPolicy:TopicPolicy",
  "aws:sns/topicSubscription:TopicSubscription",
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
  "aws:wafv2/ipSet:IpSet",
  "aws:wafv2/regexPatternSet:RegexPatternSet",
  "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
  // Paid for by request, of which a stack's own bookkeeping makes a handful.
  "aws:dynamodb/table:Table",
  "aws:dynamodb/tableItem:TableItem",
  // A host's own: the host is paid for elsewhere.
  "docker:index/container:Container",
  "docker:index/image:Image",
  "docker:index/network:Network",
  "docker:index/remoteImage:RemoteImage",
  "docker:index/volume:Volume",
  "random:index/randomId:RandomId",
  "random:index/randomPassword:RandomPassword",
]);

/** Packages whose resources are made on this machine, or on a host that is paid for elsewhere. */
const freePackages = new Set(["archive", "command", "docker", "local", "null", "pulumi", "random", "time", "tls"]);

/** Whether a type that has no estimator costs nothing by itself. AWS charges for nothing of IAM. */
export function isFree(type: string): boolean {
  return free.has(type) || type.startsWith("aws:iam/") || freePackages.has(type.split(":")[0] ?? "");
}

/** Tasks that always run; what autoscaling adds is left out. */
function fargateService(node: ResourceNode, { prices, usage, source }: Context): readonly (CostItem | Unpriced)[] {
  const task = source(node, "taskDefinition");
  const cpu = Number(task?.inputs.cpu) / 1024;
  const memory = Number(task?.inputs.memory) / 1024;
  const count = node.inputs.desiredCount;
  if (!(cpu > 0) || !(memory > 0) || typeof count !== "number")
    return [{ unpriced: "has tasks of a size or number that is not known" }];
  const arm = JSON.stringify(task?.inputs.runtimePlatform ?? "").includes("ARM64");
  const spot = JSON.stringify(node.inputs.capacityProviderStrategies ?? "").includes("FARGATE_SPOT");
  const share = spot ? prices.fargateSpotShare.dollars : 1;
  const of = (price: Price) => ({ ...price, dollars: price.dollars * share });
  const kind = `${count} × Fargate${arm ? " ARM" : ""}${spot ? " Spot" : ""}`;
  const isPublic = (node.inputs.networkConfiguration as { assignPublicIp?: boolean } | undefined)?.assignPublicIp;
  return [
    item(`${kind}, CPU`, count * cpu * usage.hours, of(arm ? prices.fargateArmCpu : prices.fargateX86Cpu)),
    item(`${kind}, memory`, count * memory * usage.hours, of(arm ? prices.fargateArmMemory : prices.fargateX86Memory)),
    ...(isPublic ? [item("public addresses", count * usage.hours, prices.publicIpv4)] : []),
  ];
}

/** HTTPS, looking for text, a fast interval and measured latency are paid for each. */
function checkOptions({ type, requestInterval, measureLatency }: ResourceNode["inputs"]): number {
  const named = String(type);
  return [
    named.startsWith("HTTPS"),
    named.endsWith("STR_MATCH"),
    requestInterval === 10,
    measureLatency === true,
  ].filter(Boolean).length;
}

function alarmMetrics(queries: unknown): number {
  const metrics = listOf(queries).filter((query) => typeof query === "object" && query !== null && "metric" in query);
  return Math.max(1, metrics.length);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
