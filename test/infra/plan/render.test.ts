// Pictures and comments: what they show, that they are the same every time, and that no name in them is more than a name.
import * as aws from "@pulumi/aws";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import { renderHtml } from "../../../infra/plan/render/html.ts";
import { longestComment, renderMarkdown } from "../../../infra/plan/render/markdown.ts";
import { pictureOf } from "../../../infra/plan/render/picture/picture.ts";
import { renderSvg } from "../../../infra/plan/render/picture/svg.ts";
import { committedGraph } from "../../support/committed.ts";
import { report } from "../../support/report.ts";

interface Site {
  readonly open?: boolean;
  readonly port?: number;
  readonly topic?: boolean;
  readonly cpu?: string;
}

/** A load balancer, a service behind it and a database. */
const site =
  ({ open = true, port = 5432, topic = true, cpu = "256" }: Site = {}) =>
  () => {
    const vpc = new aws.ec2.Vpc("vpc", { cidrBlock: "10.0.0.0/16" });
    const subnet = (tier: string) =>
      new aws.ec2.Subnet(tier, {
        vpcId: vpc.id,
        availabilityZone: "us-east-1a",
        cidrBlock: "10.0.0.0/20",
        tags: { tier },
      });
    const [outer, inner] = [subnet("public"), subnet("private")];
    const group = (name: string) => new aws.ec2.SecurityGroup(name, { vpcId: vpc.id });
    const [front, back, data] = [group("front"), group("back"), group("data")];
    const allow = (name: string, to: aws.ec2.SecurityGroup, at: number, from: aws.ec2.SecurityGroup | string) =>
      new aws.vpc.SecurityGroupIngressRule(name, {
        securityGroupId: to.id,
        ipProtocol: "tcp",
        fromPort: at,
        toPort: at,
        ...(typeof from === "string" ? { cidrIpv4: from } : { referencedSecurityGroupId: from.id }),
      });
    if (open) allow("world", front, 443, "0.0.0.0/0");
    allow("web", back, 8080, front);
    allow("sql", data, port, back);
    new aws.lb.LoadBalancer("lb", { subnets: [outer.id], securityGroups: [front.id], internal: false });
    const task = new aws.ecs.TaskDefinition("task", { family: "web", cpu, memory: "512", containerDefinitions: "[]" });
    new aws.ecs.Service("service", {
      taskDefinition: task.arn,
      desiredCount: 2,
      networkConfiguration: { subnets: [inner.id], securityGroups: [back.id] },
    });
    const subnets = new aws.rds.SubnetGroup("subnets", { subnetIds: [inner.id] });
    new aws.rds.Instance("db", {
      instanceClass: "db.t4g.micro",
      engine: "postgres",
      dbSubnetGroupName: subnets.name,
      vpcSecurityGroupIds: [data.id],
    });
    if (topic) new aws.sns.Topic("topic");
  };

const titles = (picture: ReturnType<typeof pictureOf>) => new Map(picture.cards.map(({ id, title }) => [id, title]));

function ways(picture: ReturnType<typeof pictureOf>): string[] {
  const names = titles(picture);
  return picture.flows.map(({ from, to, label, mark }) =>
    [names.get(from), "→", names.get(to), label, mark ?? ""].join(" ").trim(),
  );
}

describe("the picture", () => {
  test("has the tiers, what stands in them, and what flows by security groups", async () => {
    const picture = pictureOf(await report(site()));
    expect(ways(picture).toSorted()).toEqual(["The internet → lb 443", "lb → service 8080", "service → db 5432"]);
    const areas = new Map(picture.cards.map(({ title, area }) => [title, area]));
    expect(areas.get("lb")).toBe("tier public");
    expect(areas.get("service")).toBe("tier private");
    expect(areas.get("db")).toBe("tier private");
  });

  test("marks what the internet reaches, and nothing else", async () => {
    const open = async (one: Site) =>
      pictureOf(await report(site(one))).cards.flatMap(({ title, isPublic }) => (isPublic ? title : []));
    expect(await open({})).toEqual(["lb"]);
    expect(await open({ open: false })).toEqual([]);
  });

  test("marks new, changed, replaced and removed things, flows as well", async () => {
    const made = await report(site({ port: 5433, cpu: "512" }), site({ open: false, topic: true }));
    const picture = pictureOf(made);
    const marks = new Map(picture.cards.map(({ title, mark }) => [title, mark]));
    expect(marks.get("service")).toBe("changed");
    expect(ways(picture)).toContain("The internet → lb 443 new");
    expect(ways(picture)).toContain("service → db 5433 changed");
    const gone = pictureOf(await report(site({ topic: false }), site()));
    expect(gone.cards.find(({ title }) => title === "topic")?.mark).toBe("removed");
    const fresh = pictureOf(await report(site(), site({ topic: false })));
    expect(fresh.cards.find(({ title }) => title === "topic")?.mark).toBe("new");
    expect(renderSvg(await report(site(), site({ topic: false })))).toContain(">+ new<");
  });

  test.each(["dev", "staging", "production"])(
    "of %s shows every resource once, and is the same every time",
    async (stack) => {
      const graph = await committedGraph(stack);
      const made = { ...(await report(() => {})), graph };
      const picture = pictureOf(made);
      const shown = [...picture.cards, ...picture.areas, ...picture.flows].flatMap(({ stands }) => stands);
      const counted = new Set(shown).size + picture.cards.reduce((sum, { more }) => sum + more, 0);
      const real = graph.resources.filter(({ custom, type }) => custom && !type.startsWith("pulumi:providers:"));
      expect(counted).toBe(real.length);
      expect(picture.cards.length).toBeLessThan(50);
      expect(renderSvg(made)).toBe(renderSvg(structuredClone(made)));
    },
  );

  test("of production leads from the internet through firewall, CloudFront and load balancer to the database", async () => {
    const graph = await committedGraph("production");
    const found = ways(pictureOf({ ...(await report(() => {})), graph }));
    for (const way of [
      "The internet → firewall-acl 443",
      "firewall-acl → edge-cdn",
      "edge-cdn → web-lb 80",
      "web-lb → web-service 8080",
      "web-service → database-postgres 5432",
      "release-definition → database-postgres 5432",
      "edge-cdn → storage-static /static/*",
    ]) {
      expect(found).toContain(way);
    }
  });

  test("of a Docker host has what is published, and who names whom", async () => {
    const graph = await committedGraph("dev");
    const found = ways(pictureOf({ ...(await report(() => {})), graph }));
    expect(found.toSorted()).toEqual([
      "The host itself → proxy-nginx 8080",
      "proxy-nginx → web × 2",
      "web × 2 → database-server",
      "worker-0 → database-server",
    ]);
  });

  test("of a container that is published to the world is public", async () => {
    const made = await report(() => {
      new docker.Container("web", { image: "web", ports: [{ internal: 80, external: 80 }] });
    });
    expect(
      pictureOf(made)
        .cards.filter(({ isPublic }) => isPublic)
        .map(({ title }) => title),
    ).toEqual(["web"]);
  });

  test("of nothing is a picture too", async () => {
    expect(renderSvg(await report(() => {}))).toContain("berth · test");
  });
});

