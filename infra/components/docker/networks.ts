// The private networks of one environment: `edge` between nginx and the app, which is also the app's way out, and `data`
// between the app and PostgreSQL, which leads nowhere else. Nothing on them is published. No cost.
//
//   const networks = new Networks("network", { labels }, { providers: [engine] });
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { Labels } from "./pure/container.ts";

export interface NetworksArgs {
  /** Labels of both networks. */
  readonly labels: Labels;
  /** Name of another environment's network with the database. @default one of its own */
  readonly data?: string;
}

export class Networks extends pulumi.ComponentResource {
  /** Name of the network of nginx and the app. */
  readonly edge: pulumi.Output<string>;
  /** Name of the network of the app and PostgreSQL; no way out of it. */
  readonly data: pulumi.Output<string>;

  constructor(name: string, args: NetworksArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:docker:Networks", name, {}, opts);

    this.edge = network(this, `${name}-edge`, args, false);
    this.data = args.data === undefined ? network(this, `${name}-data`, args, true) : pulumi.output(args.data);
    this.registerOutputs({ edge: this.edge, data: this.data });
  }
}

function network(parent: Networks, name: string, args: NetworksArgs, internal: boolean): pulumi.Output<string> {
  return new docker.Network(name, { driver: "bridge", internal, labels: [...args.labels] }, { parent }).name;
}
