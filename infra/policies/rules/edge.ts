// CloudFront: what users reach.
import type { Policy, Resource, Stack } from "../model.ts";
import { at, firstFault, listAt, numberAt, textsAt, unless } from "../read.ts";

const distribution = "aws:cloudfront/distribution:Distribution";

function behaviors({ inputs }: Resource): readonly unknown[] {
  return [at(inputs, "defaultCacheBehavior"), ...listAt(inputs, "orderedCacheBehaviors")];
}

function pathOf(behavior: unknown): string {
  return String(at(behavior, "pathPattern") ?? "every other path");
}

export const edgeHttpsOnly: Policy = {
  name: "edge-https-only",
  title: "Users come by HTTPS, or are sent there",
  why: "A session over HTTP can be read and taken over by anybody on the way.",
  fix: "Set viewerProtocolPolicy to redirect-to-https or https-only in every behaviour.",
  severity: "critical",
  controls: ["CloudFront.3", "CKV_AWS_34"],
  on: [distribution],
  check: (edge) =>
    firstFault(behaviors(edge), (behavior) =>
      unless(
        ["redirect-to-https", "https-only"].includes(String(at(behavior, "viewerProtocolPolicy"))),
        `answers ${pathOf(behavior)} over HTTP`,
      ),
    ),
};

export const edgeTls: Policy = {
  name: "edge-tls",
  title: "Users speak TLS 1.2 or later",
  why: "Older versions can be broken by who sits on the way.",
  fix: "Set viewerCertificate.minimumProtocolVersion to TLSv1.2_2021 and sslSupportMethod to sni-only.",
  severity: "high",
  controls: ["CloudFront.8", "CloudFront.15", "AwsSolutions-CFR4", "CKV_AWS_174"],
  on: [distribution],
  exceptions: ["CloudFront's own host name and certificate, for which AWS sets the policy; a domain brings its own."],
  check: ({ inputs }) => {
    if (at(inputs, "viewerCertificate.cloudfrontDefaultCertificate") === true) return undefined;
    return (
      unless(
        /^TLSv1\.(2_20(19|21|25)|3_)/.test(String(at(inputs, "viewerCertificate.minimumProtocolVersion"))),
        "takes versions of TLS before 1.2, or weak ciphers",
      ) ?? unless(at(inputs, "viewerCertificate.sslSupportMethod") === "sni-only", "has addresses of its own for TLS")
    );
  },
};

export const edgeOriginAccess: Policy = {
  name: "edge-origin-access",
  title: "Buckets are read through CloudFront's signed requests alone",
  why: "The bucket can then be closed to everybody else.",
  fix: "Give every S3 origin an originAccessControlId whose signingBehavior is always.",
  severity: "high",
  controls: ["CloudFront.13", "AwsSolutions-CFR7", "AwsSolutions-S5", "CKV2_AWS_46"],
  on: [distribution],
  checkWithin: (edge, stack) => {
    const unsigned = stack
      .referredBy(edge, "aws:cloudfront/originAccessControl:OriginAccessControl", "origins")
      .find(({ inputs }) => at(inputs, "signingBehavior") !== "always" || at(inputs, "signingProtocol") !== "sigv4");
    return (
      firstFault(listAt(edge.inputs, "origins"), (origin) =>
        unless(
          isProtectedElsewhere(origin) || at(origin, "originAccessControlId") !== undefined,
          `reads the origin ${String(at(origin, "originId"))} without signing its requests`,
        ),
      ) ?? unless(unsigned === undefined, `has ${unsigned?.name}, which does not sign every request`)
    );
  },
};

function isProtectedElsewhere(origin: unknown): boolean {
  return at(origin, "vpcOriginConfig") !== undefined || at(origin, "customOriginConfig") !== undefined;
}

