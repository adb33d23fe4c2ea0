// Looks at the containers of one environment through the engine's socket, in a container that has no network: who holds
// the socket holds the host. Only what stands below reaches the others, through a file.
import { rename, writeFile } from "node:fs/promises";
import { request } from "node:http";
import type { ContainerFact } from "./facts.ts";

const socket = "/var/run/docker.sock";

/** What is read of the engine's own answers (https://docs.docker.com/reference/api/engine/). */
export interface Inspected {
  readonly Name: string;
  readonly RestartCount: number;
  readonly Config: { readonly Labels: Readonly<Record<string, string>> };
  readonly HostConfig: { readonly RestartPolicy: { readonly Name: string } };
  readonly State: {
    readonly Status: string;
    readonly ExitCode: number;
    readonly OOMKilled: boolean;
    readonly StartedAt: string;
    readonly Health?: { readonly Status: string };
  };
}

export function factOf(container: Inspected): ContainerFact {
  const { State: state } = container;
  return {
    name: container.Name.replace(/^\//, ""),
    part: container.Config.Labels["berth.part"] ?? "",
    state: state.Status,
    health: state.Health?.Status ?? "none",
    restarts: container.RestartCount,
    outOfMemory: state.OOMKilled,
    exitCode: state.ExitCode,
    lasting: container.HostConfig.RestartPolicy.Name === "always",
    started: state.StartedAt,
  };
}

async function ask<Answer>(path: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asking = request({ socketPath: socket, path, timeout: 10_000 }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => {
        body += text;
      });
      response.on("end", () => {
        if (response.statusCode === 200) resolve(JSON.parse(body) as Answer);
        else reject(new Error(`The engine answered ${response.statusCode} to ${path}: ${body.slice(0, 200)}`));
      });
    });
    asking.on("timeout", () => asking.destroy(new Error(`The engine did not answer ${path} in 10 s.`)));
    asking.on("error", reject);
    asking.end();
  });
}

async function look(labels: readonly string[]): Promise<ContainerFact[]> {
  const filters = encodeURIComponent(JSON.stringify({ label: labels }));
  const listed = await ask<{ Id: string }[]>(`/containers/json?all=1&filters=${filters}`);
  const facts = await Promise.all(
    // One may go between the two questions.
    listed.map(({ Id }) => ask<Inspected>(`/containers/${Id}/json`).then(factOf, () => undefined)),
  );
  return facts.filter((fact) => fact !== undefined).sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function main(environment: NodeJS.ProcessEnv): Promise<void> {
  const labels = [`berth.project=${environment.BERTH_PROJECT}`, `berth.stack=${environment.BERTH_STACK}`];
  for (;;) {
    try {
      const content = JSON.stringify({ at: new Date().toISOString(), containers: await look(labels) });
      await writeFile("/state/containers.json.new", content);
      await rename("/state/containers.json.new", "/state/containers.json");
    } catch (error) {
      // Whoever reads the file sees its age.
      console.error(error instanceof Error ? error.message : error);
    }
    await new Promise((resolve) => setTimeout(resolve, 30_000));
  }
}

if (import.meta.main) await main(process.env);