/** Two topics with a name that would be markup, a mention, a link and a comment. */
const hostileName = `</title><script>alert(1)</script>"'&|\`@team #1 https://evil.example --> \u202Egnp`;
const hostile = (displayName: string) => () => {
  class Parts extends pulumi.ComponentResource {
    constructor() {
      super("berth:evil:Parts", hostileName);
      new aws.sns.Topic(hostileName, { displayName }, { parent: this });
    }
  }
  new Parts();
};

test("a hostile name is but text in picture and page", async () => {
  const made = await report(hostile(`\u0000</style>${hostileName}`), hostile("before"));
  for (const text of [renderSvg(made), renderHtml(made)]) {
    expect(text).not.toMatch(/<script|\u202E|\p{Cc}(?<!\n)/u);
    expect(text).toContain("&lt;script&gt;");
  }
  expect(renderHtml(made).match(/<\/style>/g)).toHaveLength(1);
});

describe("the comment", () => {
  test("begins with its marker and the table, and folds the rest", async () => {
    const text = renderMarkdown([await report(site({ port: 5433 }), site({ open: false }))]);
    const [marker, title, , head, , row] = text.split("\n");
    expect([marker, title]).toEqual(["<!-- berth:plan -->", "### Berth's plan"]);
    expect(head).toBe("| stack | what changes | risk | a month | takes | policies | gate |");
    expect(row).toMatch(/^\| \*\*test\*\* \| 1 new, 1 changed \| /);
    expect(text).toContain("**exposed**: The internet can now reach load balancer lb on port 443.");
    expect(text.indexOf("exposed")).toBeLessThan(text.indexOf("<details>"));
    expect(text.match(/<details>/g)?.length).toBe(text.match(/<\/details>/g)?.length);
  });

  test("says first why the gate is shut", async () => {
    const text = renderMarkdown([
      await report(
        () => {},
        () => void new aws.s3.Bucket("files"),
      ),
    ]);
    expect(text).toContain("| **SHUT** |");
    expect(text).toContain("- **data**: files: the bucket is deleted");
  });

  test("has neither markup nor mentions, references or links of a hostile name outside of its code", async () => {
    const text = renderMarkdown([await report(hostile("after"), hostile("before"))]);
    const outside = text.replaceAll(/^(`{3,})[a-z]*\n[\s\S]*?\n\1$/gm, "");
    expect(outside).not.toMatch(/<script|@team|#1|https:\/\/|\u202E/);
    expect(text.match(/<!--/g)).toHaveLength(1);
  });

  test("a block of code cannot be closed from within", async () => {
    const topic = (displayName: string) => () => void new aws.sns.Topic("topic", { displayName });
    const text = renderMarkdown([await report(topic("a\n````\n<b>"), topic("b"))]);
    expect(text).not.toMatch(/^````$\n<b>/m);
    expect(text).toContain("⏎````⏎");
  });

  test("is never longer than GitHub takes, and says what it leaves out", async () => {
    const many = (count: number, text: string) => () => {
      for (let i = 0; i < count; i += 1) new aws.sns.Topic(`topic-${i}`, { displayName: text.repeat(20) });
    };
    const large = await report(many(900, "a"), many(900, "b"));
    const text = renderMarkdown([large, large]);
    expect(text.length).toBeLessThanOrEqual(longestComment);
    expect(text).toContain("Details are left out here");
    expect(text).toContain("| **test** | 900 changed |");
    const small = await report(() => {});
    expect(renderMarkdown(Array.from({ length: 2000 }, () => small)).length).toBeLessThanOrEqual(longestComment);
  });

  test("is the same every time", async () => {
    const made = await report(site(), site({ port: 1 }));
    expect(renderMarkdown([made])).toBe(renderMarkdown([structuredClone(made)]));
    expect(renderHtml(made)).toBe(renderHtml(structuredClone(made)));
  });
});
