// nginx in front of the app: the only container with ports on the host, without any privilege. Where the app is, its own
// configuration and its certificates are on volumes, so that all of them change under it while it answers. No cost but the
// host's; 160 MiB, of which it uses about 10.
//
//   const proxy = new ReverseProxy("proxy", { names: ["shop.example.com"], port: 80, address: "0.0.0.0", … }, { providers: [engine] });
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
  proxyUser,
} from "./pure/container.ts";
import { nginxConfig, nginxHealthPort } from "./pure/nginx-config.ts";

export interface ReverseProxyArgs {
  /** Id of an nginx image. */
  readonly image: pulumi.Input<string>;
  /** Host names that the environment answers on; redirects lead to the first. */
  readonly names: readonly [string, ...string[]];
  /** Port on the host for HTTP. @default none: with HTTPS on a port of its own */
  readonly port?: number;
  /** Answer over HTTPS. @default HTTP only */
  readonly https?: ProxyHttps;
  /** Address of the host that the ports are open on: `0.0.0.0` for everybody, `127.0.0.1` for the host itself. */
  readonly address: "0.0.0.0" | "127.0.0.1";
  /** Port that the app's web containers listen on. */
  readonly appPort: number;
  /** Name of the network that they are on. */
  readonly network: pulumi.Input<string>;
  /** Name of the volume with the static assets. */
  readonly staticVolume: pulumi.Input<string>;
  readonly labels: Labels;
}

export interface ProxyHttps {
  /** Port on the host. */
  readonly port: number;
  /** Tell browsers to come back over HTTPS only. */
  readonly strict: boolean;
  /** Name of the volume with the certificates. */
  readonly volume: pulumi.Input<string>;
  /** Where that volume is mounted. */
  readonly folder: string;
}

/** Folder of the volume that says which containers of the app are live. */
const gateFolder = "/gate";
const configFolder = "/etc/nginx/site";
const configFile = `${configFolder}/nginx.conf`;
const root = "/srv/www";
const ports = { http: 8080, https: 8443 };
const stopSeconds = 30;
const health: HealthCheck = {
  command: [
    "sh",
    "-c",
    `test ! -e /tmp/refused && exec curl --silent --fail --output /dev/null http://127.0.0.1:${nginxHealthPort}/`,
  ],
  startPeriod: 30,
};

export class ReverseProxy extends pulumi.ComponentResource {
  /** Name of the container. */
  readonly container: pulumi.Output<string>;
  /** Name of the volume that says which containers of the app are live. */
  readonly gate: pulumi.Output<string>;
  /** Ports that it listens on, in its container. */
  readonly ports = ports;

  constructor(name: string, args: ReverseProxyArgs, opts?: pulumi.ComponentResourceOptions) {
    if (args.port !== undefined) assertRange(name, "port", args.port, 1, 65_535);
    if (args.https !== undefined) assertRange(name, "https.port", args.https.port, 1, 65_535);
    super("berth:docker:ReverseProxy", name, {}, opts);

    const gate = volume(this, `${name}-gate`, args.labels);
    const config = configVolume(this, name, args);

    this.container = nginx(this, name, args, { gate, config }).name;
    this.gate = gate;
    this.registerOutputs({ container: this.container, gate });
  }
}

function volume(parent: ReverseProxy, name: string, labels: Labels): pulumi.Output<string> {
  return new docker.Volume(name, { labels: [...labels] }, { parent, ignoreChanges: ["labels"] }).name;
}

/** The configuration, written by a container that never starts: a change of it is a new writer, and nginx stays. */
function configVolume(parent: ReverseProxy, name: string, args: ReverseProxyArgs): pulumi.Output<string> {
  const { names, appPort, https } = args;
  const content = nginxConfig({
    names,
    port: ports.http,
    ...(https === undefined
      ? {}
      : {
          https: {
            port: ports.https,
            publicPort: https.port,
            certificates: https.folder,
            strict: https.strict,
          },
        }),
    appPort,
    root,
    gate: gateFolder,
    workers: 2,
  });
  const volumeName = volume(parent, `${name}-config`, args.labels);
  const written = new docker.Container(
    `${name}-config-file`,
    {
      ...hardened,
      ...limits({ memory: 16, cpus: 0.1 }),
      restart: "no",
      image: args.image,
      labels: [...args.labels],
      networkMode: "none",
      start: false,
      mustRun: false,
      uploads: [{ file: configFile, content, permissions: "0444" }],
      volumes: [{ volumeName, containerPath: configFolder }],
    },
    { parent, deleteBeforeReplace: false, ignoreChanges: ["image"] },
  );
  return pulumi.all([volumeName, written.id]).apply(([known]) => known);
}

interface ProxyVolumes {
  readonly gate: pulumi.Output<string>;
  readonly config: pulumi.Output<string>;
}

function nginx(
  parent: ReverseProxy,
  name: string,
  args: ReverseProxyArgs,
  { gate, config }: ProxyVolumes,
): docker.Container {
  const { https } = args;
  const watched = https === undefined ? [configFile] : [configFile, `${https.folder}/site.pem`];
  return new docker.Container(
    `${name}-nginx`,
    {
      ...hardened,
      // Bodies on their way to the app fill the folder below, which counts: full, it refuses one, and nginx goes on.
      ...limits({ memory: 160, cpus: 1 }),
      image: args.image,
      labels: [...args.labels],
      user: proxyUser,
      readOnly: true,
      tmpfs: { "/tmp": "rw,noexec,nosuid,size=64m" },
      entrypoints: ["sh", "-c"],
      command: [reloading(watched)],
      volumes: [
        ...(https === undefined ? [] : [{ volumeName: https.volume, containerPath: https.folder, readOnly: true }]),
        { volumeName: config, containerPath: configFolder, readOnly: true },
        // Root may write to it, for maintenance; nginx is not root.
        { volumeName: gate, containerPath: gateFolder },
        { volumeName: args.staticVolume, containerPath: `${root}/static`, readOnly: true },
      ],
      networksAdvanced: [{ name: args.network }],
      ports: [
        ...(args.port === undefined ? [] : [{ internal: ports.http, external: args.port, ip: args.address }]),
        ...(https === undefined ? [] : [{ internal: ports.https, external: https.port, ip: args.address }]),
      ],
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

/**
 * nginx, and beside it a look every second whether one of the files is another. nginx then reloads, without a connection
 * refused; what it would not take is logged, makes the container unhealthy, and nginx goes on as it is.
 */
function reloading(files: readonly string[]): string {
  const look = `stat --dereference --format='%i %Z %s' ${files.join(" ")} 2>/dev/null`;
  return `before=$(${look})
while sleep 1; do
  now=$(${look})
  [ "$now" = "$before" ] && continue
  before=$now
  if nginx -t -q -c ${configFile}; then rm -f /tmp/refused; nginx -s reload -c ${configFile}; else touch /tmp/refused; fi
done &
exec nginx -c ${configFile}`;
}
