// All migrations in order. A list and not a folder that is read: the bundle holds no folder.
import type { Migration } from "../platform/migration.ts";
import { tournaments } from "./0001_tournaments.ts";
import { accounts } from "./0002_accounts.ts";
import { tournamentDetails } from "./0003_tournaments.ts";
import { pointOfSale } from "./0004_point_of_sale.ts";
import { platform } from "./0005_platform.ts";
import { releaseBeforeAccounts } from "./0006_release_before_accounts.ts";
import { namedOrganiser } from "./0007_named_organiser.ts";

export const migrations: readonly Migration[] = [
  tournaments,
  accounts,
  tournamentDetails,
  pointOfSale,
  platform,
  releaseBeforeAccounts,
  namedOrganiser,
];
