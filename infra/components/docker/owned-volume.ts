// A volume that belongs to a user who is not root, so that his containers may write to it. No cost but the host's disk.
//
//   const assets = new OwnedVolume("static", { user: "1000:1000", image: nginx, labels }, { providers: [engine] });
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { hardened, type Labels, limits } from "./pure/container.ts";

export interface OwnedVolumeArgs {
  /** User and group, by number. */
  readonly user: string;
  /** An image with `chown`. */
  readonly image: pulumi.Input<string>;
  /** Labels of the volume and the container that prepares it. */
  readonly labels: Labels;
  /** Its data outlives a `destroy`, and the engine refuses to delete it. @default false */
  readonly keepData?: boolean;
}

export class OwnedVolume extends pulumi.ComponentResource {
  /** Name of the volume; known once the user may write to it. */
  readonly volume: pulumi.Output<string>;

  constructor(name: string, args: OwnedVolumeArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:docker:OwnedVolume", name, {}, opts);

    const volume = new docker.Volume(
      `${name}-files`,
      { labels: [...args.labels] },
      {
        parent: this,
        ignoreChanges: ["labels"],
        ...(args.keepData === true ? { protect: true, retainOnDelete: true } : {}),
      },
    );
    const owned = handOver(this, name, args, volume.name);

    this.volume = pulumi.all([volume.name, owned.id]).apply(([volumeName]) => volumeName);
    this.registerOutputs({ volume: this.volume });
  }
}

/** A new volume belongs to root unless the image that mounts it first says otherwise: this makes it the user's, once. */
function handOver(
  parent: OwnedVolume,
  name: string,
  args: OwnedVolumeArgs,
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
      command: [args.user, "/volume"],
      networkMode: "none",
      readOnly: true,
      volumes: [{ volumeName: volume, containerPath: "/volume" }],
      attach: true,
      mustRun: false,
    },
    { parent, ignoreChanges: ["image"] },
  );
}
