// Application load balancers.
import type { Policy, Resource, Stack } from "../model.ts";
import { at, listAt, unless } from "../read.ts";

const balancer = "aws:lb/loadBalancer:LoadBalancer";
const listener = "aws:lb/listener:Listener";

export const loadBalancerInternal: Policy = {
  name: "load-balancer-internal",
  title: "The load balancer is reached through CloudFront alone",
  why: "A public one is a way round the firewall and its limits.",
  fix: "Set internal: true and reach it as a VPC origin.",
  severity: "high",
  controls: [],
  on: [balancer],
  check: ({ inputs }) => unless(at(inputs, "internal") === true, "is on the internet"),
};

export const loadBalancerDropsInvalidHeaders: Policy = {
  name: "load-balancer-drops-invalid-headers",
  title: "Headers that are not valid are dropped",
  why: "Servers disagree about what they mean, which smuggles requests past checks.",
  fix: "Set dropInvalidHeaderFields: true.",
  severity: "medium",
  controls: ["ELB.4", "CKV_AWS_131"],
  on: [balancer],
  check: ({ inputs }) => unless(at(inputs, "dropInvalidHeaderFields") === true, "passes invalid headers on"),
};

export const loadBalancerDesync: Policy = {
  name: "load-balancer-desync",
  title: "Requests that could be read in two ways are stopped",
  why: "They smuggle a second request into somebody else's connection.",
  fix: "Leave desyncMitigationMode out, or set it to defensive or strictest.",
  severity: "medium",
  controls: ["ELB.12", "CKV_AWS_328"],
  on: [balancer],
  check: ({ inputs }) =>
    unless(
      [undefined, "defensive", "strictest"].includes(at(inputs, "desyncMitigationMode") as string),
      "passes ambiguous requests on",
    ),
};

export const loadBalancerLogs: Policy = {
  name: "load-balancer-logs",
  title: "Requests are logged at the load balancer",
  why: "It tells which task answered what, when the task does not.",
  fix: "Set accessLogs with a bucket and enabled: true.",
  severity: "medium",
  controls: ["ELB.5", "AwsSolutions-ELB2", "CKV_AWS_91"],
  on: [balancer],
  check: ({ inputs }) =>
    unless(
      at(inputs, "accessLogs.enabled") === true && at(inputs, "accessLogs.bucket") !== undefined,
      "logs no requests",
    ),
};

export const loadBalancerDeletionProtected: Policy = {
  name: "load-balancer-deletion-protected",
  title: "AWS refuses to delete the load balancer",
  why: "Without it nothing answers.",
  fix: "Set enableDeletionProtection: true.",
  severity: "medium",
  controls: ["ELB.6", "CKV_AWS_150"],
  on: [balancer],
  notIn: { development: "as staging", staging: "an environment to try things with is thrown away whole" },
  check: ({ inputs }) => unless(at(inputs, "enableDeletionProtection") === true, "can be deleted"),
};

export const loadBalancerSeveralZones: Policy = {
  name: "load-balancer-several-zones",
  title: "The load balancer stands in two zones or more",
  why: "A zone that fails must not take it along.",
  fix: "Give it subnets of two zones or more.",
  severity: "medium",
  controls: ["ELB.13"],
  on: [balancer],
  check: ({ inputs }) => unless(listAt(inputs, "subnets").length >= 2, "stands in one zone"),
};

export const listenerTls: Policy = {
  name: "listener-tls",
  title: "A listener on the internet speaks TLS 1.2 or sends there",
  why: "Everybody on the way reads and changes what passes in clear.",
  fix: "Set protocol HTTPS and an sslPolicy of the ELBSecurityPolicy-TLS13-1-2 family, or redirect to HTTPS.",
  severity: "critical",
  controls: ["ELB.1", "ELB.17", "ELB.18", "CKV_AWS_2", "CKV_AWS_103", "CKV2_AWS_20"],
  on: [listener],
  exceptions: ["Listeners of an internal load balancer, which only CloudFront reaches, over AWS's own network."],
  checkWithin: (one, stack) =>
    unless(!isOnInternet(one, stack) || speaksTls(one) || redirects(one), "takes requests from the internet in clear"),
};

function isOnInternet(one: Resource, stack: Stack): boolean {
  const [owner] = stack.referredBy(one, balancer, "loadBalancerArn");
  return owner === undefined || at(owner.inputs, "internal") !== true;
}

function speaksTls({ inputs }: Resource): boolean {
  return (
    ["HTTPS", "TLS"].includes(String(at(inputs, "protocol"))) &&
    /^ELBSecurityPolicy-(TLS13-1-[23]|TLS-1-2|FS-1-2)/.test(String(at(inputs, "sslPolicy")))
  );
}

function redirects({ inputs }: Resource): boolean {
  const actions = listAt(inputs, "defaultActions");
  return (
    actions.length > 0 &&
    actions.every((action) => at(action, "type") === "redirect" && at(action, "redirect.protocol") === "HTTPS")
  );
}
