// What the API takes and gives: the shapes of requests and responses, with their limits.
import Type, { type Static } from "typebox";
import { tournamentStatuses } from "./tables.ts";

const slug = Type.String({ pattern: "^[a-z0-9]+(-[a-z0-9]+)*$", maxLength: 60, description: "Name in addresses" });
const status = Type.Enum([...tournamentStatuses]);

/** A tournament as clients see it. Times are ISO 8601 in UTC. */
export const Tournament = Type.Object({
  slug,
  name: Type.String(),
  status,
  starts_at: Type.String({ format: "date-time" }),
  capacity: Type.Integer({ description: "Teams that it has room for" }),
  created_at: Type.String({ format: "date-time" }),
});

export const NewTournament = Type.Object(
  {
    slug,
    name: Type.String({ minLength: 1, maxLength: 120, pattern: "\\S" }),
    starts_at: Type.String({ format: "date-time", maxLength: 40 }),
    capacity: Type.Integer({ minimum: 2, maximum: 4096 }),
  },
  { additionalProperties: false },
);

export const TournamentQuery = Type.Object(
  {
    limit: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
    cursor: Type.Optional(Type.String({ maxLength: 64, description: "`next` of the page before" })),
    status: Type.Optional(status),
  },
  { additionalProperties: false },
);

export const TournamentPage = Type.Object({
  items: Type.Array(Tournament),
  next: Type.Union([Type.String(), Type.Null()], { description: "Cursor of the page that follows; null on the last" }),
});

/** The client has it already. */
export const NotModified = Type.Null();

export const SlugParams = Type.Object({ slug: Type.String({ maxLength: 60 }) });

/** What somebody polls while waiting for a tournament to move. */
export const TournamentState = Type.Object({
  slug,
  status,
  capacity: Type.Integer(),
  version: Type.Integer({ description: "Grows with every change" }),
});

export type Tournament = Static<typeof Tournament>;
export type NewTournament = Static<typeof NewTournament>;
export type TournamentQuery = Static<typeof TournamentQuery>;
export type TournamentState = Static<typeof TournamentState>;
