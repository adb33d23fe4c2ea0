// Lists whose order means nothing to the cloud, so that a change of it is none: by type, and the names within documents.

/**
 * Top-level properties, by type. Sets in the schemas of the Terraform providers that `@pulumi/aws` and `@pulumi/docker` are
 * built on: https://registry.terraform.io/providers/hashicorp/aws/latest/docs
 */
const unordered: Readonly<Record<string, readonly string[]>> = {
  "aws:cloudfront/distribution:Distribution": ["aliases", "origins"],
  "aws:cloudwatch/compositeAlarm:CompositeAlarm": ["alarmActions", "okActions"],
  "aws:cloudwatch/metricAlarm:MetricAlarm": ["alarmActions", "metricQueries", "okActions"],
  "aws:ec2/securityGroup:SecurityGroup": ["egress", "ingress"],
  "aws:ec2/vpcEndpoint:VpcEndpoint": ["routeTableIds", "securityGroupIds", "subnetIds"],
  "aws:ecs/cluster:Cluster": ["settings"],
  "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": [
    "capacityProviders",
    "defaultCapacityProviderStrategies",
  ],
  "aws:ecs/service:Service": ["capacityProviderStrategies", "loadBalancers", "networkConfiguration"],
  "aws:ecs/taskDefinition:TaskDefinition": ["requiresCompatibilities", "volumes"],
  "aws:iam/role:Role": ["managedPolicyArns"],
  "aws:lb/loadBalancer:LoadBalancer": ["securityGroups", "subnets"],
  "aws:rds/instance:Instance": ["enabledCloudwatchLogsExports", "vpcSecurityGroupIds"],
  "aws:rds/parameterGroup:ParameterGroup": ["parameters"],
  "aws:rds/subnetGroup:SubnetGroup": ["subnetIds"],
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": ["rules"],
  "aws:wafv2/webAcl:WebAcl": ["rules"],
  "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": ["loggingFilter", "logDestinationConfigs"],
  "docker:index/container:Container": [
    "capabilities",
    "envs",
    "labels",
    "mounts",
    "networksAdvanced",
    "securityOpts",
    "uploads",
    "volumes",
  ],
  "docker:index/network:Network": ["labels"],
  "docker:index/volume:Volume": ["labels"],
};

/**
 * Lists in documents, by the end of their path. Policies: what a statement says does not depend on the order of its actions,
 * resources, principals or condition values, nor a policy's on that of its statements
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html). Containers: environment and
 * secrets are names with values.
 */
const inDocuments =
  /(^|\.)(Statement|Action|NotAction|Resource|NotResource)$|\.(Principal|NotPrincipal)(\.\w+)?$|\.Condition\.|containerDefinitions.*\.(environment|secrets|portMappings|mountPoints|drop|add)$|[cC]ookies?Config.*\.items$|[mM]ethods$/;

/** @param path a list's place among a resource's inputs */
export function isOrdered(type: string, path: string): boolean {
  const top = path.split(/[.[]/, 1)[0] ?? path;
  return !(unordered[type]?.includes(top) || inDocuments.test(path));
}
