// One permitted path between two security groups: the way out of the first and the way into the second.
//
//   new Connection("web-database", { from: web, to: database, port: 5432 });
//
// Nothing else opens a port between components, so an architecture's Connections are its whole network policy.
// Monthly cost: none.
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

interface Secured {
  readonly securityGroupId: pulumi.Output<string>;
}

export interface ConnectionArgs {
  readonly from: Secured;
  readonly to: Secured;
  /** TCP port. */
  readonly port: number;
}

export class Connection extends pulumi.ComponentResource {
  constructor(name: string, args: ConnectionArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:network:Connection", name, {}, opts);
    const { from, to, port } = args;
    const rule = { ipProtocol: "tcp", fromPort: port, toPort: port, description: name };
    new aws.vpc.SecurityGroupEgressRule(
      `${name}-out`,
      { ...rule, securityGroupId: from.securityGroupId, referencedSecurityGroupId: to.securityGroupId },
      { parent: this },
    );
    new aws.vpc.SecurityGroupIngressRule(
      `${name}-in`,
      { ...rule, securityGroupId: to.securityGroupId, referencedSecurityGroupId: from.securityGroupId },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
