// What AWS does with changed properties: containers, autoscaling, rights.
import type { RiskTable } from "./risk.ts";
import { cloudFormation, terraform } from "./source.ts";

const rolling = "new tasks start, then the old ones end: a rolling update without a gap";
const newRevision = {
  risk: "in place",
  says: "a new revision; nothing runs it before its service is updated",
} as const;
const rightsGap = {
  risk: "brief downtime",
  says: "the right is missing between the old one's end and the new one's reach",
} as const;

export const awsCompute: RiskTable = {
  "aws:ecs/cluster:Cluster": {
    source: cloudFormation("ecs-cluster"),
    inPlace: ["configuration", "settings"],
    replaces: ["name"],
    replaced: { risk: "replacement", says: "all services move to another cluster" },
  },
  "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": {
    source: cloudFormation("ecs-clustercapacityproviderassociations"),
    inPlace: ["capacityProviders", "defaultCapacityProviderStrategies"],
    replaces: ["clusterName"],
    replaced: { risk: "in place", says: "" },
  },
  "aws:ecs/service:Service": {
    source: cloudFormation("ecs-service"),
    inPlace: [
      "alarms",
      "availabilityZoneRebalancing",
      "deploymentCircuitBreaker",
      "deploymentConfiguration",
      "deploymentMaximumPercent",
      "deploymentMinimumHealthyPercent",
      "desiredCount",
      "enableEcsManagedTags",
      "forceNewDeployment",
      "healthCheckGracePeriodSeconds",
      "propagateTags",
      "waitForSteadyState",
    ],
    restarts: {
      capacityProviderStrategies: rolling,
      enableExecuteCommand: rolling,
      loadBalancers: rolling,
      networkConfiguration: rolling,
      taskDefinition: rolling,
    },
    replaces: ["cluster", "launchType", "name"],
    replaced: { risk: "replacement", says: "a second service with the same tasks, then the first one goes" },
  },
  "aws:ecs/taskDefinition:TaskDefinition": {
    source: cloudFormation("ecs-taskdefinition"),
    replaces: [
      "containerDefinitions",
      "cpu",
      "ephemeralStorage",
      "executionRoleArn",
      "family",
      "memory",
      "networkMode",
      "requiresCompatibilities",
      "runtimePlatform",
      "taskRoleArn",
      "volumes",
    ],
    replaced: newRevision,
    deleted: { risk: "in place", says: "running tasks keep their definition" },
  },
  "aws:appautoscaling/target:Target": {
    source: cloudFormation("applicationautoscaling-scalabletarget"),
    inPlace: ["maxCapacity", "minCapacity"],
    replaces: ["resourceId", "scalableDimension", "serviceNamespace"],
    replaced: { risk: "in place", says: "nothing scales for a moment" },
  },
  "aws:appautoscaling/policy:Policy": {
    source: cloudFormation("applicationautoscaling-scalingpolicy"),
    inPlace: ["policyType", "targetTrackingScalingPolicyConfiguration"],
    replaces: ["name", "resourceId", "scalableDimension", "serviceNamespace"],
    replaced: { risk: "in place", says: "nothing scales for a moment" },
  },
  "aws:appautoscaling/scheduledAction:ScheduledAction": {
    source: terraform("appautoscaling_scheduled_action"),
    inPlace: ["endTime", "scalableTargetAction", "schedule", "startTime", "timezone"],
    replaces: ["name", "resourceId", "scalableDimension", "serviceNamespace"],
    replaced: { risk: "in place", says: "" },
  },
  "aws:scheduler/schedule:Schedule": {
    source: cloudFormation("scheduler-schedule"),
    inPlace: [
      "description",
      "flexibleTimeWindow",
      "kmsKeyArn",
      "scheduleExpression",
      "scheduleExpressionTimezone",
      "state",
      "target",
    ],
    replaces: ["groupName", "name", "namePrefix"],
    replaced: { risk: "in place", says: "a run that falls into the moment between is missed" },
    deleted: { risk: "deletion", says: "the job no longer runs" },
  },
  "aws:iam/role:Role": {
    source: cloudFormation("iam-role"),
    inPlace: [
      "assumeRolePolicy",
      "description",
      "inlinePolicies",
      "managedPolicyArns",
      "maxSessionDuration",
      "permissionsBoundary",
    ],
    replaces: ["name", "namePrefix", "path"],
    replaced: { risk: "replacement", says: "all that works by the role has to take the new one" },
  },
  "aws:iam/rolePolicy:RolePolicy": {
    source: cloudFormation("iam-rolepolicy"),
    inPlace: ["policy"],
    replaces: ["name", "namePrefix", "role"],
    replaced: rightsGap,
    deleted: { risk: "deletion", says: "the role loses these rights at once" },
  },
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": {
    source: terraform("iam_role_policy_attachment"),
    replaces: ["policyArn", "role"],
    replaced: rightsGap,
    deleted: { risk: "deletion", says: "the role loses these rights at once" },
  },
};
