// nginx in front of the app: the only container with a port on the host. It runs without any privilege and asks Docker's DNS
// for the app's containers, so that they come and go without it. No cost but the host's; 64 MiB.
//
//   new ReverseProxy("proxy", { domain: "shop.example.com", port: 80, address: "0.0.0.0", … }, { providers: [engine] });
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import {
  assertRange,
  exclusive,
  type HealthCheck,
  hardened,
  healthcheck,
  healthWait,
  type Labels,
  limits,
} from "./pure/container.ts";
import { nginxConfig, nginxHealthPort } from "./pure/nginx-config.ts";

export interface ReverseProxyArgs {
  /** Id of an nginx image. */
  readonly image: pulumi.Input<string>;
  /** Host name that the environment answers on. */
  readonly domain: string;
  /** Port on the host. */
  readonly port: number;
  /** Address of the host that the port is open on: `0.0.0.0` for everybody, `127.0.0.1` for the host itself. */
  readonly address: "0.0.0.0" | "127.0.0.1";
  /** Docker's DNS name of the app's web containers. */
  readonly appHost: string;
  /** Port that they listen on. */
  readonly appPort: number;
  /** Name of the network that they are on. */
  readonly network: pulumi.Input<string>;
  /** Name of the volume with the static assets. */
  readonly staticVolume: pulumi.Input<string>;
  readonly labels: Labels;
}

const internalPort = 8080;
const root = "/srv/www";
const stopSeconds = 30;
const health: HealthCheck = {
  command: ["curl", "--silent", "--fail", "--output", "/dev/null", `http://127.0.0.1:${nginxHealthPort}/`],
  startPeriod: 10,
};

export class ReverseProxy extends pulumi.ComponentResource {
  /** Name of the container. */
  readonly container: pulumi.Output<string>;
  /** Where users find the environment. */
  readonly url: string;

  constructor(name: string, args: ReverseProxyArgs, opts?: pulumi.ComponentResourceOptions) {
    assertRange(name, "port", args.port, 1, 65_535);
    super("berth:docker:ReverseProxy", name, {}, opts);

    this.container = nginx(this, name, args).name;
    this.url = siteUrl(args.domain, args.port);
    this.registerOutputs({ container: this.container, url: this.url });
  }
}

/** The address of a site; the port that browsers assume is left out. */
export function siteUrl(domain: string, port: number): string {
  return port === 80 ? `http://${domain}` : `http://${domain}:${port}`;
}

function nginx(parent: ReverseProxy, name: string, args: ReverseProxyArgs): docker.Container {
  const { domain, appHost, appPort } = args;
  const config = nginxConfig({ domain, appHost, appPort, port: internalPort, root, workers: 2 });
  return new docker.Container(
    `${name}-nginx`,
    {
      ...hardened,
      ...limits({ memory: 64, cpus: 1 }),
      image: args.image,
      labels: [...args.labels],
      // Any user will do: nginx writes to /tmp only. This is the one that nginx's own image calls nginx.
      user: "101:101",
      entrypoints: ["nginx"],
      command: ["-c", "/etc/nginx/nginx.conf"],
      uploads: [{ file: "/etc/nginx/nginx.conf", content: config, permissions: "0444" }],
      volumes: [{ volumeName: args.staticVolume, containerPath: `${root}/static`, readOnly: true }],
      networksAdvanced: [{ name: args.network }],
      ports: [{ internal: internalPort, external: args.port, ip: args.address }],
      healthcheck: healthcheck(health),
      wait: true,
      waitTimeout: healthWait(health),
      // SIGQUIT: answer what is under way, then stop.
      stopSignal: "SIGQUIT",
      stopTimeout: stopSeconds,
      destroyGraceSeconds: stopSeconds,
    },
    exclusive(parent),
  );
}
