// What an environment may cost in a month, and who is told before it does.
//
//   new Budget("budget", { dollars: 120, email: "oncall@example.com", tag: { key: "stack", value: "staging" } });
//
// AWS counts by tag once the tag is activated for cost allocation in the account (Billing, Cost allocation tags); until
// then the sum is zero. Monthly cost: none; two budgets of an account are free, each further $0.62.
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export interface BudgetArgs {
  readonly dollars: number;
  readonly email: string;
  /** The tag that all of the environment's resources carry. */
  readonly tag: { readonly key: string; readonly value: string };
}

export class Budget extends pulumi.ComponentResource {
  constructor(name: string, { dollars, email, tag }: BudgetArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:operations:Budget", name, {}, opts);
    const notification = (notificationType: string, threshold: number) => ({
      notificationType,
      threshold,
      comparisonOperator: "GREATER_THAN",
      thresholdType: "PERCENTAGE",
      subscriberEmailAddresses: [email],
    });
    new aws.budgets.Budget(
      `${name}-month`,
      {
        budgetType: "COST",
        timeUnit: "MONTHLY",
        limitAmount: String(dollars),
        limitUnit: "USD",
        costFilters: [{ name: "TagKeyValue", values: [`user:${tag.key}$${tag.value}`] }],
        // Spent is late; what the month will come to is known after some days of it.
        notifications: [notification("ACTUAL", 80), notification("FORECASTED", 100)],
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
