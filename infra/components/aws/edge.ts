// What users reach: a CloudFront distribution before the app, the static assets and the media.
//
//   new Edge("edge", { loadBalancer, storage, firewall });
//
// Monthly cost: 1 TB and 10 million requests are free, then $0.085 for each GB and $0.01 for 10,000 requests.
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Certificate } from "./certificate.ts";
import type { Firewall } from "./firewall.ts";
import type { LoadBalancer } from "./load-balancer.ts";
import { cachingFunction } from "./pure/caching-function.ts";
import { policyDocument, tlsOnly } from "./pure/iam.ts";
import { redirectFunction } from "./pure/redirect-function.ts";
import type { Storage } from "./storage.ts";

export interface EdgeArgs {
  readonly loadBalancer: LoadBalancer;
  readonly storage: Storage;
  readonly firewall: Firewall;
  /** Host names of its own: the first answers, the others are redirected to it. @default CloudFront's own name */
  readonly certificate?: Certificate;
}

type Behavior = aws.types.input.cloudfront.DistributionOrderedCacheBehavior;

const day = 86_400;

/** AWS's own policies, by id: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html */
const managed = {
  cachingDisabled: "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
  /** Every header of the viewer's, Host among them: the app checks it against ALLOWED_HOSTS. */
  allViewer: "216adef6-5c7f-47e4-b989-5492eafa07d3",
} as const;

export class Edge extends pulumi.ComponentResource {
  /** CloudFront's name of the distribution. */
  readonly domainName: pulumi.Output<string>;
  /** Route 53's zone of CloudFront, for aliases. */
  readonly hostedZoneId: pulumi.Output<string>;
  readonly arn: pulumi.Output<string>;
  readonly distributionId: pulumi.Output<string>;

  constructor(name: string, args: EdgeArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:edge:Edge", name, {}, opts);

    const appOrigin = vpcOrigin(this, name, args.loadBalancer);
    const access = originAccess(this, name);
    const headers = headersPolicy(this, `${name}-headers`).id;
    const assets = assetBehavior(this, name, { kind: "static", days: 30, headers });
    const media = assetBehavior(this, name, { kind: "media", days: 7, headers });
    const distribution = new aws.cloudfront.Distribution(
      `${name}-cdn`,
      {
        comment: name,
        enabled: true,
        httpVersion: "http2and3",
        isIpv6Enabled: true,
        priceClass: "PriceClass_100",
        webAclId: args.firewall.arn,
        origins: [
          {
            originId: "app",
            domainName: args.loadBalancer.dnsName,
            vpcOriginConfig: { vpcOriginId: appOrigin.id, originReadTimeout: 30, originKeepaliveTimeout: 30 },
          },
          bucketOrigin("static", args.storage.static, access),
          bucketOrigin("media", args.storage.media, access),
        ],
        defaultCacheBehavior: { ...appBehavior(headers), ...redirect(this, name, args.certificate) },
        orderedCacheBehaviors: [assets, media],
        restrictions: { geoRestriction: { restrictionType: "none" } },
        ...hostNames(args),
        // A change takes minutes to reach every edge location, and nothing here has to wait for the last of them.
        waitForDeployment: false,
      },
      { parent: this },
    );
    readableBy(this, `${name}-static`, distribution, args.storage.static);
    readableBy(this, `${name}-media`, distribution, args.storage.media);

    this.domainName = distribution.domainName;
    this.hostedZoneId = distribution.hostedZoneId;
    this.arn = distribution.arn;
    this.distributionId = distribution.id;
    this.registerOutputs({ domainName: this.domainName });
  }
}

/** A way from CloudFront to the internal load balancer that never touches the internet, so HTTP inside it is enough. */
function vpcOrigin(parent: Edge, name: string, loadBalancer: LoadBalancer): aws.cloudfront.VpcOrigin {
  return new aws.cloudfront.VpcOrigin(
    `${name}-origin`,
    {
      vpcOriginEndpointConfig: {
        // Names are unique in an account, and there is no autonaming for this one.
        name: loadBalancer.physicalName,
        arn: loadBalancer.arn,
        httpPort: 80,
        httpsPort: 443,
        originProtocolPolicy: "http-only",
        originSslProtocols: { items: ["TLSv1.2"], quantity: 1 },
      },
    },
    // CloudFront checks that the load balancer listens.
    { parent, dependsOn: loadBalancer.listener },
  );
}

function originAccess(parent: Edge, name: string): aws.cloudfront.OriginAccessControl {
  return new aws.cloudfront.OriginAccessControl(
    `${name}-access`,
    { originAccessControlOriginType: "s3", signingBehavior: "always", signingProtocol: "sigv4" },
    { parent },
  );
}

function bucketOrigin(originId: string, bucket: aws.s3.Bucket, access: aws.cloudfront.OriginAccessControl) {
  return { originId, domainName: bucket.bucketRegionalDomainName, originAccessControlId: access.id };
}

