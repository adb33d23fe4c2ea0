// Stands for the release that is live. The engine changes it after the services, and its hooks see to it that it changes only
// when they run what they should: a release that failed is therefore still to do for the next update.
//
//   new LiveRelease("live", { ledger, data, services, hooks: release.live(data, …) });
//
// Monthly cost: none.
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Ledger } from "./ledger.ts";
import type { Service } from "./service.ts";

export interface LiveReleaseArgs {
  readonly ledger: Ledger;
  /** What it is known by: another one whenever ECS has to replace tasks. */
  readonly data: pulumi.Input<string>;
  readonly services: Readonly<Record<string, Service>>;
  readonly hooks: pulumi.ResourceHookBinding;
}

export class LiveRelease extends pulumi.ComponentResource {
  constructor(name: string, args: LiveReleaseArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:release:LiveRelease", name, {}, opts);
    const { ledger, data, services, hooks } = args;
    new aws.dynamodb.TableItem(
      `${name}-item`,
      {
        tableName: ledger.tableName,
        hashKey: "what",
        rangeKey: "number",
        item: pulumi.jsonStringify({
          what: { S: "live" },
          number: { N: "0" },
          data: { S: data },
        }),
      },
      { parent: this, dependsOn: Object.values(services), hooks },
    );
    this.registerOutputs({});
  }
}
