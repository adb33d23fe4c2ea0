// Which generation of the app's containers gets the requests: one moment they all go to the old one, the next to the new.
// No cost: the container that stands for it is never started.
//
//   new Live("live", { alias: web.alias, gate: proxy.gate, open: [hook], … }, { providers: [engine], dependsOn: [web] });
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { hardened, type Labels, limits } from "./pure/container.ts";

export interface LiveArgs {
  /** Network alias of the generation. */
  readonly alias: pulumi.Input<string>;
  /** Name of the volume that tells nginx. */
  readonly gate: pulumi.Input<string>;
  /** Any image of the host. */
  readonly image: pulumi.Input<string>;
  /** Run when another generation is to get the requests; what it throws leaves them with the one that has them. */
  readonly open: readonly pulumi.ResourceHook[];
  readonly labels: Labels;
}

export class Live extends pulumi.ComponentResource {
  constructor(name: string, args: LiveArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:docker:Live", name, {}, opts);

    record(this, name, args);
    this.registerOutputs({});
  }
}

/**
 * Remembers in the state of the stack what the gate says. Made after the new containers are healthy and before the old
 * ones are deleted, because the engine deletes what it replaced when all else is done.
 */
function record(parent: Live, name: string, { alias, gate, image, open, labels }: LiveArgs): docker.Container {
  return new docker.Container(
    `${name}-record`,
    {
      ...hardened,
      ...limits({ memory: 16, cpus: 0.1 }),
      restart: "no",
      image,
      labels: [...labels],
      networkMode: "none",
      command: [alias],
      start: false,
      mustRun: false,
      volumes: [{ volumeName: gate, containerPath: "/gate" }],
    },
    { parent, deleteBeforeReplace: false, ignoreChanges: ["image"], hooks: { beforeCreate: [...open] } },
  );
}
