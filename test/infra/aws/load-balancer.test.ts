import { expect, test } from "vitest";
import { LoadBalancer } from "../../../infra/components/aws/load-balancer.ts";
import { synth } from "../../support/synth.ts";
import { loadBalancer, network, refused } from "./parts.ts";

test("is internal, in private subnets, drops invalid headers, logs and refuses deletion", async () => {
  const result = await synth(() => {
    loadBalancer(network());
  });
  expect(result.only("aws:lb/loadBalancer:LoadBalancer").inputs).toMatchObject({
    internal: true,
    subnets: ["{net-private-a.id}", "{net-private-b.id}"],
    securityGroups: ["{web-lb-sg.id}"],
    dropInvalidHeaderFields: true,
    enableDeletionProtection: true,
    accessLogs: { bucket: "logs", prefix: "load-balancer", enabled: true },
  });
});

test("lets in CloudFront's servers on one port, and nobody else", async () => {
  const result = await synth(() => {
    loadBalancer(network());
  });
  expect(result.only("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule").inputs).toMatchObject({
    securityGroupId: "{web-lb-sg.id}",
    prefixListId: "{prefix-list com.amazonaws.global.cloudfront.origin-facing}",
    fromPort: 80,
    toPort: 80,
  });
  const group = result.only("aws:ec2/securityGroup:SecurityGroup").inputs;
  expect(group).not.toHaveProperty("ingress");
  expect(group).not.toHaveProperty("egress");
});

test("hands the viewer's address on as CloudFront wrote it", async () => {
  const result = await synth(() => {
    loadBalancer(network());
  });
  expect(result.only("aws:lb/loadBalancer:LoadBalancer").inputs.xffHeaderProcessingMode).toBe("preserve");
});

test("lets tasks in fast, takes them out slowly, and does not hold up a rollout", async () => {
  const result = await synth(() => {
    loadBalancer(network(), false);
  });
  const { deregistrationDelay, healthCheck, targetType } = result.only("aws:lb/targetGroup:TargetGroup").inputs as {
    deregistrationDelay: number;
    healthCheck: { path: string; interval: number; healthyThreshold: number; unhealthyThreshold: number };
    targetType: string;
  };
  expect(targetType).toBe("ip");
  expect(deregistrationDelay).toBeLessThanOrEqual(30);
  expect(healthCheck.path).toBe("/health/ready/");
  expect(healthCheck.interval * healthCheck.healthyThreshold).toBeLessThanOrEqual(10);
  expect(healthCheck.interval * healthCheck.unhealthyThreshold).toBeGreaterThanOrEqual(50);
  expect(result.only("aws:lb/loadBalancer:LoadBalancer").inputs.enableDeletionProtection).toBe(false);
});

test("refuses a name that AWS's 32 characters do not hold before anything of it registers", async () => {
  const types = await refused(
    () =>
      new LoadBalancer("far-too-long-a-name", {
        network: network(),
        port: 8080,
        healthPath: "/",
        logsBucket: "logs",
        retain: true,
      }),
    /at most 14/,
  );
  expect(types).not.toContain("berth:network:LoadBalancer");
  expect(types).not.toContain("aws:lb/loadBalancer:LoadBalancer");
});
