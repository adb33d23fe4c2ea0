// What flows where on AWS: what security groups connect, what CloudFront passes on, what alarms report to.
import type { ResourceNode } from "../../graph.ts";
import { type Card, type Flow, internet } from "./model.ts";
import { inputAt, listAt, type Source, textAt } from "./source.ts";

const group = "aws:ec2/securityGroup:SecurityGroup";
const ingress = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const egress = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule";
const distribution = "aws:cloudfront/distribution:Distribution";

export function awsFlows(source: Source, cards: readonly Card[]): Flow[] {
  const byUrn = new Map(cards.flatMap((card) => card.stands.map((urn) => [urn, card.id] as const)));
  const known = (node: ResourceNode) => byUrn.get(node.urn);
  return [...connections(source, known), ...edgeFlows(source, known), ...alarmFlows(source, known)];
}

type Known = (node: ResourceNode) => string | undefined;

function connections(source: Source, known: Known): Flow[] {
  const holders = (groups: readonly ResourceNode[]) => groups.flatMap((one) => holdersOf(one, source, known));
  const inline = source.ofType(group).flatMap((one) =>
    listAt(one.inputs, "ingress").flatMap((rule) => {
      const from = isEverywhere(rule) ? [internet] : [];
      return flows(from, holders([one]), portOf(rule), one);
    }),
  );
  const rules = source.ofType(ingress).flatMap((rule) => {
    const to = holders(source.referred(rule, "securityGroupId"));
    const others = holders(source.referred(rule, "referencedSecurityGroupId"));
    const edge = textAt(rule.inputs, "prefixListId").includes("cloudfront") ? source.ofType(distribution) : [];
    const outside = isEverywhere(rule.inputs) ? [internet] : [];
    return flows(
      [...others, ...edge.flatMap((one) => known(one) ?? []), ...outside],
      to,
      portOf(rule.inputs),
      rule,
      others.length === 0 ? [] : source.ofType(egress).filter((one) => isOtherEnd(one, rule)),
    );
  });
  return [...inline, ...rules];
}

function isOtherEnd(out: ResourceNode, rule: ResourceNode): boolean {
  const [from, to] = ["securityGroupId", "referencedSecurityGroupId"] as const;
  const same = (a: string, b: string) =>
    textAt(out.inputs, a) !== "" && textAt(out.inputs, a) === textAt(rule.inputs, b);
  return same(from, to) && same(to, from) && portOf(out.inputs) === portOf(rule.inputs);
}

function flows(
  from: readonly string[],
  to: readonly string[],
  label: string,
  rule: ResourceNode,
  otherEnd: readonly ResourceNode[] = [],
): Flow[] {
  const stands = [rule, ...otherEnd].map(({ urn }) => urn);
  return from.flatMap((one) =>
    to.filter((other) => other !== one).map((other) => ({ from: one, to: other, label, stands })),
  );
}

/** Cards of what is in a security group; a group that only tasks use, started one by one, is that of their component. */
function holdersOf(one: ResourceNode, source: Source, known: Known): string[] {
  const users = source
    .referrers(one)
    .filter(({ propertyDependencies }) =>
      Object.entries(propertyDependencies).some(
        ([property, urns]) => /securityGroup|networkConfiguration/i.test(property) && urns.includes(one.urn),
      ),
    );
  const cards = users.flatMap((user) => known(user) ?? []);
  if (cards.length > 0) return cards;
  const siblings = source.ofType("aws:ecs/taskDefinition:TaskDefinition").filter(({ parent }) => parent === one.parent);
  return siblings.flatMap((sibling) => known(sibling) ?? []);
}

function isEverywhere(rule: unknown): boolean {
  const blocks = [inputAt(rule, "cidrIpv4"), inputAt(rule, "cidrIpv6"), ...listAt(rule, "cidrBlocks")];
  return blocks.some((block) => block === "0.0.0.0/0" || block === "::/0");
}

function portOf(rule: unknown): string {
  const [from, to] = [textAt(rule, "fromPort"), textAt(rule, "toPort")];
  if (from === "" || textAt(rule, "ipProtocol") === "-1") return "all ports";
  return from === to ? from : `${from}–${to}`;
}

/** In by the firewall, where there is one; out to the origins by path. */
function edgeFlows(source: Source, known: Known): Flow[] {
  return source.ofType(distribution).flatMap((edge) => {
    const id = known(edge);
    if (id === undefined) return [];
    const [firewall] = source.referred(edge, "webAclId").flatMap((acl) => known(acl) ?? []);
    const way = { label: "443", stands: [edge.urn] };
    const inward: Flow[] =
      firewall === undefined
        ? [{ from: internet, to: id, ...way }]
        : [
            { from: internet, to: firewall, ...way },
            { from: firewall, to: id, ...way, label: "" },
          ];
    return [...inward, ...originFlows(edge, id, source, known)];
  });
}

function originFlows(edge: ResourceNode, id: string, source: Source, known: Known): Flow[] {
  const targets = source.referred(edge, "origins");
  return listAt(edge.inputs, "origins").flatMap((origin) => {
    const domain = textAt(origin, "domainName");
    const target = targets.find(({ name }) => domain.startsWith(`{${name}.`));
    const to = target && known(target);
    if (to === undefined) return [];
    const paths = listAt(edge.inputs, "orderedCacheBehaviors")
      .filter((behavior) => inputAt(behavior, "targetOriginId") === inputAt(origin, "originId"))
      .map((behavior) => textAt(behavior, "pathPattern"));
    return [{ from: id, to, label: paths.join(" "), stands: [edge.urn] }];
  });
}

function alarmFlows(source: Source, known: Known): Flow[] {
  return source.ofType("aws:cloudwatch/metricAlarm:MetricAlarm").flatMap((alarm) => {
    const from = known(alarm);
    if (from === undefined) return [];
    const topics = source.referred(alarm, "alarmActions").flatMap((topic) => known(topic) ?? []);
    return topics.map((to) => ({ from, to, label: "", stands: [] }));
  });
}
