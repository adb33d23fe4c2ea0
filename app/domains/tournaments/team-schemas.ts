// What the API takes and gives of teams, their players and the bracket.
import Type, { type Static } from "typebox";
import { listQuery, pageOf, type SortKeys } from "../../platform/list.ts";
import { CurrencyCode, Money } from "../../platform/money.ts";
import { MaybeMoment, Moment, momentIn, SlugParams, Status } from "./schemas.ts";
import { matchStatuses, teamStatuses } from "./tables.ts";

const id = Type.String({ format: "uuid" });

export const TeamParams = Type.Object({ ...SlugParams.properties, team: id });
export const MemberParams = Type.Object({ ...TeamParams.properties, user: id });
export const MatchParams = Type.Object({ ...SlugParams.properties, match: id });
export const PaymentParams = Type.Object({ ...SlugParams.properties, payment: id });

export const Team = Type.Object({
  id,
  name: Type.String(),
  status: Type.Enum([...teamStatuses]),
  seed: Type.Union([Type.Integer(), Type.Null()], { description: "1 is the best" }),
  players: Type.Integer(),
  created_at: Moment,
});

/** What only those who have to do with it see: the captain and the organiser. */
export const OwnTeam = Type.Object({ ...Team.properties, fee: Money, paid: Money });

export const NewTeam = Type.Object(
  { name: Type.String({ minLength: 1, maxLength: 80, pattern: "\\S" }) },
  { additionalProperties: false, examples: [{ name: "Harbour Seals" }] },
);

export const Seeding = Type.Object(
  { seed: Type.Union([Type.Integer({ minimum: 1, maximum: 4096 }), Type.Null()]) },
  { additionalProperties: false, examples: [{ seed: 1 }] },
);

export const teamSorts = {
  created: { column: "teams.id", type: "id" },
  name: { column: "teams.name", type: "text" },
} as const satisfies SortKeys;

export const TeamQuery = listQuery(teamSorts, "created", { status: Type.Optional(Type.Enum([...teamStatuses])) });
export const TeamPage = pageOf(Team);

export const Member = Type.Object({
  user: id,
  name: Type.String(),
  role: Type.Enum(["captain", "player"]),
  status: Type.Enum(["requested", "approved"]),
});

export const MemberList = Type.Object({ items: Type.Array(Member) });

export const Match = Type.Object({
  id,
  round: Type.Integer({ description: "1 is the first" }),
  slot: Type.Integer({ description: "From 0, top to bottom" }),
  team_a: Type.Union([Type.String(), Type.Null()], { description: "Name" }),
  team_b: Type.Union([Type.String(), Type.Null()], { description: "Name" }),
  score_a: Type.Union([Type.Integer(), Type.Null()]),
  score_b: Type.Union([Type.Integer(), Type.Null()]),
  winner: Type.Union([Type.Enum(["a", "b"]), Type.Null()]),
  status: Type.Enum([...matchStatuses]),
  walkover: Type.Boolean({ description: "Won without playing" }),
  scheduled_at: MaybeMoment,
});

export const matchSorts = {
  round: { column: "matches.round", type: "integer" },
  id: { column: "matches.id", type: "id" },
} as const satisfies SortKeys;

export const MatchQuery = listQuery(matchSorts, "id", {
  round: Type.Optional(Type.Integer({ minimum: 1, maximum: 12 })),
});
export const MatchPage = pageOf(Match);

const score = Type.Integer({ minimum: 0, maximum: 100_000 });

export const Result = Type.Object(
  {
    score_a: score,
    score_b: score,
    walkover: Type.Boolean({ default: false, description: "The loser did not turn up, or gave up" }),
  },
  { additionalProperties: false, required: ["score_a", "score_b"], examples: [{ score_a: 3, score_b: 1 }] },
);

export const MatchTime = Type.Object(
  { scheduled_at: Type.Union([momentIn, Type.Null()]) },
  { additionalProperties: false, examples: [{ scheduled_at: "2027-05-01T10:30:00Z" }] },
);

export const StandingList = Type.Object({
  items: Type.Array(
    Type.Object({
      place: Type.Integer({ description: "Shared by teams that lost in the same round" }),
      team: Type.String(),
      wins: Type.Integer(),
      is_in: Type.Boolean({ description: "Still playing: the place is the worst that it can get" }),
    }),
  ),
});

/** All that a registration form needs to know. */
export const RegisterContext = Type.Object({
  slug: Type.String(),
  name: Type.String(),
  status: Status,
  is_open: Type.Boolean(),
  closed_because: Type.Union([Type.String(), Type.Null()]),
  places_left: Type.Integer(),
  joins_waiting_list: Type.Boolean({ description: "A team that registers now waits for a place" }),
  team_size: Type.Integer(),
  entry_fee: Money,
  pays_online: Type.Boolean(),
  rules: Type.String(),
  own_teams: Type.Array(Type.Object({ id, name: Type.String(), status: Type.Enum([...teamStatuses]) })),
});

export const NewPayment = Type.Object(
  {
    amount: Type.Integer({
      minimum: 1,
      maximum: 1_000_000_000,
      description: "In minor units of the tournament's currency",
    }),
    reference: Type.String({ maxLength: 200, default: "" }),
  },
  { additionalProperties: false, required: ["amount"], examples: [{ amount: 2500, reference: "cash at the desk" }] },
);

export const Payment = Type.Object({
  id,
  team: Type.String(),
  kind: Type.Enum(["payment", "refund"]),
  method: Type.Enum(["manual", "stripe"]),
  status: Type.Enum(["pending", "done", "failed"]),
  amount: Money,
  reference: Type.String(),
  created_at: Moment,
});

export const paymentSorts = { created: { column: "payments.id", type: "id" } } as const satisfies SortKeys;
export const PaymentQuery = listQuery(paymentSorts, "-created", {});
export const PaymentPage = pageOf(Payment);

export const Finance = Type.Object({
  slug: Type.String(),
  name: Type.String(),
  status: Status,
  currency: CurrencyCode,
  paid: Money,
  refunded: Money,
  net: Money,
  outstanding: Money,
  prizes: Money,
  organiser: Money,
});

export const FinancePage = pageOf(Finance);

export const Checkout = Type.Object({ url: Type.String({ description: "Where the payment is made" }) });

export type Team = Static<typeof Team>;
export type OwnTeam = Static<typeof OwnTeam>;
export type TeamQuery = Static<typeof TeamQuery>;
export type Member = Static<typeof Member>;
export type Match = Static<typeof Match>;
export type MatchQuery = Static<typeof MatchQuery>;
export type Result = Static<typeof Result>;
export type Finance = Static<typeof Finance>;
export type Payment = Static<typeof Payment>;
export type PaymentQuery = Static<typeof PaymentQuery>;
export type RegisterContext = Static<typeof RegisterContext>;
