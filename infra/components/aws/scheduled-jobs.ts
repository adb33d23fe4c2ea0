// Commands of the image that run by the clock, each run a task of its own that starts, works and ends.
//
//   new ScheduledJobs("jobs", { cluster, network, task, jobs: { report: { schedule: "cron(0 6 * * ? *)", command: ["report"], timezone: "UTC" } } });
//
// Monthly cost: that of the tasks while they run; the first 14 million starts are free.
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "./cluster.ts";
import type { Network } from "./network.ts";
import { assumableBy, policyDocument } from "./pure/iam.ts";
import type { Task } from "./task.ts";

export interface ScheduledJob {
  /** As EventBridge Scheduler says it: `cron(0 6 * * ? *)`, `rate(1 hour)`. */
  readonly schedule: string;
  /** What the image is told to run. */
  readonly command: readonly string[];
  /** IANA name of the time zone of `schedule`. */
  readonly timezone: string;
}

export interface ScheduledJobsArgs {
  readonly cluster: Cluster;
  readonly network: Network;
  /** Whose definition the jobs run with; only the command differs. */
  readonly task: Task;
  readonly jobs: Readonly<Record<string, ScheduledJob>>;
}

export class ScheduledJobs extends pulumi.ComponentResource {
  constructor(name: string, args: ScheduledJobsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:compute:ScheduledJobs", name, {}, opts);
    const role = starter(this, name, args);
    for (const [job, { schedule, command, timezone }] of Object.entries(args.jobs)) {
      new aws.scheduler.Schedule(
        `${name}-${job}`,
        {
          scheduleExpression: schedule,
          scheduleExpressionTimezone: timezone,
          // At the time that was said: jobs of one environment are too few to be spread.
          flexibleTimeWindow: { mode: "OFF" },
          target: {
            arn: args.cluster.arn,
            roleArn: role.arn,
            // Started again if ECS has no capacity for it, for an hour; after that the next run is due soon enough.
            retryPolicy: { maximumEventAgeInSeconds: 3600, maximumRetryAttempts: 10 },
            input: JSON.stringify({ containerOverrides: [{ name: args.task.containerName, command }] }),
            ecsParameters: {
              // Without the revision: a release reaches the job by itself, without a change of the schedule.
              taskDefinitionArn: args.task.familyArn,
              launchType: "FARGATE",
              propagateTags: "TASK_DEFINITION",
              networkConfiguration: {
                subnets: args.network.taskSubnetIds,
                securityGroups: [args.task.securityGroupId],
                assignPublicIp: args.network.assignPublicIp,
              },
            },
          },
        },
        { parent: this },
      );
    }
    this.registerOutputs({});
  }
}

/** May start this task, in this cluster, as its roles, and nothing else. */
function starter(parent: ScheduledJobs, name: string, args: ScheduledJobsArgs): aws.iam.Role {
  const role = new aws.iam.Role(
    `${name}-role`,
    { assumeRolePolicy: assumableBy("scheduler.amazonaws.com", args.network.accountId) },
    { parent },
  );
  new aws.iam.RolePolicy(
    `${name}-start`,
    {
      role: role.id,
      policy: policyDocument(
        {
          Sid: "Start",
          Effect: "Allow",
          Action: "ecs:RunTask",
          Resource: [args.task.familyArn, pulumi.interpolate`${args.task.familyArn}:*`],
          Condition: { ArnEquals: { "ecs:cluster": args.cluster.arn } },
        },
        {
          Sid: "Roles",
          Effect: "Allow",
          Action: "iam:PassRole",
          Resource: args.task.roleArns,
          Condition: { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } },
        },
      ),
    },
    { parent },
  );
  return role;
}
