// Lets the release before accounts write while this one takes over from it, and after a rollback to it. It knows of no scopes
// (0002) and writes for the one organiser that it knows. Later releases say at sign-in that they set scopes (platform/postgres.ts):
// for them these policies hold nothing. To be dropped once nobody goes back to that release.
import type { Migration } from "../platform/migration.ts";

const house = "'01900000-0000-7000-8000-000000000001'";

const ofHouse = (table: string) =>
  `create policy without_scopes on ${table} using (not sets_scopes() and tenant_id = ${house})
    with check (not sets_scopes() and tenant_id = ${house})`;

export const releaseBeforeAccounts: Migration = {
  name: "0006_release_before_accounts",
  statements: [
    `create function sets_scopes() returns boolean language sql stable parallel safe
      return coalesce(current_setting('arena.scopes', true), '') = 'on'`,
    ofHouse("tournaments"),
    ofHouse("tournament_activity"),
  ],
};
