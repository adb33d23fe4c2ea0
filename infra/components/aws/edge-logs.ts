// Every request that the edge answered, as JSON lines in the bucket of logs.
//
//   new EdgeLogs("edge-logs", { edge, storage });
//
// Monthly cost: delivery to S3 is free; storage $0.023 for each GB.
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Edge } from "./edge.ts";
import { edgeRegion } from "./pure/edge-region.ts";
import type { Storage } from "./storage.ts";

export interface EdgeLogsArgs {
  readonly edge: Edge;
  readonly storage: Storage;
}

export class EdgeLogs extends pulumi.ComponentResource {
  constructor(name: string, args: EdgeLogsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:edge:EdgeLogs", name, {}, opts);
    const source = new aws.cloudwatch.LogDeliverySource(
      `${name}-source`,
      { region: edgeRegion, logType: "ACCESS_LOGS", resourceArn: args.edge.arn },
      { parent: this },
    );
    const destination = new aws.cloudwatch.LogDeliveryDestination(
      `${name}-bucket`,
      {
        region: edgeRegion,
        outputFormat: "json",
        deliveryDestinationConfiguration: {
          destinationResourceArn: pulumi.interpolate`${args.storage.logsBucketArn}/edge`,
        },
      },
      { parent: this },
    );
    new aws.cloudwatch.LogDelivery(
      `${name}-delivery`,
      {
        region: edgeRegion,
        deliverySourceName: source.name,
        deliveryDestinationArn: destination.arn,
        // Without cookies and query strings: they hold what a log should not.
        recordFields: recordFields,
        s3DeliveryConfigurations: [{ suffixPath: "/{yyyy}/{MM}/{dd}", enableHiveCompatiblePath: false }],
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}

const recordFields = [
  "timestamp(ms)",
  "x-edge-location",
  "c-ip",
  "cs-method",
  "x-host-header",
  "cs-uri-stem",
  "sc-status",
  "sc-bytes",
  "cs-bytes",
  "time-taken",
  "time-to-first-byte",
  "x-edge-result-type",
  "x-edge-detailed-result-type",
  "x-edge-request-id",
  "ssl-protocol",
  "cs-protocol-version",
  "cs(User-Agent)",
  "cs(Referer)",
];
