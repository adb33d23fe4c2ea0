// The ledger of an environment's releases: who released what and when, and how it ended.
//
//   const ledger = new Ledger("ledger", { retain: true });
//
// The rows are written by releases, not by the engine. Monthly cost: a few cents, by use.
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export interface LedgerArgs {
  /** Refuse to delete the table. */
  readonly retain: boolean;
}

export class Ledger extends pulumi.ComponentResource {
  readonly tableName: pulumi.Output<string>;
  readonly tableArn: pulumi.Output<string>;

  constructor(name: string, args: LedgerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:release:Ledger", name, {}, opts);
    const table = new aws.dynamodb.Table(
      `${name}-releases`,
      {
        billingMode: "PAY_PER_REQUEST",
        hashKey: "what",
        rangeKey: "number",
        attributes: [
          { name: "what", type: "S" },
          { name: "number", type: "N" },
        ],
        pointInTimeRecovery: { enabled: true },
        deletionProtectionEnabled: args.retain,
      },
      { parent: this },
    );
    this.tableName = table.name;
    this.tableArn = table.arn;
    this.registerOutputs({ tableName: this.tableName });
  }
}
