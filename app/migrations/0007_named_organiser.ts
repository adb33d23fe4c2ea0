// The organiser that a registration names is founded once its address is proven: until then it is a text, which nobody who only
// typed an address of somebody else's has made.
import type { Migration } from "../platform/migration.ts";

export const namedOrganiser: Migration = {
  name: "0007_named_organiser",
  statements: ["alter table users add column organisation text check (length(organisation) between 1 and 120)"],
};
