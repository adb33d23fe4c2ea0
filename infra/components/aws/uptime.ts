// Asks for a page from outside, from three continents, as users do: over the internet, DNS, the edge and the firewall.
//
//   new Uptime("uptime", { host: "shop.example.com", path: "/health/" });
//
// Monthly cost: $1.50.
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export interface UptimeArgs {
  readonly host: pulumi.Input<string>;
  /** Path that answers 2xx or 3xx while all is well. */
  readonly path: string;
}

export class Uptime extends pulumi.ComponentResource {
  readonly healthCheckId: pulumi.Output<string>;

  constructor(name: string, args: UptimeArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:operations:Uptime", name, {}, opts);
    const check = new aws.route53.HealthCheck(
      `${name}-check`,
      {
        type: "HTTPS",
        fqdn: args.host,
        port: 443,
        resourcePath: args.path,
        enableSni: true,
        // Every 30 s from each of several checkers; the faster 10 s cost $1 more and three times the requests.
        requestInterval: 30,
        // One lost answer is no outage; three are 90 s.
        failureThreshold: 3,
        // The fewest that AWS allows.
        regions: ["us-east-1", "eu-west-1", "ap-southeast-1"],
        tags: { Name: name },
      },
      { parent: this },
    );
    this.healthCheckId = check.id;
    this.registerOutputs({ healthCheckId: this.healthCheckId });
  }
}
