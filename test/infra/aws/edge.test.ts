import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { Edge, type EdgeArgs } from "../../../infra/components/aws/edge.ts";
import { EdgeLogs } from "../../../infra/components/aws/edge-logs.ts";
import type { FirewallArgs } from "../../../infra/components/aws/firewall.ts";
import { maintenancePage } from "../../../infra/components/aws/pure/maintenance-page.ts";
import { synth } from "../../support/synth.ts";
import { certificate, firewall, loadBalancer, network, refused, statement, storage } from "./parts.ts";

const whole = (args: () => Partial<EdgeArgs> = () => ({})) =>
  synth(() => {
    const files = storage();
    const edge = new Edge("edge", {
      loadBalancer: loadBalancer(network()),
      storage: files,
      firewall: firewall(),
      ...args(),
    });
    new EdgeLogs("edge-logs", { edge, storage: files });
  });

const distributionType = "aws:cloudfront/distribution:Distribution";

test("reaches the app by a VPC origin, and sends everything through the firewall", async () => {
  const result = await whole();
  expect(result.only("aws:cloudfront/vpcOrigin:VpcOrigin").inputs).toMatchObject({
    vpcOriginEndpointConfig: { arn: "{web-lb.arn}", name: "{web-lb.name}", originProtocolPolicy: "http-only" },
  });
  const { inputs } = result.only(distributionType);
  expect(inputs).toMatchObject({ webAclId: "{firewall-acl.arn}", httpVersion: "http2and3", waitForDeployment: false });
  expect(inputs.origins).toMatchObject([
    { originId: "app", domainName: "{web-lb.dnsName}", vpcOriginConfig: { vpcOriginId: "{edge-origin.id}" } },
    { originId: "static", originAccessControlId: "{edge-access.id}" },
    { originId: "media", originAccessControlId: "{edge-access.id}" },
  ]);
});

test("HTTPS everywhere; the app is never cached and sees the viewer's host name", async () => {
  const { inputs } = (await whole()).only(distributionType);
  expect(inputs.defaultCacheBehavior).toMatchObject({
    targetOriginId: "app",
    viewerProtocolPolicy: "redirect-to-https",
    // CachingDisabled and AllViewer, the names of AWS's managed policies of these ids.
    cachePolicyId: "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
    originRequestPolicyId: "216adef6-5c7f-47e4-b989-5492eafa07d3",
    responseHeadersPolicyId: "{edge-headers.id}",
  });
  expect(inputs.orderedCacheBehaviors).toMatchObject([
    { pathPattern: "/static/*", targetOriginId: "static", viewerProtocolPolicy: "redirect-to-https" },
    { pathPattern: "/media/*", targetOriginId: "media", viewerProtocolPolicy: "redirect-to-https" },
  ]);
});

test("security headers on every behaviour; static assets are kept 30 days and never change, media 7", async () => {
  const result = await whole();
  const policies = result.all("aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy");
  expect(policies.map(({ name }) => name)).toEqual(["edge-headers"]);
  for (const { inputs } of policies) {
    expect(inputs.securityHeadersConfig).toEqual({
      strictTransportSecurity: {
        accessControlMaxAgeSec: 31_536_000,
        includeSubdomains: true,
        preload: true,
        override: true,
      },
      contentTypeOptions: { override: true },
      frameOptions: { frameOption: "DENY", override: true },
      referrerPolicy: { referrerPolicy: "strict-origin-when-cross-origin", override: true },
    });
  }
});

test("what is found is kept for days, by a function that does not run on what is missing", async () => {
  const result = await whole();
  const behaviors = result.only(distributionType).inputs.orderedCacheBehaviors as Record<string, unknown>[];
  for (const [kind, value] of [
    ["static", "public, max-age=2592000, immutable"],
    ["media", "public, max-age=604800"],
  ]) {
    const { inputs } = result.only("aws:cloudfront/function:Function", `edge-${kind}-caching`);
    const answer = { statusCode: 200, headers: { etag: { value: "x" }, "cache-control": { value: "no-store" } } };
    expect(runInNewContext(`${inputs.code}; handler(${JSON.stringify({ response: answer })})`)).toEqual({
      statusCode: 200,
      headers: { etag: { value: "x" }, "cache-control": { value } },
    });
    expect(behaviors.find(({ pathPattern }) => pathPattern === `/${kind}/*`)).toMatchObject({
      functionAssociations: [{ eventType: "viewer-response", functionArn: `{edge-${kind}-caching.arn}` }],
    });
  }
});

