// One screen: is it up, is it slow, is it full, what changed.
//
//   const { url } = new Dashboard("dashboard", { title: "berth-production", parts: { loadBalancer, cluster, … } });
//
// Monthly cost: $3; the first three of an account are free.
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type DashboardParts, dashboardBody } from "./pure/dashboard-body.ts";

export interface DashboardArgs {
  /** Its name, unique in the account: letters, digits, - and _. */
  readonly title: string;
  readonly parts: DashboardParts;
}

export class Dashboard extends pulumi.ComponentResource {
  /** Where the console shows it. */
  readonly url: pulumi.Output<string>;

  constructor(name: string, args: DashboardArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:operations:Dashboard", name, {}, opts);
    const { region } = args.parts;
    const dashboard = new aws.cloudwatch.Dashboard(
      `${name}-screen`,
      { dashboardName: args.title, dashboardBody: pulumi.jsonStringify(dashboardBody(args.parts)) },
      { parent: this },
    );
    this.url = pulumi.interpolate`https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#dashboards/dashboard/${dashboard.dashboardName}`;
    this.registerOutputs({ url: this.url });
  }
}
