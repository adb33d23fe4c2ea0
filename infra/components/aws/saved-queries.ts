// Questions of the night, ready in CloudWatch Logs Insights.
//
//   new SavedQueries("queries", { folder: "berth-production", logGroups: { web: web.logGroup, worker: worker.logGroup } });
//
// Monthly cost: none; each run $0.005 for each GB it reads.
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export interface SavedQueriesArgs {
  /** Folder that the console shows them in. */
  readonly folder: string;
  readonly logGroups: Readonly<Record<"web" | "worker", pulumi.Input<string>>>;
}

type Process = keyof SavedQueriesArgs["logGroups"];

const queries: Readonly<Record<string, { readonly of: readonly Process[]; readonly lines: readonly string[] }>> = {
  errors: {
    of: ["web", "worker"],
    lines: [
      'filter level = "error" or level = "fatal"',
      "stats count() as times, latest(@timestamp) as last by message, route, job",
      "sort times desc",
    ],
  },
  "slow-requests": {
    of: ["web"],
    lines: [
      "filter ispresent(duration_ms) and ispresent(route)",
      "stats count() as requests, pct(duration_ms, 50) as p50, pct(duration_ms, 99) as p99 by route",
      "sort p99 desc",
    ],
  },
  "one-request": {
    of: ["web", "worker"],
    lines: ['filter request_id = "REQUEST_ID"', "sort @timestamp asc"],
  },
  jobs: {
    of: ["worker"],
    lines: [
      "filter ispresent(job)",
      'stats count() as lines, sum(level = "error") as errors, max(attempt) as attempts by job',
      "sort errors desc",
    ],
  },
};

export class SavedQueries extends pulumi.ComponentResource {
  constructor(name: string, args: SavedQueriesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:operations:SavedQueries", name, {}, opts);
    for (const [query, { of, lines }] of Object.entries(queries)) {
      new aws.cloudwatch.QueryDefinition(
        `${name}-${query}`,
        {
          name: `${args.folder}/${query}`,
          logGroupNames: of.map((process) => args.logGroups[process]),
          queryString: lines.join("\n| "),
        },
        { parent: this },
      );
    }
    this.registerOutputs({});
  }
}
