// Components that others need, with the fewest arguments, and questions that several tests ask.
import * as pulumi from "@pulumi/pulumi";
import { Certificate } from "../../../infra/components/aws/certificate.ts";
import { Cluster } from "../../../infra/components/aws/cluster.ts";
import { Database, type DatabaseArgs } from "../../../infra/components/aws/database.ts";
import { Firewall, type FirewallArgs } from "../../../infra/components/aws/firewall.ts";
import { LoadBalancer } from "../../../infra/components/aws/load-balancer.ts";
import { Network, type NetworkArgs } from "../../../infra/components/aws/network.ts";
import { Storage } from "../../../infra/components/aws/storage.ts";
import { Task, type TaskArgs } from "../../../infra/components/aws/task.ts";
import { TelemetryKey } from "../../../infra/components/aws/telemetry-key.ts";
import type { ResourceNode } from "../../../infra/plan/graph.ts";
import { synth } from "../../support/synth.ts";

export const image = `123456789012.dkr.ecr.eu-central-1.amazonaws.com/arena@sha256:${"a".repeat(64)}`;

export function network(args: Partial<NetworkArgs> = {}): Network {
  return new Network("net", { cidr: "10.0.0.0/16", region: "eu-central-1", zones: ["a", "b"], nat: "single", ...args });
}

export function telemetryKey(name = "telemetry", retain = true): TelemetryKey {
  return new TelemetryKey(name, { accountId: "123456789012", region: "eu-central-1", retain });
}

export function storage(args: { retain?: boolean; protect?: boolean } = {}): Storage {
  return new Storage("files", {
    accountId: "123456789012",
    region: "eu-central-1",
    logDays: 30,
    retain: true,
    protect: false,
    ...args,
  });
}

export function loadBalancer(net: Network, retain = true): LoadBalancer {
  return new LoadBalancer("web", {
    network: net,
    port: 8080,
    healthPath: "/health/ready/",
    logsBucket: "logs",
    retain,
  });
}

export function database(net: Network, args: Partial<DatabaseArgs> = {}): Database {
  return new Database("db", {
    network: net,
    instanceClass: "db.t4g.micro",
    version: "16",
    storage: 20,
    maxStorage: 50,
    multiAz: true,
    backupDays: 7,
    retain: true,
    protect: true,
    secretKeyArn: "arn:key",
    logDays: 30,
    telemetryKey: telemetryKey("db-telemetry"),
    ...args,
  });
}

export function task(net: Network, args: Partial<TaskArgs> = {}): Task {
  return new Task("web", {
    network: net,
    image,
    command: "web",
    cpu: 256,
    memory: 512,
    port: 8080,
    healthCommand: ["node", "main.js", "health"],
    stopTimeout: 30,
    environment: { PORT: "8080", SECRET_KEY: { valueFrom: pulumi.output("arn:secret:SECRET_KEY::") } },
    secretSources: [{ arn: "arn:secret", keyArn: "arn:secret-key" }],
    permissions: [{ Effect: "Allow", Action: "rds-db:connect", Resource: "arn:user" }],
    logDays: 30,
    telemetryKey: telemetryKey("web-telemetry"),
    ...args,
  });
}

export function firewall(args: Partial<FirewallArgs> = {}): Firewall {
  const fixed = { mode: "block", metricName: "berth-test", requestsPer5Minutes: 2000, logDays: 30 } as const;
  return new Firewall("firewall", { ...fixed, ...args });
}

export function certificate(names: readonly string[] = ["shop.example.com", "www.shop.example.com"]): Certificate {
  return new Certificate("certificate", { names, zone: "example.com" });
}

export function cluster(): Cluster {
  return new Cluster("cluster");
}

/** Runs `make`, which must throw a message like `message`, and returns the types of all that was registered. */
export async function refused(make: () => unknown, message: RegExp): Promise<string[]> {
  let thrown: unknown;
  const result = await synth(() => {
    try {
      make();
    } catch (error) {
      thrown = error;
    }
  });
  if (!(thrown instanceof Error) || !message.test(thrown.message)) {
    throw new Error(`Expected an error like ${message}, got ${String(thrown)}`);
  }
  return result.resources.map((resource) => resource.type);
}

export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Principal?: unknown;
  readonly Action: string | string[];
  readonly Resource: string | string[];
  readonly Condition?: unknown;
}

/** The statements of a policy that a resource holds as JSON text. */
export function statements(resource: ResourceNode, property = "policy"): PolicyStatement[] {
  return (JSON.parse(String(resource.inputs[property])) as { Statement: PolicyStatement[] }).Statement;
}

export function statement(resource: ResourceNode, sid: string): PolicyStatement | undefined {
  return statements(resource).find((candidate) => candidate.Sid === sid);
}
