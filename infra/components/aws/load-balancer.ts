// An internal load balancer that only CloudFront reaches, with one group of targets.
//
//   new LoadBalancer("web", { network, port: 8080, healthPath: "/health/ready/", logsBucket: storage.logsBucket, retain: true });
//
// Monthly cost: $16.50, and $5.90 for each load balancer capacity unit in use (25 new connections a second).
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { assertLogicalName } from "../../naming.ts";
import type { Network } from "./network.ts";
import { assumableBy } from "./pure/iam.ts";

export interface LoadBalancerArgs {
  readonly network: Network;
  /** TCP port that tasks listen on. */
  readonly port: number;
  /** Path that answers 200 when a task can serve. */
  readonly healthPath: string;
  /** Bucket that access logs go to, below `load-balancer/`. */
  readonly logsBucket: pulumi.Input<string>;
  /** Refuse to delete the load balancer. */
  readonly retain: boolean;
  /** Let ECS move traffic between two groups of targets, for blue/green and canary. @default false */
  readonly shiftsTraffic?: boolean;
}

/** What ECS needs to move traffic from old tasks to new ones. */
export interface TrafficShift {
  readonly alternateTargetGroupArn: pulumi.Output<string>;
  readonly productionListenerRule: pulumi.Output<string>;
  readonly roleArn: pulumi.Output<string>;
}

export class LoadBalancer extends pulumi.ComponentResource {
  /** Unique in the account: its autonamed physical name. */
  readonly physicalName: pulumi.Output<string>;
  readonly arn: pulumi.Output<string>;
  readonly arnSuffix: pulumi.Output<string>;
  readonly dnsName: pulumi.Output<string>;
  readonly securityGroupId: pulumi.Output<string>;
  readonly targetGroupArn: pulumi.Output<string>;
  readonly targetGroupArnSuffix: pulumi.Output<string>;
  /** Of every group that tasks may be in: with a shift of traffic of two, and each release takes them to the other one. */
  readonly targetGroupArnSuffixes: readonly pulumi.Output<string>[];
  readonly targetPort: number;
  /** ECS accepts a target group only when a listener uses it. */
  readonly listener: aws.lb.Listener;
  readonly shift: TrafficShift | undefined;

  constructor(name: string, args: LoadBalancerArgs, opts?: pulumi.ComponentResourceOptions) {
    assertLogicalName(`${name}-lb`);
    super("berth:network:LoadBalancer", name, {}, opts);

    const securityGroup = closedToAllButCloudFront(this, name, args);
    const balancer = loadBalancer(this, name, args, securityGroup);
    const targets = targetGroup(this, `${name}-tg`, args);
    const listener = new aws.lb.Listener(
      `${name}-http`,
      {
        loadBalancerArn: balancer.arn,
        port: 80,
        protocol: "HTTP",
        defaultActions: [{ type: "forward", targetGroupArn: targets.arn }],
      },
      { parent: this },
    );

    const alternate = args.shiftsTraffic ? targetGroup(this, `${name}-tg2`, args) : undefined;
    this.shift = alternate && trafficShift(this, name, args, listener, targets, alternate);
    this.physicalName = balancer.name;
    this.arn = balancer.arn;
    this.arnSuffix = balancer.arnSuffix;
    this.dnsName = balancer.dnsName;
    this.securityGroupId = securityGroup.id;
    this.targetGroupArn = targets.arn;
    this.targetGroupArnSuffix = targets.arnSuffix;
    this.targetGroupArnSuffixes = [targets, ...(alternate ? [alternate] : [])].map((group) => group.arnSuffix);
    this.targetPort = args.port;
    this.listener = listener;
    this.registerOutputs({ dnsName: this.dnsName });
  }
}

/**
 * Traffic of a VPC origin arrives with the addresses of CloudFront's servers, not with the VPC's: the managed prefix list
 * is what AWS asks for (https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-vpc-origins.html).
 * It counts as 55 of the 60 rules that a security group may hold, so this group takes no further port from it.
 */