test("only this distribution reads the buckets, over TLS", async () => {
  const result = await whole();
  for (const kind of ["static", "media"]) {
    const policy = result.only("aws:s3/bucketPolicy:BucketPolicy", `edge-${kind}-policy`);
    expect(policy.inputs.bucket).toBe(`{files-${kind}.bucket}`);
    expect(statement(policy, "TlsOnly")?.Effect).toBe("Deny");
    expect(statement(policy, "Edge")).toEqual({
      Sid: "Edge",
      Effect: "Allow",
      Principal: { Service: "cloudfront.amazonaws.com" },
      Action: "s3:GetObject",
      Resource: `{files-${kind}.arn}/*`,
      Condition: { StringEquals: { "AWS:SourceArn": "{edge-cdn.arn}" } },
    });
  }
  expect(result.only("aws:cloudfront/originAccessControl:OriginAccessControl").inputs).toMatchObject({
    signingBehavior: "always",
    signingProtocol: "sigv4",
  });
});

test("host names of its own bring TLS 1.2 as the least; all but the first are redirected to it", async () => {
  const result = await whole(() => ({ certificate: certificate() }));
  expect(result.only(distributionType).inputs).toMatchObject({
    aliases: ["shop.example.com", "www.shop.example.com"],
    viewerCertificate: {
      acmCertificateArn: "{certificate-acm.arn}",
      sslSupportMethod: "sni-only",
      minimumProtocolVersion: "TLSv1.2_2021",
    },
    defaultCacheBehavior: {
      functionAssociations: [{ eventType: "viewer-request", functionArn: "{edge-redirect.arn}" }],
    },
  });
  const { propertyDependencies } = result.only(distributionType);
  expect(propertyDependencies.viewerCertificate?.join()).toContain("::certificate-issued");
  const code = result.only("aws:cloudfront/function:Function", "edge-redirect").inputs;
  expect(code).toMatchObject({ runtime: "cloudfront-js-2.0", publish: true });
  expect(code.code).toContain('"https://shop.example.com"');
});

test("one host name needs no redirect", async () => {
  const result = await whole(() => ({ certificate: certificate(["shop.example.com"]) }));
  const functions = result.all("aws:cloudfront/function:Function").map(({ name }) => name);
  expect(functions).toEqual(["edge-media-caching", "edge-static-caching"]);
});

test("requests are logged to the bucket of logs, without cookies and query strings", async () => {
  const result = await whole();
  expect(result.only("aws:cloudwatch/logDeliverySource:LogDeliverySource").inputs).toMatchObject({
    region: "us-east-1",
    resourceArn: "{edge-cdn.arn}",
    logType: "ACCESS_LOGS",
  });
  expect(result.only("aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination").inputs).toMatchObject({
    deliveryDestinationConfiguration: { destinationResourceArn: "{files-logs.arn}/edge" },
  });
  const { recordFields } = result.only("aws:cloudwatch/logDelivery:LogDelivery").inputs;
  expect(recordFields).toContain("c-ip");
  expect(recordFields).not.toContain("cs(Cookie)");
  expect(recordFields).not.toContain("cs-uri-query");
});

interface Rule {
  readonly name: string;
  readonly action?: object;
  readonly overrideAction?: object;
  readonly statement: {
    rateBasedStatement?: { limit: number; evaluationWindowSec: number; scopeDownStatement?: object };
  };
}

const rules = async (args: Partial<FirewallArgs> = {}) => {
  const result = await synth(() => void firewall(args));
  return result.only("aws:wafv2/webAcl:WebAcl").inputs.rules as Rule[];
};

test("the firewall has AWS's managed rules and two limits, in the region that CloudFront asks for", async () => {
  const result = await synth(() => void firewall());
  const acl = result.only("aws:wafv2/webAcl:WebAcl").inputs;
  expect(acl).toMatchObject({ scope: "CLOUDFRONT", region: "us-east-1", defaultAction: { allow: {} } });
  expect((acl.rules as Rule[]).map(({ name }) => name)).toEqual([
    "Maintenance",
    "AmazonIpReputationList",
    "CommonRuleSet",
    "KnownBadInputsRuleSet",
    "SQLiRuleSet",
    "SignIn",
    "Rate",
  ]);
});

