// Glossary. A tenant is an organiser, whom everything belongs to. A tournament has a slug, its name in addresses, unique
// in the whole app; a capacity, the number of teams that it has room for; and a version, which grows with every change
// of its state. An activity is one line of news about a tournament. To announce one is to publish its first news.
import type { ColumnType } from "kysely";
import type { Moment, Stamp } from "../../platform/postgres.ts";

/** Life of a tournament, in order; `cancelled` may follow any but the two before it. */
export const tournamentStatuses = [
  "draft",
  "registration",
  "check_in",
  "running",
  "completed",
  "archived",
  "cancelled",
] as const;

export type TournamentStatus = (typeof tournamentStatuses)[number];

interface TournamentTable {
  id: string;
  tenant_id: string;
  slug: string;
  name: string;
  status: ColumnType<TournamentStatus, TournamentStatus | undefined, TournamentStatus>;
  starts_at: Moment;
  capacity: number;
  version: ColumnType<number, number | undefined, number>;
  created_at: Stamp;
}

interface ActivityTable {
  id: ColumnType<string, never, never>;
  tenant_id: string;
  tournament_id: string;
  kind: "announced";
  message: string;
  created_at: Stamp;
}

declare module "../../platform/postgres.ts" {
  interface Tables {
    tournaments: TournamentTable;
    tournament_activity: ActivityTable;
  }
}
