// What is, or could be made, public by its own settings.
import type { Resource, Stack } from "../model.ts";
import { at } from "../read.ts";
import { hasPublicAcl, publicAccessSwitches } from "../rules/buckets.ts";
import { type Exposure, everybody } from "./model.ts";
import { isAddressable } from "./security-groups.ts";
import { thing } from "./things.ts";

const addressed = ["aws:ecs/service:Service", "aws:lb/loadBalancer:LoadBalancer", "aws:rds/instance:Instance"];

export function dataExposures(stack: Stack): Exposure[] {
  return stack.resources.flatMap((resource) => {
    if (resource.type === "aws:s3/bucket:Bucket") return bucket(resource, stack);
    if (!addressed.includes(resource.type) || !isAddressable(resource)) return [];
    return [ability(thing(resource), "be addressed from the internet", false)];
  });
}

function bucket(one: Resource, stack: Stack): Exposure[] {
  const block = stack
    .referringTo(one, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "bucket")
    .some(({ inputs }) => publicAccessSwitches.every((name) => at(inputs, name) === true));
  return [
    ...(block ? [] : [ability(thing(one), "be made public", false)]),
    ...(hasPublicAcl(one, stack) ? [ability(everybody, `read ${thing(one)}`, true)] : []),
  ];
}

function ability(who: string, does: string, isPublic: boolean): Exposure {
  return { kind: "data", who, verb: "can", does, isPublic };
}