export const edgeOriginEncrypted: Policy = {
  name: "edge-origin-encrypted",
  title: "CloudFront speaks TLS 1.2 to what it reaches over the internet",
  why: "Behind CloudFront the way goes on, and requests carry sessions and passwords.",
  fix: 'Set originProtocolPolicy to https-only and originSslProtocols to ["TLSv1.2"].',
  severity: "high",
  controls: ["CloudFront.9", "CloudFront.10", "AwsSolutions-CFR5", "CKV2_AWS_54", "CKV2_AWS_72"],
  on: [distribution],
  exceptions: ["A VPC origin: its traffic stays in AWS's network, where AWS encrypts it between data centres."],
  check: ({ inputs }) =>
    firstFault(listAt(inputs, "origins"), (origin) => {
      const custom = at(origin, "customOriginConfig");
      return unless(
        custom === undefined ||
          (at(custom, "originProtocolPolicy") === "https-only" &&
            textsAt(custom, "originSslProtocols").join() === "TLSv1.2"),
        `reaches the origin ${String(at(origin, "originId"))} without TLS 1.2`,
      );
    }),
};

export const edgeFirewall: Policy = {
  name: "edge-firewall",
  title: "A firewall stands before the app",
  why: "It stops known attacks and floods before they cost anything.",
  fix: "Set webAclId.",
  severity: "high",
  controls: ["CloudFront.6", "AwsSolutions-CFR2", "CKV_AWS_68"],
  on: [distribution],
  check: ({ inputs }) => unless(at(inputs, "webAclId") !== undefined, "has no firewall"),
};

export const edgeSecurityHeaders: Policy = {
  name: "edge-security-headers",
  title: "Every answer carries security headers",
  why: "They tell browsers to stay on HTTPS and out of other people's frames.",
  fix: "Give every behaviour a responseHeadersPolicyId.",
  severity: "medium",
  controls: ["CKV2_AWS_32"],
  on: [distribution],
  check: (edge) =>
    firstFault(behaviors(edge), (behavior) =>
      unless(
        at(behavior, "responseHeadersPolicyId") !== undefined,
        `answers ${pathOf(behavior)} without security headers`,
      ),
    ),
};

export const edgeHeadersStrict: Policy = {
  name: "edge-headers-strict",
  title: "Security headers are the strict ones: HSTS for a year with subdomains, nosniff, no frames, a referrer policy",
  why: "Weaker ones look like protection and are none.",
  fix: "Set strictTransportSecurity, contentTypeOptions, frameOptions DENY and referrerPolicy in securityHeadersConfig.",
  severity: "medium",
  controls: [],
  on: ["aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy"],
  check: ({ inputs }) => {
    const headers = at(inputs, "securityHeadersConfig");
    const hsts = at(headers, "strictTransportSecurity");
    return (
      unless(
        numberAt(hsts, "accessControlMaxAgeSec") >= 31_536_000 &&
          at(hsts, "includeSubdomains") === true &&
          at(hsts, "preload") === true,
        "does not hold browsers to HTTPS for a year, from the first visit, subdomains included",
      ) ??
      unless(at(headers, "frameOptions.frameOption") === "DENY", "lets other sites put pages into frames") ??
      unless(
        ["no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"].includes(
          String(at(headers, "referrerPolicy.referrerPolicy")),
        ),
        "tells other sites where users come from",
      ) ??
      firstFault(securityHeaders, (header) =>
        unless(at(headers, `${header}.override`) === true, `lets an origin weaken ${header}`),
      )
    );
  },
};

const securityHeaders = ["strictTransportSecurity", "contentTypeOptions", "frameOptions", "referrerPolicy"];

export const edgeLogs: Policy = {
  name: "edge-logs",
  title: "Every request at the edge is logged",
  why: "What a firewall let through is seen nowhere else with the user's address.",
  fix: "Deliver ACCESS_LOGS of the distribution by a log delivery source, delivery and destination.",
  severity: "medium",
  controls: ["CloudFront.5", "AwsSolutions-CFR3", "CKV_AWS_86"],
  on: [distribution],
  checkWithin: (edge, stack) =>
    unless(at(edge.inputs, "loggingConfig.bucket") !== undefined || isDelivered(edge, stack), "logs no requests"),
};

function isDelivered(edge: Resource, stack: Stack): boolean {
  return stack
    .referringTo(edge, "aws:cloudwatch/logDeliverySource:LogDeliverySource", "resourceArn")
    .filter(({ inputs }) => at(inputs, "logType") === "ACCESS_LOGS")
    .some(
      (source) => stack.referringTo(source, "aws:cloudwatch/logDelivery:LogDelivery", "deliverySourceName").length > 0,
    );
}
