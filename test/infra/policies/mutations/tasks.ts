// Tasks, and the services that keep them running.
import { cloud, type Mutation } from "./mutation.ts";

const definition = "ecs/taskDefinition:TaskDefinition";
const container = (change: Readonly<Record<string, unknown>>) => ({
  name: "web-definition",
  set: Object.fromEntries(Object.entries(change).map(([path, value]) => [`containerDefinitions.0.${path}`, value])),
});
const tasks: Mutation[] = [
  cloud(definition, "task-root-read-only", container({ readonlyRootFilesystem: false })),
  cloud(definition, "task-user-not-root", container({ user: "0:0" })),
  cloud(definition, "task-user-not-root", container({ user: undefined })),
  cloud(definition, "task-not-privileged", container({ privileged: true })),
  cloud(definition, "task-capabilities-dropped", container({ "linuxParameters.capabilities": undefined })),
  cloud(definition, "task-capabilities-dropped", container({ "linuxParameters.capabilities.add": ["SYS_PTRACE"] })),
  cloud(definition, "task-init-process", container({ "linuxParameters.initProcessEnabled": false })),
  cloud(definition, "task-no-secrets-in-clear", container({ "environment.0": { name: "SECRET_KEY", value: "x" } })),
  cloud(
    definition,
    "task-no-secrets-in-clear",
    container({ "environment.0": { name: "DATABASE_URL", value: "postgresql://app:secret@db:5432/app" } }),
  ),
  cloud(definition, "task-logs", container({ logConfiguration: undefined })),
  cloud(
    definition,
    "task-image-by-digest",
    container({ image: "123456789012.dkr.ecr.us-east-1.amazonaws.com/arena:latest" }),
  ),
  cloud(definition, "task-network-of-its-own", { set: { networkMode: "host" } }),
  cloud(definition, "task-network-of-its-own", { set: { pidMode: "host" } }),
  cloud(definition, "task-roles-apart", { set: { taskRoleArn: "{release-execution-role.arn}" } }),
];

const service = "ecs/service:Service";
const services: Mutation[] = [
  cloud(service, "service-no-public-address", { set: { "networkConfiguration.assignPublicIp": true } }),
  cloud(service, "service-circuit-breaker", { set: { "deploymentCircuitBreaker.rollback": false } }),
  cloud(service, "service-circuit-breaker", { set: { "deploymentCircuitBreaker.enable": false } }),
  cloud(service, "service-rollback-alarms", { name: "web-service", set: { alarms: undefined } }),
  cloud(service, "service-rollback-alarms", { name: "web-service", set: { "alarms.enable": false } }),
  cloud(service, "service-rollback-alarms", { name: "web-service", set: { "alarms.rollback": false } }),
  cloud(service, "service-keeps-capacity", { set: { deploymentMinimumHealthyPercent: 0 } }),
  cloud(service, "service-keeps-capacity", { set: { deploymentMaximumPercent: 100 } }),
  cloud(service, "service-no-shell", { set: { enableExecuteCommand: true } }),
  cloud(service, "service-platform-latest", { set: { platformVersion: "1.3.0" } }),
  cloud("appautoscaling/target:Target", "service-survives-a-task", { set: { minCapacity: 1 } }),
  cloud("ecs/cluster:Cluster", "cluster-insights", { set: { "settings.0.value": "disabled" } }),
];

export const taskMutations: readonly Mutation[] = [...tasks, ...services];
