// Glossary. A tenant is an organiser, whom everything belongs to. A tournament has a slug, its name in addresses, unique
// in the whole app; a capacity, the number of teams that it has room for; and a version, which grows with every change
// of its state. An activity is one line of news about a tournament. To announce one is to publish its first news.
// A team is registered by its captain, who approves the players that ask to join. It has a place (registered, checked in,
// absent once the tournament has started without it) or waits for one. A match is a slot of a round of the bracket. A payment is
// a line of the ledger of entry fees, never changed once done; a refund is another one.
import type { ColumnType } from "kysely";
import type { Currency } from "../../platform/money.ts";
import type { Moment, Stamp } from "../../platform/postgres.ts";

/** Life of a tournament, in order; `cancelled` may follow those that are neither drafts nor over. */
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

/** A column with a default. */
type Optional<T> = ColumnType<T, T | undefined, T>;
type OptionalMoment = ColumnType<string | null, Date | string | null | undefined, Date | string | null>;

interface TournamentTable {
  id: string;
  tenant_id: string;
  slug: string;
  name: string;
  description: Optional<string>;
  rules: Optional<string>;
  venue: Optional<string>;
  status: Optional<TournamentStatus>;
  registration_closes_at: OptionalMoment;
  check_in_opens_at: OptionalMoment;
  starts_at: Moment;
  ends_at: OptionalMoment;
  capacity: number;
  /** Most players of a team. */
  team_size: Optional<number>;
  /** In minor units. */
  entry_fee: Optional<number>;
  currency: Optional<Currency>;
  /** Part of the net takings that goes into prizes, in hundredths of a percent. */
  prize_share: Optional<number>;
  /** Teams that have a place. */
  teams: Optional<number>;
  /** Teams on the waiting list. */
  waiting: Optional<number>;
  cancel_reason: Optional<string>;
  ended_at: OptionalMoment;
  version: Optional<number>;
  created_at: Stamp;
}

export const activityKinds = ["announced", "check_in", "started", "completed", "cancelled"] as const;

interface ActivityTable {
  id: ColumnType<string, never, never>;
  tenant_id: string;
  tournament_id: string;
  kind: (typeof activityKinds)[number];
  message: string;
  created_at: Stamp;
}

export const teamStatuses = ["registered", "waiting", "checked_in", "absent", "withdrawn"] as const;

export type TeamStatus = (typeof teamStatuses)[number];

interface TeamTable {
  id: string;
  tenant_id: string;
  tournament_id: string;
  name: string;
  status: TeamStatus;
  captain_id: string;
  seed: number | null;
  fee: number;
  paid: Optional<number>;
  created_at: Stamp;
}

interface MemberTable {
  tenant_id: string;
  tournament_id: string;
  team_id: string;
  user_id: string;
  captain_id: string;
  name: string;
  status: "requested" | "approved" | "left";
  created_at: Stamp;
}

export const matchStatuses = ["pending", "ready", "playing", "done", "bye"] as const;

interface MatchTable {
  id: string;
  tenant_id: string;
  tournament_id: string;
  round: number;
  slot: number;
  team_a: string | null;
  team_b: string | null;
  score_a: ColumnType<number | null, never, number | null>;
  score_b: ColumnType<number | null, never, number | null>;
  winner: string | null;
  status: (typeof matchStatuses)[number];
  walkover: ColumnType<boolean, never, boolean>;
  scheduled_at: ColumnType<string | null, never, string | null>;
}

interface PaymentTable {
  id: string;
  tenant_id: string;
  tournament_id: string;
  team_id: string;
  kind: "payment" | "refund";
  method: "manual" | "stripe";
  status: "pending" | "done" | "failed";
  amount: number;
  currency: Currency;
  /** What the provider or the organiser calls it. */
  reference: Optional<string>;
  refund_of: ColumnType<string | null, string | undefined, never>;
  user_id: string | null;
  created_at: Stamp;
}

interface PaymentEventTable {
  id: string;
  tenant_id: string;
  received_at: Stamp;
}

interface ImageTable {
  id: string;
  tenant_id: string;
  tournament_id: string;
  key: string;
  alt: string;
  created_at: Stamp;
}

declare module "../../platform/postgres.ts" {
  interface Tables {
    tournaments: TournamentTable;
    tournament_activity: ActivityTable;
    teams: TeamTable;
    team_members: MemberTable;
    matches: MatchTable;
    payments: PaymentTable;
    payment_events: PaymentEventTable;
    tournament_images: ImageTable;
  }
}
