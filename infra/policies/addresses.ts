// Blocks of addresses that rules of security groups name, and whether they are the internet: pure functions.
import { isIPv4, isIPv6 } from "node:net";
import type { Resource, Stack } from "./model.ts";
import { at, listAt, textsAt } from "./read.ts";

interface Block {
  readonly bits: 32 | 128;
  readonly first: bigint;
  /** How many addresses are in it. */
  readonly size: bigint;
}

/**
 * Blocks that nobody on the internet has an address of.
 * Sources: RFC 6890 and the IANA registries of special-purpose addresses; RFC 1918, RFC 6598 (carrier-grade NAT), RFC 4193 (ULA).
 */
const notPublic: readonly Block[] = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "224.0.0.0/3",
  "fc00::/7",
  "fe80::/10",
  "ff00::/8",
].flatMap((text) => parse(text) ?? []);

/**
 * From how many public addresses on a rule is for everybody. IPv4, a /8: nobody who is to be let in has more, and half of the
 * internet, twice, is the internet. IPv6, a /16: registries give operators a /19 at the most.
 */
const everybodyFrom = { 32: 2n ** 24n, 128: 2n ** 112n } as const;

/** Whether the blocks of one rule together are the internet, or so much of it that it makes no difference. */
export function areEverybody(blocks: readonly string[]): boolean {
  const found = blocks.flatMap((text) => parse(text) ?? []).filter(isPublic);
  return ([32, 128] as const).some(
    (bits) => addresses(found.filter((block) => block.bits === bits)) >= everybodyFrom[bits],
  );
}

/** The blocks among `blocks` that are private, too narrow to be everybody, or not written out. */
export function namedBlocks(blocks: readonly string[]): readonly string[] {
  if (!areEverybody(blocks)) return blocks;
  return blocks.filter((text) => {
    const block = parse(text);
    return block === undefined || !isPublic(block);
  });
}

const prefixList = "aws:ec2/managedPrefixList:ManagedPrefixList";
const prefixListEntry = "aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry";

/** The blocks of a rule in any of the shapes that Pulumi has for it, those of the stack's own prefix lists included. */
export function blocksOf(rule: unknown, resource: Resource, stack: Stack): readonly string[] {
  const own = ["cidrIpv4", "cidrIpv6", "cidrBlocks", "ipv6CidrBlocks"].flatMap((property) => textsAt(rule, property));
  return [...own, ...listsOf(rule, resource, stack).flatMap((list) => entriesOf(list, stack))];
}

/** The stack's own prefix lists that a rule names. */
export function listsOf(rule: unknown, resource: Resource, stack: Stack): readonly Resource[] {
  const named = [...textsAt(rule, "prefixListId"), ...textsAt(rule, "prefixListIds")];
  if (named.length === 0) return [];
  const properties = ["prefixListId", "prefixListIds", "ingress", "egress"];
  const lists = properties.flatMap((property) => stack.referredBy(resource, prefixList, property));
  // Several rules are written into one group: a plan's symbols say which list is whose, the engine's ids do not.
  const exact = lists.filter(({ name }) => named.includes(`{${name}.id}`));
  return [...new Set(exact.length > 0 ? exact : lists)];
}

function entriesOf(list: Resource, stack: Stack): string[] {
  const beside = stack.referringTo(list, prefixListEntry, "prefixListId");
  return [...listAt(list.inputs, "entries"), ...beside.map(({ inputs }) => inputs)].flatMap((entry) => {
    const cidr = at(entry, "cidr");
    return typeof cidr === "string" ? [cidr] : [];
  });
}

/** How many addresses are in at least one of the blocks: of two blocks that meet, one is within the other. */
function addresses(blocks: readonly Block[]): bigint {
  return blocks
    .filter((block, index) => !blocks.some((other, place) => place !== index && covers(other, block, place < index)))
    .reduce((total, { size }) => total + size, 0n);
}

function isPublic(block: Block): boolean {
  return !notPublic.some((other) => covers(other, block, true));
}

/** @param equal whether a block covers itself */
function covers(wide: Block, narrow: Block, equal: boolean): boolean {
  if (wide.bits !== narrow.bits || wide.size < narrow.size) return false;
  if (wide.size === narrow.size && !equal) return false;
  return narrow.first - (narrow.first % wide.size) === wide.first;
}

/** Undefined for what is no block, such as a symbol. Bits beyond the prefix do not count, as for AWS. */
function parse(text: string): Block | undefined {
  const [address = "", prefix = "", ...rest] = text.split("/");
  const bits = isIPv4(address) ? 32 : isIPv6(address) ? 128 : undefined;
  if (bits === undefined || rest.length > 0 || !/^\d{1,3}$/.test(prefix) || Number(prefix) > bits) return undefined;
  const size = 2n ** BigInt(bits - Number(prefix));
  const number = bits === 32 ? fromParts(address.split(".").map(Number), 8n) : fromParts(groupsOf(address), 16n);
  return { bits, first: number - (number % size), size };
}

/** The eight groups of an IPv6 address; the last two may be written as an IPv4 one. */
function groupsOf(address: string): number[] {
  const [head = "", tail] = address.replace(/%.*$/, "").split("::");
  const groups = (text: string) =>
    text.split(":").flatMap((part) => {
      if (part === "") return [];
      if (!part.includes(".")) return [Number.parseInt(part, 16)];
      const [a = 0, b = 0, c = 0, d = 0] = part.split(".").map(Number);
      return [a * 256 + b, c * 256 + d];
    });
  const [before, after] = [groups(head), groups(tail ?? "")];
  return [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after];
}

function fromParts(parts: readonly number[], bits: bigint): bigint {
  return parts.reduce((total, part) => (total << bits) + BigInt(part), 0n);
}
