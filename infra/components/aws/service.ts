// Keeps copies of a task running over all zones, replaces them without a gap, and scales their number with the load.
//
//   new Service("web", { cluster, network, task: web, min: 2, max: 6, spot: false, loadBalancer });
//
// Monthly cost: that of its tasks; each with a public address $3.65 more.
import { createHash } from "node:crypto";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "./cluster.ts";
import type { LoadBalancer } from "./load-balancer.ts";
import type { Network } from "./network.ts";
import type { Task } from "./task.ts";

/** How new tasks take over from old ones; with ECS's own means. */
export type Deployment =
  | { readonly strategy: "rolling" }
  | {
      /** All new tasks stand beside the old ones, then all traffic moves at once. */
      readonly strategy: "blueGreen";
      /** Minutes that the old tasks stay, to go back to at once. */
      readonly bakeMinutes: number;
    }
  | {
      /** As blueGreen, but a part of the traffic goes first. */
      readonly strategy: "canary";
      /** Percent of the traffic that goes first. */
      readonly percent: number;
      /** Minutes until the rest follows. */
      readonly canaryMinutes: number;
      readonly bakeMinutes: number;
    };

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
  /** Average memory to keep at most, in percent. @default 75 */
  readonly memoryTarget?: number;
  /** Requests a minute and task to keep; needs a load balancer. @default 3000 */
  readonly requestsTarget?: number;
  /** Metric of how long the oldest job has been waiting, in seconds, and the wait to keep. @default none */
  readonly queueAge?: { readonly namespace: string; readonly metricName: string; readonly seconds: number };
  /** How new tasks take over from old ones. Other than rolling needs a load balancer that can shift traffic. @default as before, at first rolling */
  readonly deployment?: Deployment;
  /** Alarms that, while a deployment is under way, have ECS go back. @default none */
  readonly rollbackAlarms?: readonly pulumi.Input<string>[];
  /** Called before and after the service changes. @default none */
  readonly hooks?: pulumi.ResourceHookBinding;
  /** What must be there before a task can work. @default what the task and the load balancer need */
  readonly after?: readonly pulumi.Resource[];
  /** Local times between which no task runs. @default none */
  readonly nights?: { readonly from: string; readonly until: string; readonly timezone: string };
}

export class Service extends pulumi.ComponentResource {
  readonly serviceName: pulumi.Output<string>;
  /** Another one whenever ECS has to replace tasks. */
  readonly revision: pulumi.Output<string>;

  constructor(name: string, args: ServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    assertCounts(name, args);
    super("berth:compute:Service", name, {}, opts);

    const definition = serviceDefinition(args);
    const service = ecsService(this, name, args, definition);
    if (scales(args)) autoscaling(this, name, args, service);

    this.serviceName = service.name;
    this.revision = pulumi
      .jsonStringify({ ...definition, desiredCount: undefined })
      .apply((text) => createHash("sha256").update(text).digest("hex").slice(0, 16));
    this.registerOutputs({ serviceName: this.serviceName });
  }
}

function scales({ min, max, nights }: ServiceArgs): boolean {
  return max > min || nights !== undefined;
}

function assertCounts(name: string, { min, max, loadBalancer, task, deployment }: ServiceArgs): void {
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
  if ((deployment?.strategy ?? "rolling") !== "rolling" && loadBalancer?.shift === undefined) {
    throw new Error(
      `The service "${name}" is to be deployed by ${deployment?.strategy}, but no load balancer of it can shift traffic.`,
    );
  }
}

function serviceDefinition(args: ServiceArgs) {
  const { cluster, network, task, loadBalancer, rollbackAlarms = [] } = args;
  return {
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
    ...(rollbackAlarms.length === 0
      ? {}
      : { alarms: { enable: true, rollback: true, alarmNames: [...rollbackAlarms] } }),
    ...deploymentStrategy(args.deployment),
    availabilityZoneRebalancing: "ENABLED",
    // It needs a root file system that can be written to: not worth giving up the read-only one for. One-off runs
    // of the same task do what a shell in a running one would be for.
    enableExecuteCommand: false,
    enableEcsManagedTags: true,
    propagateTags: "SERVICE",
    // The provider's wait takes a release that was rolled back for a success and names no cause for any other end.
    // The hooks of the live release wait instead.
    waitForSteadyState: false,
  } satisfies aws.ecs.ServiceArgs;
}

function ecsService(
  parent: Service,
  name: string,
  args: ServiceArgs,
  definition: ReturnType<typeof serviceDefinition>,
): aws.ecs.Service {
  const { cluster, task, loadBalancer, hooks, after = [] } = args;
  return new aws.ecs.Service(`${name}-service`, definition, {
    parent,
    dependsOn: [
      cluster.capacity,
      ...task.prerequisites,
      ...(loadBalancer === undefined ? [] : [loadBalancer.listener]),
      ...after,
    ],
    ...(hooks === undefined ? {} : { hooks }),
    // Autoscaling moves the count between `min` and `max`; an `up` must not take that back.
    ...(scales(args) ? { ignoreChanges: ["desiredCount"] } : {}),
  });
}

