// The volume that `release` publishes static assets to and nginx hands them out from. No cost but the host's disk.
//
//   const assets = new StaticFiles("static", { image: nginx, labels }, { providers: [engine] });
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { appUser, hardened, type Labels, limits } from "./pure/container.ts";

export interface StaticFilesArgs {
  /** An image with `chown`. */
  readonly image: pulumi.Input<string>;
  /** Labels of the volume and the container that prepares it. */
  readonly labels: Labels;
}

export class StaticFiles extends pulumi.ComponentResource {
  /** Name of the volume; known once the app's user may write to it. */
  readonly volume: pulumi.Output<string>;

  constructor(name: string, args: StaticFilesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:docker:StaticFiles", name, {}, opts);

    const volume = new docker.Volume(
      `${name}-files`,
      { labels: [...args.labels] },
      { parent: this, ignoreChanges: ["labels"] },
    );
    const owned = handOver(this, name, args, volume.name);

    this.volume = pulumi.all([volume.name, owned.id]).apply(([volumeName]) => volumeName);
    this.registerOutputs({ volume: this.volume });
  }
}

/** A new volume belongs to root unless the image that mounts it first says otherwise: this makes it the app's, once. */
function handOver(
  parent: StaticFiles,
  name: string,
  args: StaticFilesArgs,
  volume: pulumi.Output<string>,
): docker.Container {
  return new docker.Container(
    `${name}-owner`,
    {
      ...hardened,
      ...limits({ memory: 32, cpus: 0.5 }),
      restart: "no",
      capabilities: { drops: ["ALL"], adds: ["CAP_CHOWN"] },
      image: args.image,
      labels: [...args.labels],
      user: "0:0",
      entrypoints: ["chown"],
      command: [appUser, "/static"],
      networkMode: "none",
      readOnly: true,
      volumes: [{ volumeName: volume, containerPath: "/static" }],
      attach: true,
      mustRun: false,
    },
    { parent, ignoreChanges: ["image"] },
  );
}
