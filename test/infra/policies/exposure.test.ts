import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import type { Graph } from "../../../infra/plan/graph.ts";
import { exposureChange, exposureOf, matches } from "../../../infra/policies/exposure/exposure.ts";
import { sentence } from "../../../infra/policies/exposure/model.ts";
import { committedGraph } from "../../support/committed.ts";
import { mutate } from "./mutate.ts";
import type { Mutation } from "./mutations/mutation.ts";

let production: Graph;
let staging: Graph;
let dev: Graph;
beforeAll(async () => {
  production = await committedGraph("production");
  staging = await committedGraph("staging");
  dev = await committedGraph("dev");
});

const said = (graph: Graph) => exposureOf(graph).map(sentence);

describe("what is reachable as committed", () => {
  test("the internet reaches the app, static assets and media through CloudFront, and no further than the database", () => {
    const byInternet = exposureOf(production).filter(({ isPublic }) => isPublic);
    expect(byInternet.map(sentence)).toEqual([
      "The internet can get to database database-postgres on port 5432 by way of load balancer web-lb, then service web-service.",
      "The internet can get to service web-service on port 8080 by way of load balancer web-lb.",
      "The internet can reach bucket storage-media through CloudFront edge-cdn at /media/*.",
      "The internet can reach bucket storage-static through CloudFront edge-cdn at /static/*.",
      "The internet can reach load balancer web-lb through CloudFront edge-cdn at every other path.",
    ]);
  });

  test("who reaches the database, and who may sign in to it", () => {
    const database = said(production).filter((text) => /reach database|rds-db:connect/.test(text));
    expect(database).toEqual([
      expect.stringMatching(/^Role web-task-role may rds-db:connect on arn:aws:rds-db:.*\/app\.$/),
      expect.stringMatching(/^Role worker-task-role may rds-db:connect on arn:aws:rds-db:.*\/app\.$/),
      "Service web-service can reach database database-postgres on port 5432.",
      "Service worker-service can reach database database-postgres on port 5432.",
      "What runs in release-sg can reach database database-postgres on port 5432.",
    ]);
  });

  test("tasks with public addresses are told apart", () => {
    expect(said(staging)).toContain("Service web-service can be addressed from the internet.");
    expect(said(production)).not.toContain("Service web-service can be addressed from the internet.");
  });

  test("on a Docker host", () => {
    expect(said(dev)).toEqual(
      expect.arrayContaining([
        "Container database-server can reach everything on network network-data.",
        "Container web can reach everything on network network-data.",
        "The host itself can reach container proxy-nginx on port 8080.",
      ]),
    );
    expect(said(dev)).not.toContain("Container database-server can reach the internet.");
  });
});

const rule = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const policy = "aws:iam/rolePolicy:RolePolicy";
const bucketPolicy = "aws:s3/bucketPolicy:BucketPolicy";

/** What a change of production makes possible, and what no longer is. */
function change(...mutations: readonly Partial<Mutation>[]) {
  const after = mutations.reduce(
    (graph, one) => mutate(graph, { in: "production", type: rule, breaks: [], ...one }),
    production,
  );
  const { gained, lost } = exposureChange(production, after);
  return { gained: gained.map(({ text }) => text), lost: lost.map(({ text }) => text) };
}

