// The app's image: built on the host's engine from a folder, or pulled. No cost but the host's disk.
//
//   const image = new AppImage("app", { source: "ghcr.io/acme/shop@sha256:…", name: "shop-dev" }, { providers: [engine] });
import { posix } from "node:path";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";

/** A folder of the project to build, by its Dockerfile. */
export interface ImageBuild {
  /** Build context, from the project's root. */
  readonly build: string;
  /** The Dockerfile, from the build context. */
  readonly dockerfile: string;
}

export interface AppImageArgs {
  /** A folder to build, or a reference to pull. */
  readonly source: ImageBuild | string;
  /** What a built image is called on the host; lower case. */
  readonly name: string;
}

export class AppImage extends pulumi.ComponentResource {
  /** Id of the image's content. Containers run it by this: another image is another id, and replaces them. */
  readonly id: pulumi.Output<string>;

  constructor(name: string, args: AppImageArgs, opts?: pulumi.ComponentResourceOptions) {
    assertImageName(name, args.name);
    super("berth:docker:AppImage", name, {}, opts);

    this.id =
      typeof args.source === "string" ? pulled(this, name, args.source) : built(this, name, args.name, args.source);
    this.registerOutputs({ id: this.id });
  }
}

function pulled(parent: AppImage, name: string, reference: string): pulumi.Output<string> {
  // Kept: other stacks on the host may run it, and a rollback needs it.
  return new docker.RemoteImage(`${name}-image`, { name: reference, keepLocally: true }, { parent }).imageId;
}

function built(parent: AppImage, name: string, imageName: string, source: ImageBuild): pulumi.Output<string> {
  const image = new docker.Image(
    `${name}-image`,
    {
      imageName,
      skipPush: true,
      build: {
        context: fromProgram(source.build),
        dockerfile: fromProgram(posix.join(source.build, source.dockerfile)),
      },
    },
    { parent },
  );
  return image.repoDigest;
}

/**
 * The engine runs the program, and the provider that builds, in the folder of `main: infra/index.ts`. Relative, because the
 * path is part of the state, and that is shared between machines.
 */
function fromProgram(path: string): string {
  return posix.isAbsolute(path) ? path : posix.join("..", path);
}

function assertImageName(name: string, imageName: string): void {
  if (!/^[a-z0-9]+(?:[._/-][a-z0-9]+)*(?::[\w.-]+)?$/.test(imageName)) {
    throw new Error(
      `${name}: the image name is "${imageName}"; allowed: lower case letters, digits and . _ - / between them.`,
    );
  }
}
