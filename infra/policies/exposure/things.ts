// What resources are called in sentences.
import type { Resource } from "../model.ts";

const kinds: Readonly<Record<string, string>> = {
  "aws:cloudfront/distribution:Distribution": "CloudFront",
  "aws:ecr/repository:Repository": "image repository",
  "aws:ecs/service:Service": "service",
  "aws:iam/group:Group": "group",
  "aws:iam/role:Role": "role",
  "aws:iam/user:User": "user",
  "aws:kms/key:Key": "key",
  "aws:lb/loadBalancer:LoadBalancer": "load balancer",
  "aws:rds/instance:Instance": "database",
  "aws:s3/bucket:Bucket": "bucket",
  "aws:secretsmanager/secret:Secret": "secret",
  "aws:sns/topic:Topic": "topic",
  "docker:index/container:Container": "container",
  "docker:index/network:Network": "network",
};

/** `load balancer web-lb`; replicas, `web-0` and `web-1`, are one thing. */
export function thing({ type, name }: Pick<Resource, "type" | "name">): string {
  const kind = kinds[type] ?? words(type.split(":").at(-1) ?? type);
  return `${kind} ${type === "docker:index/container:Container" ? name.replace(/-\d+$/, "") : name}`;
}

function words(name: string): string {
  return name.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
}
