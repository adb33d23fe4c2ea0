// What the internet reaches through CloudFront.
import type { Resource, Stack } from "../model.ts";
import { at, listAt } from "../read.ts";
import { type Exposure, type Hop, internet } from "./model.ts";
import { thing } from "./things.ts";

interface Way {
  readonly exposure: Exposure;
  readonly hop: Hop;
}

/** One for each kind of path that a distribution answers. */
export function edgeWays(stack: Stack): Way[] {
  return stack.resources
    .filter(({ type }) => type === "aws:cloudfront/distribution:Distribution")
    .flatMap((edge) => [
      ...listAt(edge.inputs, "orderedCacheBehaviors").map((behavior) => way(edge, behavior, stack)),
      way(edge, at(edge.inputs, "defaultCacheBehavior"), stack),
    ]);
}

function way(edge: Resource, behavior: unknown, stack: Stack): Way {
  const origin = listAt(edge.inputs, "origins").find((one) => at(one, "originId") === at(behavior, "targetOriginId"));
  const to = target(origin, stack);
  const path = String(at(behavior, "pathPattern") ?? "every other path");
  const clear = at(behavior, "viewerProtocolPolicy") === "allow-all" ? ", without TLS if it likes" : "";
  const open = at(edge.inputs, "webAclId") === undefined ? ", past no firewall" : "";
  return {
    exposure: {
      kind: "network",
      who: internet,
      verb: "can",
      does: `reach ${to} through ${thing(edge)} at ${path}${clear}${open}`,
      isPublic: true,
    },
    hop: { from: internet, to, ports: "port 443" },
  };
}

/** Origins name their target by a symbol of one of its outputs, `{web-lb.dnsName}`. */
function target(origin: unknown, stack: Stack): string {
  const domain = String(at(origin, "domainName") ?? "an origin that is not there");
  const name = /^\{(.+)\.[A-Za-z]+\}$/.exec(domain)?.[1];
  const found = stack.resources.find(
    (resource) =>
      resource.name === name && /^aws:(lb\/loadBalancer:LoadBalancer|s3\/bucket:Bucket)$/.test(resource.type),
  );
  return found === undefined ? domain : thing(found);
}
