// The web application firewall at the edge: AWS's managed rules, and limits on how fast one address may ask.
//
//   new Firewall("firewall", { mode: "block", requestsPer5Minutes: 2000, logDays: 30 });
//
// Monthly cost: $11 (the list $5, six rules $1 each), and $0.60 for each million requests.
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export interface FirewallArgs {
  /** `count` reports what would be blocked and blocks nothing. */
  readonly mode: "block" | "count";
  /** Requests that one address may make in 5 minutes, 10 or more. */
  readonly requestsPer5Minutes: number;
  /** Days that the log of matched requests is kept. */
  readonly logDays: number;
}

type Rule = aws.types.input.wafv2.WebAclRule;

/** CloudFront takes its firewall from this region only, wherever the environment is. */
const edgeRegion = "us-east-1";

export class Firewall extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;

  constructor(name: string, args: FirewallArgs, opts?: pulumi.ComponentResourceOptions) {
    assertLimit(args.requestsPer5Minutes);
    super("berth:edge:Firewall", name, {}, opts);

    const acl = new aws.wafv2.WebAcl(
      `${name}-acl`,
      {
        region: edgeRegion,
        scope: "CLOUDFRONT",
        description: "Managed rules and rate limits",
        defaultAction: { allow: {} },
        rules: [...managedRules(args.mode), ...rateRules(args)],
        visibilityConfig: visibility(name),
      },
      { parent: this },
    );
    logging(this, name, args, acl);

    this.arn = acl.arn;
    this.registerOutputs({ arn: this.arn });
  }
}

function assertLimit(limit: number): void {
  if (!Number.isInteger(limit) || limit < 10) {
    throw new Error(`A rate rule allows 10 or more whole requests, not ${limit}.`);
  }
}

function managedRules(mode: FirewallArgs["mode"]): Rule[] {
  const groups = [
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesCommonRuleSet",
    "AWSManagedRulesKnownBadInputsRuleSet",
    "AWSManagedRulesSQLiRuleSet",
  ];
  return groups.map((group, index) => ({
    name: group.replace("AWSManagedRules", ""),
    priority: index,
    overrideAction: mode === "count" ? { count: {} } : { none: {} },
    statement: {
      managedRuleGroupStatement: {
        vendorName: "AWS",
        name: group,
        // This one refuses every body over 8 KB; how long a body may be is the app's own limit.
        ...(group.endsWith("CommonRuleSet")
          ? { ruleActionOverrides: [{ name: "SizeRestrictions_BODY", actionToUse: { count: {} } }] }
          : {}),
      },
    },
    visibilityConfig: visibility(group),
  }));
}

function rateRules(args: FirewallArgs): Rule[] {
  const action = args.mode === "count" ? { count: {} } : { block: {} };
  return [
    {
      name: "SignIn",
      priority: 10,
      action,
      statement: {
        rateBasedStatement: {
          aggregateKeyType: "IP",
          evaluationWindowSec: 60,
          limit: 10,
          scopeDownStatement: { andStatement: { statements: [isPost, isRegisterOrLogin] } },
        },
      },
      visibilityConfig: visibility("SignIn"),
    },
    {
      name: "Rate",
      priority: 11,
      action,
      statement: {
        rateBasedStatement: { aggregateKeyType: "IP", evaluationWindowSec: 300, limit: args.requestsPer5Minutes },
      },
      visibilityConfig: visibility("Rate"),
    },
  ];
}

const isPost = {
  byteMatchStatement: {
    fieldToMatch: { method: {} },
    positionalConstraint: "EXACTLY",
    searchString: "POST",
    textTransformations: [{ priority: 0, type: "NONE" }],
  },
};

/** `/login/`, `/api/v1/auth/register` and their like; case and percent-encoding do not get round it. */
const isRegisterOrLogin = {
  regexMatchStatement: {
    fieldToMatch: { uriPath: {} },
    regexString: "/(register|login)/*$",
    textTransformations: [
      { priority: 0, type: "URL_DECODE" },
      { priority: 1, type: "LOWERCASE" },
    ],
  },
};

/** Who was stopped and by what rule; requests that passed are in the edge's access log. */
function logging(parent: Firewall, name: string, args: FirewallArgs, acl: aws.wafv2.WebAcl): void {
  const group = new aws.cloudwatch.LogGroup(
    `${name}-log`,
    // WAF writes to groups of this prefix only.
    { namePrefix: `aws-waf-logs-${name}-`, retentionInDays: args.logDays, region: edgeRegion },
    { parent },
  );
  new aws.wafv2.WebAclLoggingConfiguration(
    `${name}-logging`,
    {
      region: edgeRegion,
      resourceArn: acl.arn,
      logDestinationConfigs: [group.arn],
      redactedFields: [{ singleHeader: { name: "authorization" } }, { singleHeader: { name: "cookie" } }],
      loggingFilter: {
        defaultBehavior: "DROP",
        filters: [
          {
            behavior: "KEEP",
            requirement: "MEETS_ANY",
            conditions: [{ actionCondition: { action: "BLOCK" } }, { actionCondition: { action: "COUNT" } }],
          },
        ],
      },
    },
    { parent },
  );
}

function visibility(metricName: string) {
  return { cloudwatchMetricsEnabled: true, sampledRequestsEnabled: true, metricName };
}
