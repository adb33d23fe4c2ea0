// Paths that security groups open, from whom to whom.
import { areEverybody, blocksOf, listsOf, namedBlocks } from "../addresses.ts";
import type { Resource, Stack } from "../model.ts";
import { at, listAt, textsAt } from "../read.ts";
import { type Hop, internet } from "./model.ts";
import { thing } from "./things.ts";

const group = "aws:ec2/securityGroup:SecurityGroup";
const ingressRule = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const egressRule = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule";
const oldRule = "aws:ec2/securityGroupRule:SecurityGroupRule";
const ruleTypes = [ingressRule, egressRule, oldRule, group];

/** Ways in, and ways out to addresses; the other end of a way out to a group is that group's way in. */
export function securityGroupHops(stack: Stack): Hop[] {
  const members = membersOf(stack);
  return stack.resources.flatMap((resource) => {
    if (!ruleTypes.includes(resource.type)) return [];
    const own = resource.type === group ? [resource] : stack.referredBy(resource, group, "securityGroupId");
    const holders = own.flatMap((one) => holdersOf(one, members));
    const ways = { resource, holders, members, stack };
    return [
      ...rulesOf(resource, "ingress").flatMap((rule) => waysIn(rule, ways)),
      ...rulesOf(resource, "egress").flatMap((rule) => waysOut(rule, ways)),
    ];
  });
}

type Members = ReadonlyMap<string, readonly Resource[]>;

/** By a group's URN, the resources that are in it. */
function membersOf({ resources }: Stack): Members {
  const found = new Map<string, Resource[]>();
  for (const resource of resources) {
    if (ruleTypes.includes(resource.type)) continue;
    const urns = Object.entries(resource.propertyDependencies)
      .filter(([property]) => /securityGroup|networkConfiguration/i.test(property))
      .flatMap(([, targets]) => targets);
    for (const urn of new Set(urns)) found.set(urn, [...(found.get(urn) ?? []), resource]);
  }
  return found;
}

interface Ways {
  readonly resource: Resource;
  /** What the rule is for. */
  readonly holders: readonly Holder[];
  readonly members: Members;
  readonly stack: Stack;
}

function rulesOf({ type, inputs }: Resource, direction: "ingress" | "egress"): readonly unknown[] {
  if (type === group) return listAt(inputs, direction);
  if (type === oldRule) return at(inputs, "type") === direction ? [inputs] : [];
  return type === (direction === "ingress" ? ingressRule : egressRule) ? [inputs] : [];
}

function waysIn(rule: unknown, { resource, holders, members, stack }: Ways): Hop[] {
  const groups = referencedGroups(resource, rule, stack, members);
  return holders.flatMap((holder) =>
    [...addresses(rule, holder, resource, stack), ...groups].map((from) => ({
      from,
      to: holder.label,
      ports: portsOf(rule),
    })),
  );
}

function waysOut(rule: unknown, { resource, holders, stack }: Ways): Hop[] {
  const blocks = blocksOf(rule, resource, stack);
  const out = [
    ...(areEverybody(blocks) ? [internet] : []),
    ...namedBlocks(blocks).map((block) => `addresses in ${block}`),
  ];
  return holders.flatMap((holder) => out.map((to) => ({ from: holder.label, to, ports: portsOf(rule) })));
}

interface Holder {
  readonly label: string;
  /** Whether it can be addressed from the internet; where nobody can tell, it can. */
  readonly isAddressable: boolean;
}

/** What is in a security group: the resources that name it, or the group itself for tasks that are started one by one. */
function holdersOf({ urn, name }: Resource, members: Members): Holder[] {
  const users = members.get(urn) ?? [];
  if (users.length === 0) return [{ label: `what runs in ${name}`, isAddressable: true }];
  return users.map((user) => ({ label: thing(user), isAddressable: isAddressable(user) }));
}

/** Whether a resource has an address on the internet; undefined inputs count as AWS's defaults. */
export function isAddressable({ type, inputs }: Resource): boolean {
  if (type === "aws:lb/loadBalancer:LoadBalancer") return at(inputs, "internal") !== true;
  if (type === "aws:ecs/service:Service") return at(inputs, "networkConfiguration.assignPublicIp") === true;
  if (type === "aws:rds/instance:Instance") return at(inputs, "publiclyAccessible") === true;
  return true;
}

function addresses(rule: unknown, holder: Holder, resource: Resource, stack: Stack): string[] {
  const blocks = blocksOf(rule, resource, stack);
  const everybody = holder.isAddressable ? internet : "every address in the network";
  const known = new Set(listsOf(rule, resource, stack).map(({ name }) => `{${name}.id}`));
  const lists = [...textsAt(rule, "prefixListId"), ...textsAt(rule, "prefixListIds")]
    .filter((list) => !known.has(list))
    .map((list) => (list.includes("cloudfront") ? "CloudFront's servers" : `addresses of ${list}`));
  return [
    ...(areEverybody(blocks) ? [everybody] : []),
    ...namedBlocks(blocks).map((block) => `addresses in ${block}`),
    ...lists,
  ];
}

function referencedGroups(resource: Resource, rule: unknown, stack: Stack, members: Members): string[] {
  const property = resource.type === oldRule ? "sourceSecurityGroupId" : "referencedSecurityGroupId";
  const named = [...textsAt(rule, property), ...textsAt(rule, "securityGroups")];
  if (named.length === 0) return [];
  const known =
    resource.type === group
      ? stack.referredBy(resource, group, "ingress").filter(({ name }) => named.includes(`{${name}.id}`))
      : stack.referredBy(resource, group, property);
  return known.length === 0
    ? named.map((id) => `what runs in ${id}`)
    : known.flatMap((one) => holdersOf(one, members)).map(({ label }) => label);
}

export function portsOf(rule: unknown): string {
  const [from, to] = [at(rule, "fromPort"), at(rule, "toPort")];
  const protocol = String(at(rule, "ipProtocol") ?? at(rule, "protocol"));
  if (protocol === "-1" || from === undefined) return "every port";
  const ports = from === to ? `port ${String(from)}` : `ports ${String(from)} to ${String(to)}`;
  return protocol === "tcp" ? ports : `${ports} of ${protocol}`;
}
