// The inputs of a resource that tell a reader what it is; `--json` has all of them.

/** Input paths by type token, in the order they are shown. */
const salient: Record<string, readonly string[]> = {
  "aws:alb/listener:Listener": ["protocol", "port"],
  "aws:alb/targetGroup:TargetGroup": ["protocol", "port", "deregistrationDelay"],
  "aws:appautoscaling/policy:Policy": [
    "targetTrackingScalingPolicyConfiguration.predefinedMetricSpecification.predefinedMetricType",
    "targetTrackingScalingPolicyConfiguration.targetValue",
  ],
  "aws:appautoscaling/target:Target": ["minCapacity", "maxCapacity"],
  "aws:cloudfront/distribution:Distribution": ["httpVersion", "priceClass", "viewerCertificate.minimumProtocolVersion"],
  "aws:cloudwatch/logGroup:LogGroup": ["retentionInDays"],
  "aws:cloudwatch/metricAlarm:MetricAlarm": ["namespace", "metricName", "comparisonOperator", "threshold"],
  "aws:ec2/route:Route": ["destinationCidrBlock"],
  "aws:ec2/subnet:Subnet": ["cidrBlock", "availabilityZone"],
  "aws:ec2/vpc:Vpc": ["cidrBlock"],
  "aws:ec2/vpcEndpoint:VpcEndpoint": ["serviceName", "vpcEndpointType"],
  "aws:ecs/service:Service": ["launchType", "desiredCount", "deploymentCircuitBreaker.rollback"],
  "aws:ecs/taskDefinition:TaskDefinition": ["cpu", "memory", "runtimePlatform.cpuArchitecture"],
  "aws:kms/key:Key": ["enableKeyRotation"],
  "aws:lb/listener:Listener": ["protocol", "port"],
  "aws:lb/loadBalancer:LoadBalancer": ["loadBalancerType", "internal"],
  "aws:lb/targetGroup:TargetGroup": ["protocol", "port", "deregistrationDelay"],
  "aws:rds/instance:Instance": [
    "engine",
    "engineVersion",
    "instanceClass",
    "allocatedStorage",
    "multiAz",
    "storageEncrypted",
    "deletionProtection",
  ],
  "aws:rds/parameterGroup:ParameterGroup": ["family"],
  "aws:s3/bucketVersioning:BucketVersioning": ["versioningConfiguration.status"],
  "aws:secretsmanager/secret:Secret": ["description"],
  "aws:sns/topicSubscription:TopicSubscription": ["protocol", "endpoint"],
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": ["ipProtocol", "fromPort", "toPort", "cidrIpv4"],
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": [
    "ipProtocol",
    "fromPort",
    "toPort",
    "cidrIpv4",
    "prefixListId",
  ],
  "aws:wafv2/webAcl:WebAcl": ["scope"],
  "docker:index/container:Container": ["image", "memory", "cpus", "readOnly", "ports.0.external"],
  "docker:index/image:Image": ["imageName"],
  "docker:index/network:Network": ["internal"],
  "docker:index/remoteImage:RemoteImage": ["name"],
  "pulumi:providers:aws": ["region"],
  "pulumi:providers:docker": ["host"],
  "random:index/randomPassword:RandomPassword": ["length"],
};

/** What to show of a resource's inputs: the last part of each path with its value; what is not set is left out. */
export function salientInputs(type: string, inputs: Readonly<Record<string, unknown>>): [string, string][] {
  return (salient[type] ?? []).flatMap((path) => {
    const keys = path.split(".");
    const value = keys.reduce<unknown>(step, inputs);
    const label = keys.findLast((key) => !/^\d+$/.test(key)) ?? path;
    return value === undefined || value === null || value === ""
      ? []
      : [[label, show(value)] satisfies [string, string]];
  });
}

function step(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

function show(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
