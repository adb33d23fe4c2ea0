// WAF before the edge.
import type { Policy, Resource } from "../model.ts";
import { at, firstFault, listAt, numberAt, unless } from "../read.ts";

const acl = "aws:wafv2/webAcl:WebAcl";
const logging = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration";

function rules({ inputs }: Resource): readonly unknown[] {
  return listAt(inputs, "rules");
}

const managed = ["AmazonIpReputationList", "CommonRuleSet", "KnownBadInputsRuleSet", "SQLiRuleSet"];

export const firewallManagedRules: Policy = {
  name: "firewall-managed-rules",
  title: "AWS's rules against common attacks, bad inputs, SQL injection and known attackers are on",
  why: "They are kept up to date by people who see the attacks.",
  fix: `Add the managed rule groups ${managed.map((name) => `AWSManagedRules${name}`).join(", ")}.`,
  severity: "high",
  controls: ["WAF.10", "CKV_AWS_175", "CKV_AWS_192", "CKV2_AWS_47"],
  on: [acl],
  check: (firewall) =>
    firstFault(managed, (name) =>
      unless(
        rules(firewall).some(
          (rule) =>
            at(rule, "statement.managedRuleGroupStatement.vendorName") === "AWS" &&
            at(rule, "statement.managedRuleGroupStatement.name") === `AWSManagedRules${name}`,
        ),
        `does without AWSManagedRules${name}`,
      ),
    ),
};

export const firewallBlocks: Policy = {
  name: "firewall-blocks",
  title: "The firewall blocks what its rules match",
  why: "A rule that only counts stops nobody.",
  fix: "Set firewall.mode: block.",
  severity: "high",
  controls: ["CKV_AWS_342"],
  on: [acl],
  notIn: {
    development: "as staging",
    staging: "new rules are tried here by counting, before they can block users",
  },
  check: (firewall) =>
    firstFault(rules(firewall), (rule) =>
      unless(
        at(rule, "overrideAction.none") !== undefined || at(rule, "action.block") !== undefined,
        `has a rule ${String(at(rule, "name"))} that only counts`,
      ),
    ),
};

function rateRules(firewall: Resource): readonly unknown[] {
  return rules(firewall).flatMap((rule) => at(rule, "statement.rateBasedStatement") ?? []);
}

/** Requests that an address may make in a minute. */
function perMinute(rate: unknown): number {
  return (
    (numberAt(rate, "limit") * 60) / numberAt({ evaluationWindowSec: 300, ...(rate as object) }, "evaluationWindowSec")
  );
}

export const firewallSignInLimit: Policy = {
  name: "firewall-sign-in-limit",
  title: "An address may try ten times a minute to sign in or register",
  why: "Passwords are guessed by trying many.",
  fix: "Add a rate-based rule of 10 in 60 s whose scopeDownStatement matches login and register.",
  severity: "high",
  controls: [],
  on: [acl],
  check: (firewall) =>
    unless(
      rateRules(firewall).some((rate) => {
        const scope = JSON.stringify(at(rate, "scopeDownStatement") ?? "");
        return perMinute(rate) <= 10 && /login/i.test(scope) && /register/i.test(scope);
      }),
      "lets an address try passwords more than ten times a minute",
    ),
};

export const firewallRateLimit: Policy = {
  name: "firewall-rate-limit",
  title: "An address may make only so many requests",
  why: "One client must not be able to slow everybody down.",
  fix: "Add a rate-based rule without scopeDownStatement.",
  severity: "medium",
  controls: [],
  on: [acl],
  check: (firewall) =>
    unless(
      rateRules(firewall).some((rate) => at(rate, "scopeDownStatement") === undefined && perMinute(rate) <= 6000),
      "lets an address make any number of requests",
    ),
};

export const firewallMetrics: Policy = {
  name: "firewall-metrics",
  title: "The firewall and each of its rules are measured",
  why: "A rule that blocks users is noticed by its count.",
  fix: "Set visibilityConfig.cloudwatchMetricsEnabled: true on the web ACL and on every rule.",
  severity: "low",
  controls: ["WAF.12"],
  on: [acl],
  check: (firewall) =>
    firstFault([firewall.inputs, ...rules(firewall)], (one) =>
      unless(at(one, "visibilityConfig.cloudwatchMetricsEnabled") === true, "does not measure every rule"),
    ),
};

export const firewallLogs: Policy = {
  name: "firewall-logs",
  title: "What the firewall stops is logged",
  why: "A user who was stopped by mistake asks why.",
  fix: "Add an aws.wafv2.WebAclLoggingConfiguration for the web ACL.",
  severity: "medium",
  controls: ["WAF.11", "CKV2_AWS_31"],
  on: [acl],
  checkWithin: (firewall, stack) =>
    unless(
      stack
        .referringTo(firewall, logging, "resourceArn")
        .some(({ inputs }) => listAt(inputs, "logDestinationConfigs").length > 0),
      "logs nothing",
    ),
};

export const firewallLogsRedacted: Policy = {
  name: "firewall-logs-redacted",
  title: "The firewall's log holds neither tokens nor cookies",
  why: "Whoever reads it could act as the users in it.",
  fix: "Add singleHeader authorization and cookie to redactedFields.",
  severity: "high",
  controls: [],
  on: [logging],
  check: ({ inputs }) => {
    const redacted = listAt(inputs, "redactedFields").map((field) => String(at(field, "singleHeader.name")));
    return firstFault(["authorization", "cookie"], (header) =>
      unless(redacted.includes(header), `writes the header ${header} to its log`),
    );
  },
};
