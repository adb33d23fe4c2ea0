// Lists whose order means nothing to the cloud, so that a change of it is none: by type, and the names within documents.

/**
 * Places by type, without those of elements on the way; `*` is any way. Sets in the schemas of the Terraform providers that `@pulumi/aws` and `@pulumi/docker` are
 * built on: https://registry.terraform.io/providers/hashicorp/aws/latest/docs
 */
const unordered: Readonly<Record<string, readonly string[]>> = {
  "aws:acm/certificate:Certificate": ["subjectAlternativeNames"],
  "aws:acm/certificateValidation:CertificateValidation": ["validationRecordFqdns"],
  "aws:backup/selection:Selection": ["notResources", "resources"],
  "aws:budgets/budget:Budget": ["notifications"],
  "aws:cloudfront/distribution:Distribution": ["aliases", "origins"],
  "aws:cloudwatch/compositeAlarm:CompositeAlarm": ["alarmActions", "okActions"],
  "aws:cloudwatch/metricAlarm:MetricAlarm": ["alarmActions", "metricQueries", "okActions"],
  "aws:dynamodb/table:Table": ["attributes"],
  "aws:ec2/securityGroup:SecurityGroup": ["egress", "ingress"],
  "aws:ec2/vpcEndpoint:VpcEndpoint": ["routeTableIds", "securityGroupIds", "subnetIds"],
  "aws:ecs/cluster:Cluster": ["settings"],
  "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": [
    "capacityProviders",
    "defaultCapacityProviderStrategies",
  ],
  "aws:ecs/service:Service": [
    "alarms.alarmNames",
    "capacityProviderStrategies",
    "loadBalancers",
    "networkConfiguration.securityGroups",
    "networkConfiguration.subnets",
  ],
  "aws:ecs/taskDefinition:TaskDefinition": ["requiresCompatibilities", "volumes"],
  "aws:iam/role:Role": ["managedPolicyArns"],
  "aws:lb/loadBalancer:LoadBalancer": ["securityGroups", "subnets"],
  "aws:rds/instance:Instance": ["enabledCloudwatchLogsExports", "vpcSecurityGroupIds"],
  "aws:rds/parameterGroup:ParameterGroup": ["parameters"],
  "aws:rds/subnetGroup:SubnetGroup": ["subnetIds"],
  "aws:route53/healthCheck:HealthCheck": ["regions"],
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": ["rules"],
  "aws:scheduler/schedule:Schedule": [
    "target.ecsParameters.networkConfiguration.securityGroups",
    "target.ecsParameters.networkConfiguration.subnets",
  ],
  "aws:wafv2/webAcl:WebAcl": ["rules", "*.responseHeaders", "*.textTransformations"],
  "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": [
    "loggingFilter.filters",
    "loggingFilter.filters.conditions",
    "logDestinationConfigs",
    "redactedFields",
  ],
  "docker:index/container:Container": [
    "capabilities.adds",
    "capabilities.drops",
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
  const place = path.replaceAll(/\[[^\]]*\]/g, "");
  const isSet = unordered[type]?.some((known) =>
    known.startsWith("*") ? place.endsWith(known.slice(1)) : place === known,
  );
  return !(isSet || inDocuments.test(path));
}
