import { expect, test } from "vitest";
import { forwarding, pluginArguments, tunnelDefinition } from "../../../infra/operations/tunnel.ts";

test("the task of a tunnel has the process's image and place, and none of its secrets, rights and work", () => {
  const made = tunnelDefinition(
    {
      family: "web-app",
      taskRoleArn: "arn:web",
      executionRoleArn: "arn:execution",
      networkMode: "awsvpc",
      requiresCompatibilities: ["FARGATE"],
      runtimePlatform: { cpuArchitecture: "ARM64" },
      containerDefinitions: [
        {
          name: "app",
          image: "registry/app@sha256:1",
          command: ["web"],
          environment: [{ name: "DATABASE_URL", value: "postgresql://app@db/app" }],
          secrets: [{ name: "SECRET_KEY", valueFrom: "arn:secret" }],
          readonlyRootFilesystem: true,
        },
      ],
    },
    "app",
    "arn:tunnel",
  );
  expect(made).toMatchObject({
    family: "web-app-tunnel",
    taskRoleArn: "arn:tunnel",
    executionRoleArn: "arn:execution",
    runtimePlatform: { cpuArchitecture: "ARM64" },
    containerDefinitions: [
      { image: "registry/app@sha256:1", entryPoint: ["sleep"], command: ["14400"], readonlyRootFilesystem: false },
    ],
  });
  expect(JSON.stringify(made)).not.toMatch(/SECRET_KEY|DATABASE_URL|arn:web/);
});

test("the plugin is called as the AWS CLI calls it", () => {
  const input = forwarding("ecs:cluster_task_runtime", "db.internal", 5432, 15432);
  expect(input).toEqual({
    Target: "ecs:cluster_task_runtime",
    DocumentName: "AWS-StartPortForwardingSessionToRemoteHost",
    Parameters: { host: ["db.internal"], portNumber: ["5432"], localPortNumber: ["15432"] },
  });
  const session = { SessionId: "s-1", TokenValue: "token", StreamUrl: "wss://stream" };
  const [answer, region, operation, , asked] = pluginArguments("eu-central-1", input, session);
  expect([JSON.parse(answer ?? ""), region, operation]).toEqual([session, "eu-central-1", "StartSession"]);
  expect(JSON.parse(asked ?? "")).toEqual(input);
});
