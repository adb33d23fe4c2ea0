// Keeps the site's certificate: from an ACME authority by challenges over HTTP, or from an authority of its own for names
// that no other gives one for. No cost but the host's; 64 MiB.
//
//   const certificates = new Certificates("certificates", { names: ["shop.example.com"], from: { directory }, … }, { providers: [engine] });
import { readdirSync, readFileSync } from "node:fs";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { FilesVolumeArgs } from "./files-volume.ts";
import {
  exclusive,
  type HealthCheck,
  hardened,
  healthcheck,
  healthWait,
  type Labels,
  limits,
  proxyUser,
} from "./pure/container.ts";

export interface CertificatesArgs {
  /** Host names that the certificate is for. */
  readonly names: readonly string[];
  /** Left out: an authority of its own. */
  readonly acme?: {
    /** URL of the authority's directory. */
    readonly directory: string;
    /** Certificate, PEM, by which the directory is trusted. @default the public authorities' */
    readonly root?: string;
    /** Where the authority warns somebody. @default nowhere */
    readonly email?: string;
  };
  /** Volume that servers read certificates from; the proxy's user may write to it. */
  readonly volume: pulumi.Input<string>;
  /** Volume for the keys of accounts and authorities; the proxy's user may write to it. */
  readonly secretsVolume: pulumi.Input<string>;
  /** Volume of the certificates of whoever has port 80, and so answers the authority. @default {@link volume} */
  readonly answeredFrom?: pulumi.Input<string>;
  /** Volume with {@link certificateProgram}. */
  readonly program: pulumi.Input<string>;
  /** Id of a Node.js image. */
  readonly image: pulumi.Input<string>;
  /** Name of a network with a way out. */
  readonly network: pulumi.Input<string>;
  readonly labels: Labels;
}

export const certificatesFolder = "/certificates";
const answersFolder = "/answers";
const rootFile = "directory-root.pem";
/** By the shell: a Node.js every few seconds is much for a small server. */
const health: HealthCheck = {
  command: ["sh", "-c", `test "$(date +%s)" -lt "$(cat ${certificatesFolder}/ends)"`],
  startPeriod: 60,
};

export class Certificates extends pulumi.ComponentResource {
  /** Name of the container; known once there is a certificate, if only a stand-in. */
  readonly container: pulumi.Output<string>;

  constructor(name: string, args: CertificatesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:docker:Certificates", name, {}, opts);

    this.container = agent(this, name, args).name;
    this.registerOutputs({ container: this.container });
  }
}

/** The program that a container of {@link Certificates} runs, by file name, and what it trusts. */
export function certificateProgram(root?: string): FilesVolumeArgs["files"] {
  const folder = new URL("../../vps/certificates/", import.meta.url);
  const files = readdirSync(folder).filter((file) => file.endsWith(".ts"));
  const sources = files.sort().map((file) => [file, readFileSync(new URL(file, folder), "utf8")] as const);
  const trusted = root === undefined ? [] : [[rootFile, root] as const];
  return Object.fromEntries([...sources, ["package.json", '{ "type": "module" }\n'], ...trusted]);
}

function agent(parent: Certificates, name: string, args: CertificatesArgs): docker.Container {
  const { directory = "", email = "", root } = args.acme ?? {};
  const { answeredFrom } = args;
  return new docker.Container(
    `${name}-agent`,
    {
      ...hardened,
      ...limits({ memory: 96, cpus: 0.5 }),
      image: args.image,
      labels: [...args.labels],
      user: proxyUser,
      readOnly: true,
      entrypoints: ["node"],
      command: ["/program/main.ts"],
      envs: [
        `CERTIFICATES=${certificatesFolder}`,
        `CHALLENGES=${answeredFrom === undefined ? certificatesFolder : answersFolder}/challenges`,
        `DIRECTORY=${directory}`,
        `EMAIL=${email}`,
        `NAMES=${args.names.join(",")}`,
        ...(root === undefined ? [] : [`NODE_EXTRA_CA_CERTS=/program/${rootFile}`]),
        "SECRETS=/secrets",
      ],
      volumes: [
        ...(answeredFrom === undefined ? [] : [{ volumeName: answeredFrom, containerPath: answersFolder }]),
        { volumeName: args.volume, containerPath: certificatesFolder },
        { volumeName: args.program, containerPath: "/program", readOnly: true },
        { volumeName: args.secretsVolume, containerPath: "/secrets" },
      ],
      networksAdvanced: [{ name: args.network }],
      healthcheck: healthcheck(health),
      wait: true,
      waitTimeout: healthWait(health),
      stopSignal: "SIGTERM",
      stopTimeout: 10,
      destroyGraceSeconds: 10,
    },
    exclusive(parent),
  );
}
