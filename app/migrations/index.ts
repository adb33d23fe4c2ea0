// All migrations in order. A list and not a folder that is read: the bundle holds no folder.
import type { Migration } from "../platform/migration.ts";
import { tournaments } from "./0001_tournaments.ts";

export const migrations: readonly Migration[] = [tournaments];
