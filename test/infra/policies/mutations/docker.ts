// Containers on a Docker host.
import { docker, type Mutation } from "./mutation.ts";

const one = "container:Container";
const web = (change: Readonly<Record<string, unknown>>) => ({ name: "web-0", set: change });
export const dockerMutations: readonly Mutation[] = [
  docker(one, "container-root-read-only", web({ readOnly: false })),
  docker(one, "container-not-privileged", web({ privileged: true })),
  docker(one, "container-capabilities-dropped", web({ capabilities: undefined })),
  docker(one, "container-capabilities-dropped", web({ "capabilities.adds": ["CAP_CHOWN"] })),
  docker(one, "container-capabilities-dropped", {
    name: "database-server",
    set: { "capabilities.adds": ["CAP_SYS_ADMIN"] },
  }),
  docker(one, "container-no-new-privileges", web({ securityOpts: undefined })),
  docker(one, "container-memory-limited", web({ memory: undefined })),
  docker(one, "container-memory-limited", web({ memorySwap: -1 })),
  docker(one, "container-cpu-limited", web({ cpus: undefined })),
  docker(one, "container-user-not-root", web({ user: "0" })),
  docker(one, "container-user-not-root", web({ user: undefined })),
  docker(one, "container-health-check", web({ healthcheck: undefined })),
  docker(one, "container-health-check", web({ wait: false })),
  docker(one, "container-ports-of-the-proxy", web({ ports: [{ internal: 8000, external: 8000, ip: "127.0.0.1" }] })),
  docker(one, "container-ports-name-an-address", { name: "proxy-nginx", set: { "ports.0.ip": undefined } }),
  docker(one, "site-https", {
    name: "proxy-nginx",
    set: { ports: [{ internal: 8080, external: 80, ip: "0.0.0.0" }] },
  }),
  docker(one, "container-no-host-namespaces", web({ networkMode: "host" })),
  docker(one, "container-no-host-namespaces", web({ pidMode: "host" })),
  docker(one, "container-no-host-folders", web({ volumes: [{ hostPath: "/etc", containerPath: "/host" }] })),
  docker(one, "container-no-host-folders", web({ mounts: [{ type: "bind", source: "/var/run/docker.sock" }] })),
  docker(one, "container-mounts-read-only", web({ "volumes.0.readOnly": false })),
  docker(one, "container-mounts-read-only", { name: "proxy-nginx", set: { "volumes.0.readOnly": false } }),
  docker(one, "container-init", web({ init: false })),
  docker(one, "container-logs-rotated", web({ logOpts: undefined })),
  docker(one, "container-secrets-hidden", web({ "envs.0": "SECRET_KEY=in clear" })),
  docker(one, "container-secrets-hidden", web({ "envs.0": "DATABASE_URL=postgresql://app:secret@database/app" })),
  // Root in the database's container, and its capabilities, are let pass because nothing leads in or out.
  docker("network:Network", ["container-capabilities-dropped", "container-root-read-only", "container-user-not-root"], {
    name: "network-data",
    set: { internal: false },
  }),
  docker("volume:Volume", "data-volume-protected", { name: "database-data", unset: "protect" }),
];