describe("what a change makes possible", () => {
  test("nothing, if nothing changes", () => {
    expect(change()).toEqual({ gained: [], lost: [] });
  });

  test("a group opened to every address is told by what is in it", () => {
    const opened = { name: "web-database-in", set: { cidrIpv4: "0.0.0.0/0", referencedSecurityGroupId: undefined } };
    expect(change(opened)).toEqual({
      gained: ["Every address in the network can now reach database database-postgres on port 5432."],
      lost: [
        "The internet can no longer get to database database-postgres on port 5432 by way of load balancer web-lb, then service web-service.",
        "Service web-service can no longer reach database database-postgres on port 5432.",
      ],
    });
    const addressed = { type: "aws:rds/instance:Instance", set: { publiclyAccessible: true } };
    expect(change(opened, addressed).gained).toEqual([
      "The internet can now reach database database-postgres on port 5432.",
      "Database database-postgres can now be addressed from the internet.",
    ]);
  });

  test("a load balancer on the internet", () => {
    const balancer = { type: "aws:lb/loadBalancer:LoadBalancer", set: { internal: false } };
    const open = { name: "web-lb-cloudfront", set: { cidrIpv4: "0.0.0.0/0" } };
    expect(change(balancer, open).gained).toEqual([
      "The internet can now reach load balancer web-lb on port 80.",
      "Load balancer web-lb can now be addressed from the internet.",
    ]);
  });

  test("a way out", () => {
    const out = {
      type: "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
      name: "web-out-443",
      set: { fromPort: undefined, toPort: undefined, ipProtocol: "-1" },
    };
    expect(change(out).gained).toEqual(["Service web-service can now reach the internet on every port."]);
  });

  test("an edge without firewall or over HTTP", () => {
    const edge = { type: "aws:cloudfront/distribution:Distribution", set: { webAclId: undefined } };
    expect(change(edge).gained).toContain(
      "The internet can now reach load balancer web-lb through CloudFront edge-cdn at every other path, past no firewall.",
    );
    const clear = { ...edge, set: { "defaultCacheBehavior.viewerProtocolPolicy": "allow-all" } };
    expect(change(clear).gained).toEqual([
      "The internet can now reach load balancer web-lb through CloudFront edge-cdn at every other path, without TLS if it likes.",
    ]);
  });

  test("an action more", () => {
    const more = {
      type: policy,
      name: "release-task-policy",
      set: { "policy.Statement.0.Action": ["s3:PutObject", "s3:DeleteObject"] },
    };
    expect(change(more)).toEqual({
      gained: ["Role release-task-role may now s3:DeleteObject on {storage-static.arn}/static/*."],
      lost: [],
    });
  });

  test("a wildcard is wider, a narrower permission is nothing new", () => {
    const wide = { type: policy, name: "release-task-policy", set: { "policy.Statement.0.Resource": "*" } };
    expect(change(wide)).toEqual({ gained: ["Role release-task-role may now s3:PutObject on *."], lost: [] });
    const narrow = {
      ...wide,
      set: { "policy.Statement.0.Resource": "{storage-static.arn}/static/css/*" },
    };
    expect(change(narrow)).toEqual({
      gained: [],
      lost: ["Role release-task-role may no longer s3:PutObject on {storage-static.arn}/static/*."],
    });
  });

  test("a condition that is gone", () => {
    const trust = {
      type: "aws:iam/role:Role",
      name: "web-task-role",
      set: { "assumeRolePolicy.Statement.0.Condition": undefined },
    };
    expect(change(trust)).toEqual({
      gained: ["AWS's service ecs-tasks.amazonaws.com may now sts:AssumeRole on role web-task-role."],
      lost: [],
    });
  });

  test("a bucket that everybody reads, and a denial that is gone", () => {
    const open = { type: bucketPolicy, name: "edge-media-policy" };
    const principal = {
      ...open,
      set: {
        "policy.Statement.1": {
          Effect: "Allow",
          Principal: "*",
          Action: "s3:GetObject",
          Resource: "{storage-media.arn}/*",
        },
      },
    };
    expect(
      exposureChange(production, mutate(production, { in: "production", breaks: [], ...principal })).gained,
    ).toEqual([
      { text: "Everybody may now s3:GetObject on {storage-media.arn}/*.", kind: "permission", isPublic: true },
    ]);
    const undenied = { ...open, set: { "policy.Statement.0.Resource": "{storage-media.arn}/*" } };
    expect(change(undenied)).toEqual({
      gained: ["Everybody is no longer denied s3:* on {storage-media.arn} where Bool aws:SecureTransport = false."],
      lost: [],
    });
    const unblocked = { type: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", remove: true as const };
    expect(change(unblocked).gained).toEqual(["Bucket storage-logs can now be made public."]);
  });

  test("a port of the host, and a network more", () => {
    const published = mutate(dev, {
      in: "vps production",
      breaks: [],
      type: "docker:index/container:Container",
      name: "proxy-nginx",
      set: { "ports.0.ip": "0.0.0.0" },
    });
    expect(exposureChange(dev, published).gained.map(({ text }) => text)).toEqual([
      "The internet can now get to container database-server on every port by way of container proxy-nginx, then container web.",
      "The internet can now get to container web on every port by way of container proxy-nginx.",
      "The internet can now get to container worker on every port by way of container proxy-nginx.",
      "The internet can now reach container proxy-nginx on port 8080.",
    ]);
  });

  test("a new stack gains all that it has", () => {
    const { gained, lost } = exposureChange(undefined, production);
    expect(gained).toHaveLength(exposureOf(production).length - 6);
    expect(lost.map(({ text }) => text)).toContain(
      "Everybody is now denied s3:* on {storage-media.arn} where Bool aws:SecureTransport = false.",
    );
  });
});

describe("for any permissions", () => {
  const actions = fc.uniqueArray(fc.constantFrom("s3:GetObject", "s3:PutObject", "s3:*", "kms:Decrypt", "*"), {
    minLength: 1,
  });
  const resources = fc.uniqueArray(fc.constantFrom("*", "arn:a", "arn:a/*", "arn:a/b", "arn:c"), { minLength: 1 });
  const statement = fc.record({ Effect: fc.constant("Allow"), Action: actions, Resource: resources });

  const withStatements = (...Statement: readonly object[]): Graph => ({
    project: "p",
    stack: "s",
    outputs: {},
    resources: [
      {
        urn: "urn:policy",
        type: policy,
        name: "policy",
        custom: true,
        inputs: { policy: JSON.stringify({ Version: "2012-10-17", Statement }) },
        dependencies: [],
        propertyDependencies: {},
        options: {},
      },
    ],
  });

  test("a statement more gains what it allows beyond the others, and loses nothing", () => {
    fc.assert(
      fc.property(fc.array(statement), statement, (others, more) => {
        const before = withStatements(...others);
        const after = withStatements(...others, more);
        const { gained, lost } = exposureChange(before, after);
        expect(lost).toEqual([]);
        const held = others.flatMap(({ Action, Resource }) =>
          Action.flatMap((a) => Resource.map((r) => [a, r] as const)),
        );
        const isNew = more.Action.some((action) =>
          more.Resource.some((resource) => !held.some(([a, r]) => matches(a, action) && matches(r, resource))),
        );
        expect(gained.length > 0).toBe(isNew);
        expect(exposureChange(after, before).gained).toEqual([]);
      }),
    );
  });

  test("the same statements in any order change nothing", () => {
    fc.assert(
      fc.property(fc.array(statement), (statements) => {
        const reversed = withStatements(...statements.toReversed());
        expect(exposureChange(withStatements(...statements), reversed)).toEqual({ gained: [], lost: [] });
      }),
    );
  });

  test("a pattern takes in what IAM takes in", () => {
    expect(matches("s3:Get*", "s3:GetObject")).toBe(true);
    expect(matches("s3:getobject", "s3:GetObject")).toBe(true);
    expect(matches("s3:GetObject", "s3:Get*")).toBe(false);
    expect(matches("arn:a?c", "arn:abc")).toBe(true);
    expect(matches("arn:a.c", "arn:abc")).toBe(false);
    expect(matches("arn:a?c", "arn:a*c")).toBe(false);
  });
});