/** Said, rolling is told to ECS, which else keeps to the strategy that the service had; left out, nothing is. */
function deploymentStrategy(deployment: Deployment | undefined) {
  switch (deployment?.strategy) {
    case undefined:
      return {};
    case "rolling":
      return { deploymentConfiguration: { strategy: "ROLLING" } };
    case "blueGreen":
      return { deploymentConfiguration: { strategy: "BLUE_GREEN", bakeTimeInMinutes: String(deployment.bakeMinutes) } };
    case "canary":
      return {
        deploymentConfiguration: {
          strategy: "CANARY",
          bakeTimeInMinutes: String(deployment.bakeMinutes),
          canaryConfiguration: {
            canaryPercent: deployment.percent,
            canaryBakeTimeInMinutes: String(deployment.canaryMinutes),
          },
        },
      };
  }
}

function behind(loadBalancer: LoadBalancer, task: Task) {
  return {
    loadBalancers: [
      {
        targetGroupArn: loadBalancer.targetGroupArn,
        containerName: task.containerName,
        containerPort: loadBalancer.targetPort,
        ...(loadBalancer.shift === undefined ? {} : { advancedConfiguration: loadBalancer.shift }),
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
  if (args.nights !== undefined) sleepAtNight(parent, name, args, args.nights, target);
  if (args.max === args.min) return;
  // At 60 % a task still takes the half again of its load that a neighbour leaves it, or the two minutes until help is there.
  keep(parent, `${name}-scale-cpu`, target, args.cpuTarget ?? 60, {
    predefinedMetricSpecification: { predefinedMetricType: "ECSServiceAverageCPUUtilization" },
  });
  // Before the alarm at 85 %; a leak gets more room by it, and no cure.
  keep(parent, `${name}-scale-memory`, target, args.memoryTarget ?? 75, {
    predefinedMetricSpecification: { predefinedMetricType: "ECSServiceAverageMemoryUtilization" },
  });
  // The metric is that of one target group, and a shift of traffic moves tasks to another.
  if (loadBalancer !== undefined && loadBalancer.shift === undefined) {
    keep(parent, `${name}-scale-requests`, target, args.requestsTarget ?? 3000, {
      predefinedMetricSpecification: {
        predefinedMetricType: "ALBRequestCountPerTarget",
        resourceLabel: pulumi.interpolate`${loadBalancer.arnSuffix}/${loadBalancer.targetGroupArnSuffix}`,
      },
    });
  }
  if (args.queueAge !== undefined) {
    const { namespace, metricName, seconds } = args.queueAge;
    // Jobs that wait ten times too long call for ten times the tasks, up to `max`: they are there to be worked off.
    keep(parent, `${name}-scale-queue`, target, seconds, {
      customizedMetricSpecification: { namespace, metricName, statistic: "Maximum" },
    });
  }
}

/** An `up` at night changes nothing; one after a refresh at night wakes the service until the next evening. */
function sleepAtNight(
  parent: Service,
  name: string,
  { min, max }: ServiceArgs,
  { from, until, timezone }: NonNullable<ServiceArgs["nights"]>,
  target: aws.appautoscaling.Target,
): void {
  const at = (time: string) => {
    const [hours, minutes] = time.split(":").map(Number);
    return `cron(${minutes} ${hours} * * ? *)`;
  };
  for (const [action, time, minCapacity, maxCapacity] of [
    ["sleep", from, 0, 0],
    ["wake", until, min, max],
  ] as const) {
    new aws.appautoscaling.ScheduledAction(
      `${name}-${action}`,
      {
        serviceNamespace: target.serviceNamespace,
        scalableDimension: target.scalableDimension,
        resourceId: target.resourceId,
        schedule: at(time),
        timezone,
        scalableTargetAction: { minCapacity, maxCapacity },
      },
      { parent },
    );
  }
}

type Metric = Pick<
  aws.types.input.appautoscaling.PolicyTargetTrackingScalingPolicyConfiguration,
  "predefinedMetricSpecification" | "customizedMetricSpecification"
>;

/**
 * Up within a minute of a peak, down slowly: a task too many for five minutes costs less than one too few. Where there are
 * several, any of them adds tasks, and all must agree to take one away.
 */
function keep(
  parent: Service,
  name: string,
  target: aws.appautoscaling.Target,
  targetValue: number,
  metric: Metric,
): void {
  new aws.appautoscaling.Policy(
    name,
    {
      policyType: "TargetTrackingScaling",
      serviceNamespace: target.serviceNamespace,
      scalableDimension: target.scalableDimension,
      resourceId: target.resourceId,
      targetTrackingScalingPolicyConfiguration: {
        ...metric,
        targetValue,
        scaleOutCooldown: 60,
        scaleInCooldown: 300,
      },
    },
    { parent },
  );
}
