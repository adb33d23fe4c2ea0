// HTTPS of a vps environment: what keeps the site's certificate, and what nginx needs of it.
import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import { Certificates, certificateProgram, certificatesFolder } from "../components/docker/certificates.ts";
import { FilesVolume } from "../components/docker/files-volume.ts";
import { OwnedVolume } from "../components/docker/owned-volume.ts";
import type { ProxyHttps } from "../components/docker/proxy.ts";
import { type Labels, proxyUser } from "../components/docker/pure/container.ts";
import type { Site } from "./vps-site.ts";

export interface CertificateParts {
  readonly engine: docker.Provider;
  readonly nginx: pulumi.Output<string>;
  readonly network: pulumi.Output<string>;
  readonly labels: (part: string) => Labels;
  /** Volumes of another site on the host, which has port 80 and whose authority and account are used. @default its own */
  readonly shared?: { readonly certificates: string; readonly keys: string };
}

/** Undefined where the site has no HTTPS. */
export function siteCertificates(
  site: Site,
  { engine, nginx, network, labels, shared }: CertificateParts,
): { agent: Certificates; https: ProxyHttps } | undefined {
  if (site.https === undefined) return undefined;
  const here = { providers: [engine] };
  const owned = (name: string) =>
    new OwnedVolume(name, { user: proxyUser, image: nginx, labels: labels("certificates") }, here);
  const volume = owned("certificates").volume;
  const secretsVolume = shared?.keys ?? owned("certificate-keys").volume;
  const program = { files: certificateProgram(site.acme?.root), image: nginx, labels: labels("certificates") };
  const node = new docker.RemoteImage(
    "node",
    { name: "node:24-bookworm-slim", keepLocally: true },
    { provider: engine },
  );
  const agent = new Certificates(
    "certificates",
    {
      names: site.certified,
      ...(site.acme === undefined ? {} : { acme: site.acme }),
      volume,
      secretsVolume,
      ...(shared === undefined || site.acme === undefined ? {} : { answeredFrom: shared.certificates }),
      program: new FilesVolume("certificate-program", program, here).volume,
      image: node.imageId,
      network,
      labels: labels("certificates"),
    },
    here,
  );
  const https: ProxyHttps = {
    port: site.https,
    strict: site.acme !== undefined,
    volume,
    folder: certificatesFolder,
  };
  return { agent, https };
}
