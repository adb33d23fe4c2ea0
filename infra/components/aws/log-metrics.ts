// Metrics made of the app's log lines: errors of each process, and the queue's figures that the worker tells.
//
//   new LogMetrics("log-metrics", { namespace: "berth/production", logGroups: { web: web.logGroup, worker: worker.logGroup } });
//
// The app needs no AWS client and no rights for it, and any app that logs these fields has the same alarms and scaling.
// Monthly cost: $0.30 for each metric, $1.50 for all.
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export interface LogMetricsArgs {
  /** Of the environment's own metrics in CloudWatch; not below `AWS/`. */
  readonly namespace: string;
  readonly logGroups: Readonly<Record<"web" | "worker", pulumi.Input<string>>>;
}

export class LogMetrics extends pulumi.ComponentResource {
  readonly namespace: string;
  /** Counts of error lines, one metric for each process. */
  readonly errors = ["WebErrors", "WorkerErrors"] as const;
  /** Seconds that the oldest job has been waiting. */
  readonly queueAge = "QueueOldestSeconds";
  readonly readyJobs = "QueueReady";
  /** Jobs that have failed for the last time. */
  readonly deadJobs = "QueueDead";

  constructor(name: string, args: LogMetricsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:operations:LogMetrics", name, {}, opts);
    this.namespace = args.namespace;
    const { web, worker } = args.logGroups;
    const isError = '{ ($.level = "error") || ($.level = "fatal") }';
    const filters: readonly Filter[] = [
      { metric: this.errors[0], logGroup: web, pattern: isError, value: "1" },
      { metric: this.errors[1], logGroup: worker, pattern: isError, value: "1" },
      figure(this.queueAge, worker, "$.queue.oldest_seconds"),
      figure(this.readyJobs, worker, "$.queue.ready"),
      figure(this.deadJobs, worker, "$.queue.dead"),
    ];
    for (const { metric, logGroup, pattern, value } of filters) {
      new aws.cloudwatch.LogMetricFilter(
        `${name}-${metric}`,
        { logGroupName: logGroup, pattern, metricTransformation: { namespace: args.namespace, name: metric, value } },
        { parent: this },
      );
    }
    this.registerOutputs({});
  }
}

interface Filter {
  readonly metric: string;
  readonly logGroup: pulumi.Input<string>;
  readonly pattern: string;
  readonly value: string;
}

/** A number that a log line holds at `field`. */
function figure(metric: string, logGroup: pulumi.Input<string>, field: string): Filter {
  return { metric, logGroup, pattern: `{ ${field} >= 0 }`, value: field };
}