function closedToAllButCloudFront(parent: LoadBalancer, name: string, args: LoadBalancerArgs): aws.ec2.SecurityGroup {
  const group = new aws.ec2.SecurityGroup(
    `${name}-lb-sg`,
    { vpcId: args.network.vpcId, description: "Load balancer: from CloudFront only", tags: { Name: `${name}-lb` } },
    { parent },
  );
  const cloudFront = aws.ec2.getManagedPrefixListOutput(
    { name: "com.amazonaws.global.cloudfront.origin-facing" },
    { parent },
  );
  new aws.vpc.SecurityGroupIngressRule(
    `${name}-lb-cloudfront`,
    {
      securityGroupId: group.id,
      prefixListId: cloudFront.id,
      ipProtocol: "tcp",
      fromPort: 80,
      toPort: 80,
      description: "CloudFront VPC origin",
    },
    { parent },
  );
  return group;
}

function loadBalancer(
  parent: LoadBalancer,
  name: string,
  args: LoadBalancerArgs,
  securityGroup: aws.ec2.SecurityGroup,
): aws.lb.LoadBalancer {
  return new aws.lb.LoadBalancer(
    `${name}-lb`,
    {
      loadBalancerType: "application",
      internal: true,
      subnets: args.network.privateSubnetIds,
      securityGroups: [securityGroup.id],
      dropInvalidHeaderFields: true,
      // CloudFront ends the header with the viewer's address. One more from here would be CloudFront's own, which the app
      // would take for the viewer's, as it trusts the VPC's addresses only.
      xffHeaderProcessingMode: "preserve",
      accessLogs: { bucket: args.logsBucket, prefix: "load-balancer", enabled: true },
      enableDeletionProtection: args.retain,
    },
    { parent },
  );
}

/** A rule of its own for all traffic, as ECS changes no default action, and a second group to move it to. */
function trafficShift(
  parent: LoadBalancer,
  name: string,
  args: LoadBalancerArgs,
  listener: aws.lb.Listener,
  targets: aws.lb.TargetGroup,
  alternate: aws.lb.TargetGroup,
): TrafficShift {
  const rule = new aws.lb.ListenerRule(
    `${name}-all`,
    {
      listenerArn: listener.arn,
      priority: 1,
      conditions: [{ pathPattern: { values: ["*"] } }],
      actions: [
        {
          type: "forward",
          forward: {
            targetGroups: [
              { arn: targets.arn, weight: 100 },
              { arn: alternate.arn, weight: 0 },
            ],
          },
        },
      ],
    },
    // ECS moves the weights; an `up` must not take that back.
    { parent, ignoreChanges: ["actions"] },
  );
  const role = new aws.iam.Role(
    `${name}-shift-role`,
    { assumeRolePolicy: assumableBy("ecs.amazonaws.com", args.network.accountId) },
    { parent },
  );
  const permission = new aws.iam.RolePolicyAttachment(
    `${name}-shift`,
    { role: role.name, policyArn: "arn:aws:iam::aws:policy/AmazonECSInfrastructureRolePolicyForLoadBalancers" },
    { parent },
  );
  return {
    alternateTargetGroupArn: alternate.arn,
    productionListenerRule: rule.arn,
    // Known when the role may do it.
    roleArn: pulumi.all([role.arn, permission.id]).apply(([arn]) => arn),
  };
}

function targetGroup(parent: LoadBalancer, name: string, args: LoadBalancerArgs): aws.lb.TargetGroup {
  return new aws.lb.TargetGroup(
    name,
    {
      vpcId: args.network.vpcId,
      targetType: "ip",
      port: args.port,
      protocol: "HTTP",
      // Sends work to whoever has the least: a slow task, or one on a busy host, does not pile it up.
      loadBalancingAlgorithmType: "least_outstanding_requests",
      // ECS waits this long before it stops a task, so it is part of every rollout. Requests take less than a second; the
      // default of 300 s only makes a rollout five minutes longer.
      deregistrationDelay: 10,
      healthCheck: {
        path: args.healthPath,
        matcher: "200",
        protocol: "HTTP",
        // Fast to let a new task in: a second success after 5 s.
        interval: 5,
        timeout: 4,
        healthyThreshold: 2,
        // Slow to take one out: 50 s bridge most of a database failover, in which restarting every task helps nobody.
        unhealthyThreshold: 10,
      },
    },
    { parent },
  );
}
