// What rules on containers ask of the others on a Docker host.
import type { Resource, Stack } from "../../model.ts";
import { at, listAt } from "../../read.ts";

export const container = "docker:index/container:Container";
export const volume = "docker:index/volume:Volume";
const network = "docker:index/network:Network";

/** One that does its work and ends; it is there so that others find the work done. */
export function isOneOff({ inputs }: Resource): boolean {
  return at(inputs, "mustRun") === false;
}

/** One that is there to copy files into a volume through, which Docker does for a container that never runs. */
export function neverRuns({ inputs }: Resource): boolean {
  return at(inputs, "start") === false;
}

/** One that looks after the others, and that none of them needs. */
export function isBeside({ inputs }: Resource): boolean {
  const part = listAt(inputs, "labels").find((one) => at(one, "label") === "berth.part");
  return ["backup", "watch"].includes(String(at(part, "value")));
}

export function networksOf(one: Resource, stack: Stack): readonly Resource[] {
  return stack.referredBy(one, network, "networksAdvanced");
}

export function isInternal({ inputs }: Resource): boolean {
  return at(inputs, "internal") === true;
}

/** Nothing outside the stack reaches it, and it reaches nothing outside. */
export function isIsolated(one: Resource, stack: Stack): boolean {
  if (at(one.inputs, "networkMode") === "none") return true;
  const networks = networksOf(one, stack);
  return (
    networks.length > 0 &&
    networks.length === listAt(one.inputs, "networksAdvanced").length &&
    networks.every(isInternal)
  );
}
