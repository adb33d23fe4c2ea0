// What a task may do that a tunnel to the database leads through: be reached by Session Manager, and nothing else.
//
//   const tunnel = new TunnelRole("tunnel", { network });
//
// Tasks of services have no such role: `berth tunnel` starts one of its own for as long as it is open. Monthly cost: none.
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Network } from "./network.ts";
import { assumableBy, policyDocument } from "./pure/iam.ts";

export interface TunnelRoleArgs {
  readonly network: Network;
}

export class TunnelRole extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;

  constructor(name: string, { network }: TunnelRoleArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:security:TunnelRole", name, {}, opts);
    const role = new aws.iam.Role(
      `${name}-role`,
      { assumeRolePolicy: assumableBy("ecs-tasks.amazonaws.com", network.accountId) },
      { parent: this },
    );
    new aws.iam.RolePolicy(
      `${name}-policy`,
      {
        role: role.id,
        policy: policyDocument({
          Sid: "SessionManager",
          Effect: "Allow",
          Action: [
            "ssmmessages:CreateControlChannel",
            "ssmmessages:CreateDataChannel",
            "ssmmessages:OpenControlChannel",
            "ssmmessages:OpenDataChannel",
          ],
          // These actions know no resources.
          Resource: "*",
        }),
      },
      { parent: this },
    );
    this.arn = role.arn;
    this.registerOutputs({ arn: this.arn });
  }
}
