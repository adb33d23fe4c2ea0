// Keeps copies of a task running over all zones, replaces them without a gap, and scales their number with the load.
//
//   new Service("web", { cluster, network, task: web, min: 2, max: 6, spot: false, loadBalancer });
//
// Monthly cost: that of its tasks; each with a public address $3.65 more.
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "./cluster.ts";
import type { LoadBalancer } from "./load-balancer.ts";
import type { Network } from "./network.ts";
import type { Task } from "./task.ts";

export interface ServiceArgs {
  readonly cluster: Cluster;
  readonly network: Network;
  readonly task: Task;
  /** Tasks that always run. */
  readonly min: number;
  /** Tasks that autoscaling goes up to; the same as `min` for none. */
  readonly max: number;
  /** Run on Fargate Spot: about 70 % cheaper, stopped with two minutes' notice when AWS wants the capacity back. */
  readonly spot: boolean;
  /** Sends requests to the tasks, and scales by them. @default none */
  readonly loadBalancer?: LoadBalancer;
  /** Average CPU to keep, in percent. @default 60 */
  readonly cpuTarget?: number;
  /** Requests a minute and task to keep; needs a load balancer. @default 3000 */
  readonly requestsTarget?: number;
}

export class Service extends pulumi.ComponentResource {
  readonly serviceName: pulumi.Output<string>;

  constructor(name: string, args: ServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    assertCounts(name, args);
    super("berth:compute:Service", name, {}, opts);

    const service = ecsService(this, name, args);
    if (args.max > args.min) autoscaling(this, name, args, service);

    this.serviceName = service.name;
    this.registerOutputs({ serviceName: this.serviceName });
  }
}

function assertCounts(name: string, { min, max, loadBalancer, task }: ServiceArgs): void {
  if (!Number.isInteger(min) || !Number.isInteger(max) || min < 1 || max < min) {
    throw new Error(
      `The service "${name}" has min ${min} and max ${max}: both are whole, min at least 1, max at least min.`,
    );
  }
  if (loadBalancer !== undefined && task.port !== loadBalancer.targetPort) {
    throw new Error(
      `The service "${name}" listens on ${task.port ?? "no port"}, its load balancer sends to ${loadBalancer.targetPort}.`,
    );
  }
}

function ecsService(parent: Service, name: string, args: ServiceArgs): aws.ecs.Service {
  const { cluster, network, task, loadBalancer } = args;
  return new aws.ecs.Service(
    `${name}-service`,
    {
      cluster: cluster.arn,
      taskDefinition: task.definitionArn,
      desiredCount: args.min,
      capacityProviderStrategies: [{ capacityProvider: args.spot ? "FARGATE_SPOT" : "FARGATE", weight: 1 }],
      // Without it a change from or to Spot would replace the service.
      forceNewDeployment: true,
      networkConfiguration: {
        subnets: network.taskSubnetIds,
        securityGroups: [task.securityGroupId],
        assignPublicIp: network.assignPublicIp,
      },
      ...(loadBalancer === undefined ? {} : behind(loadBalancer, task)),
      // New tasks first, old ones after: no less than all of them serve at any time.
      deploymentMinimumHealthyPercent: 100,
      deploymentMaximumPercent: 200,
      deploymentCircuitBreaker: { enable: true, rollback: true },
      availabilityZoneRebalancing: "ENABLED",
      // It needs a root file system that can be written to: not worth giving up the read-only one for. One-off runs
      // of the same task do what a shell in a running one would be for.
      enableExecuteCommand: false,
      enableEcsManagedTags: true,
      propagateTags: "SERVICE",
      // The provider's wait takes a release that was rolled back for a success and names no cause for any other end.
      // It would also hold up the first `up`, whose database has no tables before the release task has run.
      waitForSteadyState: false,
    },
    {
      parent,
      dependsOn: [
        cluster.capacity,
        ...task.prerequisites,
        ...(loadBalancer === undefined ? [] : [loadBalancer.listener]),
      ],
      // Autoscaling moves the count between `min` and `max`; an `up` must not take that back.
      ...(args.max > args.min ? { ignoreChanges: ["desiredCount"] } : {}),
    },
  );
}

function behind(loadBalancer: LoadBalancer, task: Task) {
  return {
    loadBalancers: [
      {
        targetGroupArn: loadBalancer.targetGroupArn,
        containerName: task.containerName,
        containerPort: loadBalancer.targetPort,
      },
    ],
    // From the start of a task to its second health check passed; a slower one is not killed for it.
    healthCheckGracePeriodSeconds: 30,
  };
}

function autoscaling(parent: Service, name: string, args: ServiceArgs, service: aws.ecs.Service): void {
  const { loadBalancer } = args;
  const target = new aws.appautoscaling.Target(
    `${name}-scaling`,
    {
      serviceNamespace: "ecs",
      scalableDimension: "ecs:service:DesiredCount",
      resourceId: pulumi.interpolate`service/${args.cluster.clusterName}/${service.name}`,
      minCapacity: args.min,
      maxCapacity: args.max,
    },
    { parent },
  );
  keep(parent, `${name}-scale-cpu`, target, args.cpuTarget ?? 60, {
    predefinedMetricType: "ECSServiceAverageCPUUtilization",
  });
  if (loadBalancer !== undefined) {
    keep(parent, `${name}-scale-requests`, target, args.requestsTarget ?? 3000, {
      predefinedMetricType: "ALBRequestCountPerTarget",
      resourceLabel: pulumi.interpolate`${loadBalancer.arnSuffix}/${loadBalancer.targetGroupArnSuffix}`,
    });
  }
}

/** Up within a minute of a peak, down slowly: a task too many for five minutes costs less than one too few. */
function keep(
  parent: Service,
  name: string,
  target: aws.appautoscaling.Target,
  targetValue: number,
  predefinedMetricSpecification: aws.types.input.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecification,
): void {
  new aws.appautoscaling.Policy(
    name,
    {
      policyType: "TargetTrackingScaling",
      serviceNamespace: target.serviceNamespace,
      scalableDimension: target.scalableDimension,
      resourceId: target.resourceId,
      targetTrackingScalingPolicyConfiguration: {
        predefinedMetricSpecification,
        targetValue,
        scaleOutCooldown: 60,
        scaleInCooldown: 300,
      },
    },
    { parent },
  );
}