test("ten POSTs a minute to register and login, and the rate of the configuration for all else", async () => {
  const [signIn, rate] = (await rules({ requestsPer5Minutes: 500 })).slice(-2);
  expect(signIn?.action).toEqual({ block: {} });
  expect(signIn?.statement.rateBasedStatement).toMatchObject({ limit: 10, evaluationWindowSec: 60 });
  expect(rate?.statement.rateBasedStatement).toMatchObject({ limit: 500, evaluationWindowSec: 300 });
  const scope = JSON.stringify(signIn?.statement.rateBasedStatement?.scopeDownStatement);
  expect(scope).toContain('"searchString":"POST"');
  const expression = new RegExp(/"regexString":"([^"]+)"/.exec(scope)?.[1] ?? "(?!)");
  for (const path of ["/login/", "/api/v1/auth/login", "/register/", "/api/v1/auth/register//"]) {
    expect(expression.test(path), path).toBe(true);
  }
  for (const path of ["/", "/login/help", "/tournaments/api/x/register/context/", "/unregister"]) {
    expect(expression.test(path), path).toBe(false);
  }
});

test("counting blocks nothing", async () => {
  const [, ...counting] = await rules({ mode: "count" });
  for (const { action, overrideAction } of counting) expect(action ?? overrideAction).toEqual({ count: {} });
  const [, ...blocking] = await rules({ mode: "block" });
  expect(blocking.map(({ action, overrideAction }) => Object.keys(action ?? overrideAction ?? {}).join())).toEqual([
    "none",
    "none",
    "none",
    "none",
    "block",
    "block",
  ]);
});

test("the firewall's log holds neither tokens nor cookies, for the days given", async () => {
  const result = await synth(() => void firewall({ logDays: 14 }));
  expect(result.only("aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration").inputs.redactedFields).toEqual([
    { singleHeader: { name: "authorization" } },
    { singleHeader: { name: "cookie" } },
  ]);
  const group = result.only("aws:cloudwatch/logGroup:LogGroup").inputs;
  expect(group).toMatchObject({ retentionInDays: 14, region: "us-east-1" });
  expect(group.namePrefix).toMatch(/^aws-waf-logs-/);
});

test("refuses a limit that AWS does not have before anything registers", async () => {
  expect(await refused(() => firewall({ requestsPer5Minutes: 5 }), /10 or more/)).toEqual([]);
});

test("the maintenance page is shown to addresses of two sets that are empty and that an update leaves alone", async () => {
  const result = await synth(() => void firewall({ mode: "count" }));
  const sets = result.all("aws:wafv2/ipSet:IpSet");
  expect(sets.map(({ inputs }) => [inputs.ipAddressVersion, inputs.addresses, inputs.region])).toEqual([
    ["IPV4", [], "us-east-1"],
    ["IPV6", [], "us-east-1"],
  ]);
  for (const { options } of sets) expect(options.ignoreChanges).toEqual(["addresses"]);
  const acl = result.only("aws:wafv2/webAcl:WebAcl").inputs;
  expect(acl.customResponseBodies).toEqual([
    { key: "maintenance", contentType: "TEXT_HTML", content: maintenancePage },
  ]);
  const [first] = acl.rules as Record<string, unknown>[];
  expect(first).toMatchObject({
    name: "Maintenance",
    priority: 0,
    action: { block: { customResponse: { responseCode: 503, customResponseBodyKey: "maintenance" } } },
  });
  const condition = JSON.stringify(first?.statement);
  expect(condition).toContain("{firewall-maintenance-ipv4.arn}");
  expect(condition).toContain("{firewall-maintenance-ipv6.arn}");
  expect(condition).toMatch(/"notStatement":\{"statement":\{"byteMatchStatement":.*"searchString":"\/health\/"/);
  const priorities = (acl.rules as { priority: number }[]).map(({ priority }) => priority);
  expect(new Set(priorities).size).toBe(priorities.length);
});

test("the maintenance page is one file that fits the firewall's 4 KB and loads nothing", () => {
  expect(Buffer.byteLength(maintenancePage)).toBeLessThan(4096);
  expect(maintenancePage).not.toMatch(/(src|href)=|url\(|@import/);
  expect(maintenancePage).toMatch(/^<!doctype html>\n<html lang="en">/);
});
