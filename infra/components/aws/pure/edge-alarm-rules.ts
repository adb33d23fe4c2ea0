// What alarms of the edge watch, and from where on it is too much.
import type { Certificate } from "../certificate.ts";
import type { Firewall } from "../firewall.ts";
import type { Uptime } from "../uptime.ts";
import type { AlarmRule } from "./alarm-rule.ts";

export interface EdgeParts {
  readonly firewall: Firewall;
  readonly certificate?: Certificate;
  readonly uptime?: Uptime;
}

/** What is measured at the edge; CloudFront's, Route 53's and its certificates' metrics are in one region only. */
export function edgeRules({ firewall, certificate, uptime }: EdgeParts): AlarmRule[] {
  const rules: AlarmRule[] = [
    {
      name: "firewall-blocks",
      runbook: "firewall-blocks",
      says: "The firewall refused more than 500 requests in 5 minutes",
      metrics: {
        blocked: {
          namespace: "AWS/WAFV2",
          metricName: "BlockedRequests",
          stat: "Sum",
          dimensions: { WebACL: firewall.metricName, Rule: "ALL" },
        },
        // The page that `berth maintenance` shows is not an attack.
        maintenance: {
          namespace: "AWS/WAFV2",
          metricName: "BlockedRequests",
          stat: "Sum",
          dimensions: { WebACL: firewall.metricName, Rule: "Maintenance" },
        },
      },
      expression: "FILL(blocked, 0) - FILL(maintenance, 0)",
      threshold: 500,
      minutes: 5,
      period: 300,
    },
  ];
  if (certificate !== undefined) {
    rules.push({
      name: "certificate-expiry",
      runbook: "certificate-expiry",
      says: "The certificate ends in less than 30 days: ACM has not renewed it",
      metrics: {
        days: {
          namespace: "AWS/CertificateManager",
          metricName: "DaysToExpiry",
          stat: "Minimum",
          dimensions: { CertificateArn: certificate.arn },
        },
      },
      threshold: 30,
      below: true,
      minutes: 1440,
      period: 86_400,
    });
  }
  if (uptime !== undefined) {
    rules.push({
      name: "uptime",
      runbook: "uptime",
      says: "The environment does not answer from outside for 3 minutes",
      metrics: {
        healthy: {
          namespace: "AWS/Route53",
          metricName: "HealthCheckStatus",
          stat: "Minimum",
          dimensions: { HealthCheckId: uptime.healthCheckId },
        },
      },
      threshold: 1,
      below: true,
      minutes: 3,
      pages: true,
    });
  }
  return rules;
}
