// Files on a volume: put there through the engine's API, so that no command line, image or environment holds them. Other
// content is another volume: what runs keeps the files it started with. No cost but the host's disk.
//
//   const secrets = new FilesVolume("app-secrets", { files: { SECRET_KEY: key }, image, labels }, { providers: [engine] });
import { createHash } from "node:crypto";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { hardened, type Labels, limits } from "./pure/container.ts";

export interface FilesVolumeArgs {
  /** Contents by file name. Readable by every user of a container that mounts the volume, and to nobody else but root. */
  readonly files: Readonly<Record<string, pulumi.Input<string>>>;
  /** Any image of the host. */
  readonly image: pulumi.Input<string>;
  readonly labels: Labels;
}

export class FilesVolume extends pulumi.ComponentResource {
  /** Name of the volume; known once the files are on it. */
  readonly volume: pulumi.Output<string>;

  constructor(name: string, args: FilesVolumeArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:docker:FilesVolume", name, {}, opts);

    const volume = new docker.Volume(`${name}-volume`, { labels: contentLabels(args) }, { parent: this });
    const written = writer(this, name, args, volume.name);

    this.volume = pulumi.all([volume.name, written.id]).apply(([volumeName]) => volumeName);
    this.registerOutputs({ volume: this.volume });
  }
}

/**
 * Docker cannot change a label, so another digest makes another volume. In clear, and no help to guess a secret: it is of
 * all files at once, and one of them at least is a long random key.
 */
function contentLabels({ files, labels }: FilesVolumeArgs): docker.types.input.VolumeLabel[] {
  const digest = pulumi.output(sorted(files)).apply((known) => hash(JSON.stringify(known)));
  return [{ label: "berth.content", value: pulumi.unsecret(digest) }, ...labels];
}

/**
 * The engine takes no upload into a container with a read-only root, not even below a volume: a container that is never
 * started takes them. While it is there, no `docker volume prune` takes the volume away.
 */
function writer(
  parent: FilesVolume,
  name: string,
  { files, image, labels }: FilesVolumeArgs,
  volume: pulumi.Output<string>,
): docker.Container {
  return new docker.Container(
    `${name}-files`,
    {
      ...hardened,
      ...limits({ memory: 16, cpus: 0.1 }),
      restart: "no",
      image,
      labels: [...labels],
      networkMode: "none",
      start: false,
      mustRun: false,
      uploads: Object.entries(sorted(files)).map(([file, content]) => ({
        file: `/files/${file}`,
        content,
        permissions: "0444",
      })),
      volumes: [{ volumeName: volume, containerPath: "/files" }],
    },
    { parent, deleteBeforeReplace: false, ignoreChanges: ["image"] },
  );
}

function sorted<T>(files: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
