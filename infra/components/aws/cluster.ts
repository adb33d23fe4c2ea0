// An ECS cluster on Fargate, with and without Spot, whose metrics the alarms read.
//
//   const cluster = new Cluster("cluster");
//
// Monthly cost: about $9 for Container Insights of two services (some 30 metrics at $0.30).
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export class Cluster extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;
  readonly clusterName: pulumi.Output<string>;
  /** Services name a provider only once the cluster knows it. */
  readonly capacity: aws.ecs.ClusterCapacityProviders;

  constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
    super("berth:compute:Cluster", name, {}, opts);
    const cluster = new aws.ecs.Cluster(
      `${name}-ecs`,
      // The metrics "running" and "desired" come from Container Insights only.
      { settings: [{ name: "containerInsights", value: "enabled" }] },
      { parent: this },
    );
    this.capacity = new aws.ecs.ClusterCapacityProviders(
      `${name}-capacity`,
      { clusterName: cluster.name, capacityProviders: ["FARGATE", "FARGATE_SPOT"] },
      { parent: this },
    );
    this.arn = cluster.arn;
    this.clusterName = cluster.name;
    this.registerOutputs({ arn: this.arn });
  }
}
