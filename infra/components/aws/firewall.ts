// The web application firewall at the edge: AWS's managed rules, limits on how fast one address may ask, and the
// switch that shows every user the maintenance page.
//
//   new Firewall("firewall", { mode: "block", metricName: "berth-production", requestsPer5Minutes: 2000, logDays: 30 });
//
// Monthly cost: $12 (the list $5, seven rules $1 each), and $0.60 for each million requests.
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { edgeRegion } from "./pure/edge-region.ts";
import { maintenancePage } from "./pure/maintenance-page.ts";

export interface FirewallArgs {
  /** `count` reports what would be blocked and blocks nothing. */
  readonly mode: "block" | "count";
  /** What the list is called in CloudWatch's metrics; unique in the account. */
  readonly metricName: string;
  /** Requests that one address may make in 5 minutes, 10 or more. */
  readonly requestsPer5Minutes: number;
  /** Days that the log of matched requests is kept. */
  readonly logDays: number;
}

/** What AWS finds a set of addresses by. */
export interface AddressSet {
  readonly id: pulumi.Output<string>;
  readonly name: pulumi.Output<string>;
}

type Rule = aws.types.input.wafv2.WebAclRule;

export class Firewall extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;
  readonly metricName: string;
  /** Sets of the addresses that get the maintenance page, in CloudFront's region. */
  readonly maintenance: Readonly<Record<"ipv4" | "ipv6", AddressSet>>;

  constructor(name: string, args: FirewallArgs, opts?: pulumi.ComponentResourceOptions) {
    assertLimit(args.requestsPer5Minutes);
    super("berth:edge:Firewall", name, {}, opts);

    const ipv4 = maintainedAddresses(this, name, "ipv4");
    const ipv6 = maintainedAddresses(this, name, "ipv6");
    const acl = new aws.wafv2.WebAcl(
      `${name}-acl`,
      {
        region: edgeRegion,
        scope: "CLOUDFRONT",
        description: "Managed rules and rate limits",
        defaultAction: { allow: {} },
        rules: [maintenanceRule([ipv4, ipv6]), ...managedRules(args.mode), ...rateRules(args)],
        customResponseBodies: [{ key: "maintenance", contentType: "TEXT_HTML", content: maintenancePage }],
        visibilityConfig: visibility(args.metricName),
      },
      { parent: this },
    );
    logging(this, name, args, acl);

    this.arn = acl.arn;
    this.metricName = args.metricName;
    this.maintenance = { ipv4: { id: ipv4.id, name: ipv4.name }, ipv6: { id: ipv6.id, name: ipv6.name } };
    this.registerOutputs({ arn: this.arn });
  }
}

function assertLimit(limit: number): void {
  if (!Number.isInteger(limit) || limit < 10) {
    throw new Error(`A rate rule allows 10 or more whole requests, not ${limit}.`);
  }
}

/**
 * The addresses that get the maintenance page: none, or all of them (0.0.0.0/1 and so on). `berth maintenance` changes that
 * at AWS, in seconds and without an update, so an update must not take it back.
 */
function maintainedAddresses(parent: Firewall, name: string, version: "ipv4" | "ipv6"): aws.wafv2.IpSet {
  return new aws.wafv2.IpSet(
    `${name}-maintenance-${version}`,
    {
      region: edgeRegion,
      scope: "CLOUDFRONT",
      description: "Who gets the maintenance page",
      ipAddressVersion: version.toUpperCase(),
      addresses: [],
    },
    { parent, ignoreChanges: ["addresses"] },
  );
}

/** Before all other rules, in `count` too; health checks still reach the app, so that nobody is paged for it. */
function maintenanceRule(sets: readonly aws.wafv2.IpSet[]): Rule {
  const isHealthCheck = {
    byteMatchStatement: {
      fieldToMatch: { uriPath: {} },
      positionalConstraint: "STARTS_WITH",
      searchString: "/health/",
      textTransformations: [{ priority: 0, type: "NONE" }],
    },
  };
  const isMaintained = { orStatement: { statements: sets.map(({ arn }) => ({ ipSetReferenceStatement: { arn } })) } };
  return {
    name: "Maintenance",
    priority: 0,
    action: {
      block: {
        customResponse: {
          responseCode: 503,
          customResponseBodyKey: "maintenance",
          responseHeaders: [
            { name: "Retry-After", value: "300" },
            { name: "Cache-Control", value: "no-store" },
          ],
        },
      },
    },
    statement: { andStatement: { statements: [isMaintained, { notStatement: { statement: isHealthCheck } }] } },
    visibilityConfig: visibility("Maintenance"),
  };
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
    priority: index + 1,
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
