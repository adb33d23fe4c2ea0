// What the API takes and gives of tournaments: the shapes of requests and responses, with their limits.
import Type, { type Static } from "typebox";
import { type ListQuery, listQuery, pageOf, type SortKeys } from "../../platform/list.ts";
import { CurrencyCode, Money, mostMinorUnits } from "../../platform/money.ts";
import { moves } from "./life-cycle.ts";
import { type TournamentStatus, tournamentStatuses } from "./tables.ts";

const slug = Type.String({ pattern: "^[a-z0-9]+(-[a-z0-9]+)*$", maxLength: 60, description: "Name in addresses" });
export const Status = Type.Enum([...tournamentStatuses]);
export const Moment = Type.String({ format: "date-time" });
export const MaybeMoment = Type.Union([Moment, Type.Null()]);
/** From the year 1000 on: PostgreSQL knows no year 0. */
export const momentIn = Type.String({ format: "date-time", pattern: "^[12]\\d{3}-", maxLength: 40 });

/** A tournament in a list. Times are ISO 8601 in UTC. */
export const Tournament = Type.Object({
  slug,
  name: Type.String(),
  status: Status,
  starts_at: Moment,
  capacity: Type.Integer({ description: "Teams that it has room for" }),
  teams: Type.Integer({ description: "Teams that have a place" }),
  created_at: Moment,
});

export const TournamentDetails = Type.Object({
  ...Tournament.properties,
  waiting: Type.Integer({ description: "Teams on the waiting list" }),
  description: Type.String(),
  rules: Type.String(),
  venue: Type.String(),
  registration_closes_at: MaybeMoment,
  check_in_opens_at: MaybeMoment,
  ends_at: MaybeMoment,
  team_size: Type.Integer({ description: "Most players of a team" }),
  entry_fee: Money,
  prize_share: Type.Integer({ description: "Part of the net takings for prizes, in hundredths of a percent" }),
  cancel_reason: Type.String(),
  version: Type.Integer({ description: "Grows with every change" }),
  images: Type.Array(Type.Object({ id: Type.String(), url: Type.String(), alt: Type.String() })),
});

const editable = {
  name: Type.String({ minLength: 1, maxLength: 120, pattern: "\\S" }),
  starts_at: momentIn,
  capacity: Type.Integer({ minimum: 2, maximum: 4096 }),
  description: Type.String({ maxLength: 5000 }),
  rules: Type.String({ maxLength: 20_000 }),
  venue: Type.String({ maxLength: 200 }),
  registration_closes_at: Type.Union([momentIn, Type.Null()]),
  check_in_opens_at: Type.Union([momentIn, Type.Null()]),
  ends_at: Type.Union([momentIn, Type.Null()]),
  team_size: Type.Integer({ minimum: 1, maximum: 50 }),
  entry_fee: Type.Integer({ minimum: 0, maximum: mostMinorUnits, description: "In minor units" }),
  currency: CurrencyCode,
  prize_share: Type.Integer({ minimum: 0, maximum: 10_000 }),
};

const { name, starts_at, capacity, ...rest } = editable;

export const NewTournament = Type.Object(
  { slug, name, starts_at, capacity, ...Type.Partial(Type.Object(rest)).properties },
  {
    additionalProperties: false,
    examples: [{ slug: "spring-open", name: "Spring Open", starts_at: "2027-05-01T10:00:00Z", capacity: 16 }],
  },
);

export const TournamentChanges = Type.Partial(Type.Object(editable), {
  additionalProperties: false,
  minProperties: 1,
  examples: [{ venue: "Pier 3", capacity: 32 }],
});

export const MoveRequest = Type.Object(
  { move: Type.Enum([...moves]), reason: Type.Optional(Type.String({ maxLength: 500 })) },
  { additionalProperties: false, examples: [{ move: "open_registration" }] },
);

/** What lists of tournaments are sorted by. */
export const tournamentSorts = {
  created: { column: "tournaments.id", type: "id" },
  starts: { column: "tournaments.starts_at", type: "moment" },
  name: { column: "tournaments.name", type: "text" },
} as const satisfies SortKeys;

export const TournamentQuery = listQuery(tournamentSorts, "-created", { status: Type.Optional(Status) });

export const TournamentPage = pageOf(Tournament);

/** When things happen. */
export const Schedule = Type.Object({
  slug,
  name: Type.String(),
  status: Status,
  registration_closes_at: MaybeMoment,
  check_in_opens_at: MaybeMoment,
  starts_at: Moment,
  ends_at: MaybeMoment,
  venue: Type.String(),
});

export const ScheduleQuery = listQuery(tournamentSorts, "starts", { status: Type.Optional(Status) });
export const SchedulePage = pageOf(Schedule);

/** How full a tournament is. */
export const Capacity = Type.Object({
  slug,
  name: Type.String(),
  status: Status,
  capacity: Type.Integer(),
  teams: Type.Integer(),
  free: Type.Integer(),
  waiting: Type.Integer(),
});

export const CapacityPage = pageOf(Capacity);

/** The client has it already. */
export const NotModified = Type.Null();

export const SlugParams = Type.Object({ slug: Type.String({ maxLength: 60 }) });

export const ImageParams = Type.Object({ ...SlugParams.properties, image: Type.String({ format: "uuid" }) });

/** An image that has been uploaded. */
export const NewImage = Type.Object(
  {
    receipt: Type.String({ minLength: 1, maxLength: 2_000 }),
    alt: Type.String({ minLength: 1, maxLength: 200, pattern: "\\S", description: "What it shows, in words" }),
  },
  { additionalProperties: false, examples: [{ receipt: "from the offer", alt: "The harbour at dawn" }] },
);

/** What somebody polls while waiting for a tournament to move. */
export const TournamentState = Type.Object({
  slug,
  status: Status,
  capacity: Type.Integer(),
  teams: Type.Integer(),
  waiting: Type.Integer(),
  version: Type.Integer({ description: "Grows with every change" }),
});

export type Tournament = Static<typeof Tournament>;
export type TournamentDetails = Static<typeof TournamentDetails>;
export type NewTournament = Static<typeof NewTournament>;
export type TournamentChanges = Static<typeof TournamentChanges>;
/** What every list of tournaments takes, whatever it is sorted by at first. */
export type TournamentQuery = ListQuery & { readonly status?: TournamentStatus | undefined };
export type TournamentState = Static<typeof TournamentState>;
export type Schedule = Static<typeof Schedule>;
export type Capacity = Static<typeof Capacity>;
