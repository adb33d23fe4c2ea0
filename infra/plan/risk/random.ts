// Values that are made once and kept in the state: a changed property makes another value.
import type { RiskTable } from "./risk.ts";

const provider = "https://registry.terraform.io/providers/hashicorp/random/latest/docs/resources";

export const random: RiskTable = {
  "random:index/randomPassword:RandomPassword": {
    source: `${provider}/password`,
    holds: "secret",
    replaces: [
      "keepers",
      "length",
      "lower",
      "minLower",
      "minNumeric",
      "minSpecial",
      "minUpper",
      "number",
      "numeric",
      "overrideSpecial",
      "special",
      "upper",
    ],
  },
  "random:index/randomId:RandomId": {
    source: `${provider}/id`,
    replaces: ["byteLength", "keepers", "prefix"],
    replaced: { risk: "replacement", says: "another value, and another name for all that carries it" },
  },
};