/**
 * Nothing is cached, errors neither: with this policy CloudFront keeps none, for which elsewhere, as for a file that is missing, it
 * asks again after 10 s only (https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HTTPStatusCodes.html).
 */
function appBehavior(headers: pulumi.Output<string>) {
  return {
    targetOriginId: "app",
    viewerProtocolPolicy: "redirect-to-https",
    allowedMethods: ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"],
    cachedMethods: ["GET", "HEAD"],
    compress: true,
    cachePolicyId: managed.cachingDisabled,
    originRequestPolicyId: managed.allViewer,
    responseHeadersPolicyId: headers,
  };
}

interface Assets {
  readonly kind: "static" | "media";
  /** How long they are kept. */
  readonly days: number;
  /** Id of the policy with the headers of all answers. */
  readonly headers: pulumi.Output<string>;
}

/** Objects below `/${kind}/`, kept by browsers and edge locations for some days; static ones never change under a name. */
function assetBehavior(parent: Edge, name: string, { kind, days, headers }: Assets): Behavior {
  const seconds = days * day;
  const cache = new aws.cloudfront.CachePolicy(
    `${name}-${kind}-cache`,
    {
      comment: `${kind}: ${days} days`,
      minTtl: 0,
      defaultTtl: seconds,
      maxTtl: seconds,
      parametersInCacheKeyAndForwardedToOrigin: {
        cookiesConfig: { cookieBehavior: "none" },
        headersConfig: { headerBehavior: "none" },
        queryStringsConfig: { queryStringBehavior: "none" },
        enableAcceptEncodingBrotli: true,
        enableAcceptEncodingGzip: true,
      },
    },
    { parent },
  );
  const cacheControl = `public, max-age=${seconds}${kind === "static" ? ", immutable" : ""}`;
  const code = cachingFunction(cacheControl);
  const caching = new aws.cloudfront.Function(
    `${name}-${kind}-caching`,
    { runtime: "cloudfront-js-2.0", comment: cacheControl, publish: true, code },
    { parent },
  );
  return {
    pathPattern: `/${kind}/*`,
    targetOriginId: kind,
    viewerProtocolPolicy: "redirect-to-https",
    allowedMethods: ["GET", "HEAD", "OPTIONS"],
    cachedMethods: ["GET", "HEAD"],
    compress: true,
    cachePolicyId: cache.id,
    responseHeadersPolicyId: headers,
    functionAssociations: [{ eventType: "viewer-response", functionArn: caching.arn }],
  };
}

/** Security headers on every answer, whatever the origin sent; the content security policy is the app's, with its nonces. */
function headersPolicy(parent: Edge, name: string): aws.cloudfront.ResponseHeadersPolicy {
  return new aws.cloudfront.ResponseHeadersPolicy(
    name,
    {
      securityHeadersConfig: {
        strictTransportSecurity: {
          accessControlMaxAgeSec: 31_536_000,
          includeSubdomains: true,
          preload: true,
          override: true,
        },
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: "DENY", override: true },
        referrerPolicy: { referrerPolicy: "strict-origin-when-cross-origin", override: true },
      },
    },
    { parent },
  );
}

/** With CloudFront's own certificate, AWS fixes the minimum at TLS 1.0; a domain's certificate raises it to 1.2. */
function hostNames({ certificate }: EdgeArgs) {
  if (certificate === undefined) return { viewerCertificate: { cloudfrontDefaultCertificate: true } };
  return {
    aliases: [...certificate.names],
    viewerCertificate: {
      acmCertificateArn: certificate.arn,
      sslSupportMethod: "sni-only",
      minimumProtocolVersion: "TLSv1.2_2021",
    },
  };
}

/** From every further name to the first, at the edge: the app knows one name only. */
function redirect(parent: Edge, name: string, certificate: Certificate | undefined) {
  const [host, ...others] = certificate?.names ?? [];
  if (host === undefined || others.length === 0) return {};
  const code = new aws.cloudfront.Function(
    `${name}-redirect`,
    { runtime: "cloudfront-js-2.0", comment: `To ${host}`, publish: true, code: redirectFunction(host) },
    { parent },
  );
  return { functionAssociations: [{ eventType: "viewer-request", functionArn: code.arn }] };
}

/** Only this distribution reads the bucket, and only over TLS. */
function readableBy(
  parent: Edge,
  name: string,
  distribution: aws.cloudfront.Distribution,
  bucket: aws.s3.Bucket,
): void {
  new aws.s3.BucketPolicy(
    `${name}-policy`,
    {
      bucket: bucket.bucket,
      policy: policyDocument(tlsOnly(bucket.arn), {
        Sid: "Edge",
        Effect: "Allow",
        Principal: { Service: "cloudfront.amazonaws.com" },
        Action: "s3:GetObject",
        Resource: pulumi.interpolate`${bucket.arn}/*`,
        Condition: { StringEquals: { "AWS:SourceArn": distribution.arn } },
      }),
    },
    { parent },
  );
}
