// What the API of accounts takes and gives: the shapes of requests and responses, with their limits.
import Type, { type Static } from "typebox";
import { tenantRoles } from "../../platform/principal.ts";

export const Email = Type.String({ format: "email", maxLength: 254, examples: ["ada@example.com"] });
/** Long enough for a sentence, short enough to be hashed at no great cost. */
export const Password = Type.String({ minLength: 1, maxLength: 128, examples: ["ten thousand lakes"] });
export const PersonName = Type.String({ minLength: 1, maxLength: 120, pattern: "\\S", examples: ["Ada Lovelace"] });
export const OrganisationName = Type.String({
  minLength: 1,
  maxLength: 120,
  pattern: "\\S",
  examples: ["Harbour Games"],
});
export const Token = Type.String({ pattern: "^[\\w-]{43}$", maxLength: 43, description: "From a mail, or an answer" });
export const Role = Type.Enum([...tenantRoles]);
const id = Type.String({ format: "uuid" });
const moment = Type.String({ format: "date-time" });
const closed = { additionalProperties: false };

export const Registration = Type.Object(
  {
    email: Email,
    password: Password,
    name: PersonName,
    organisation: Type.Optional(OrganisationName),
  },
  closed,
);
export const Credentials = Type.Object({ email: Email, password: Password }, closed);
export const EmailOnly = Type.Object({ email: Email }, closed);
export const TokenOnly = Type.Object({ token: Token }, closed);
export const EmailProof = Type.Object({ token: Token, password: Password }, closed);
export const RefreshToken = Type.Object({ refresh_token: Token }, closed);
export const PasswordReset = Type.Object({ token: Token, password: Password }, closed);
export const PasswordChange = Type.Object({ current_password: Password, password: Password }, closed);
export const Profile = Type.Object({ name: PersonName }, closed);
export const NewOrganisation = Type.Object({ name: OrganisationName }, closed);
export const OrganisationChoice = Type.Object({ organisation: Type.Union([id, Type.Null()]) }, closed);
export const NewInvitation = Type.Object({ email: Email, role: Role }, closed);
export const RoleChange = Type.Object({ role: Role }, closed);
export const UserParams = Type.Object({ user: id });
export const SessionParams = Type.Object({ session: id });
export const InvitationParams = Type.Object({ invitation: id });

/** The same, whoever has an account already. */
export const Accepted = Type.Object({ message: Type.String() });
export const Nothing = Type.Null();

/** Access for an API client. */
export const TokenPair = Type.Object({
  access_token: Type.String(),
  token_type: Type.Literal("Bearer"),
  expires_in: Type.Integer({ description: "Seconds that the access token lasts" }),
  refresh_token: Type.String({ description: "Gives the next pair, once" }),
  refresh_expires_in: Type.Integer({ description: "Seconds that the refresh token lasts" }),
});

export const AccessToken = Type.Omit(TokenPair, ["refresh_token", "refresh_expires_in"]);

export const Organisation = Type.Object({ id, name: Type.String(), role: Role });

export const Account = Type.Object({
  id,
  email: Type.String(),
  name: Type.String(),
  saas_admin: Type.Boolean(),
  organisation: Type.Union([id, Type.Null()], { description: "The one that is acted for" }),
  organisations: Type.Array(Organisation),
});

export const SignedIn = Type.Object({
  items: Type.Array(
    Type.Object({
      id,
      kind: Type.Enum(["browser", "api"]),
      user_agent: Type.String(),
      created_at: moment,
      is_current: Type.Boolean(),
    }),
  ),
});

export const Member = Type.Object({
  id,
  name: Type.String(),
  email: Type.String(),
  role: Role,
  created_at: moment,
});

export const Invitation = Type.Object({ id, email: Type.String(), role: Role, created_at: moment, expires_at: moment });

export const AuditQuery = Type.Object(
  {
    limit: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
    cursor: Type.Optional(Type.String({ maxLength: 64, description: "`next` of the page before" })),
    action: Type.Optional(Type.String({ maxLength: 80 })),
    user: Type.Optional(id),
    outcome: Type.Optional(Type.Enum(["done", "denied"])),
  },
  closed,
);

export const AuditPage = Type.Object({
  items: Type.Array(
    Type.Object({
      id,
      user: Type.Union([id, Type.Null()]),
      action: Type.String(),
      outcome: Type.Enum(["done", "denied"]),
      entity: Type.Union([Type.String(), Type.Null()]),
      request_id: Type.Union([Type.String(), Type.Null()]),
      detail: Type.Record(Type.String(), Type.Unknown()),
      created_at: moment,
    }),
  ),
  next: Type.Union([Type.String(), Type.Null()]),
});

/** Everything of a list that is short by nature. */
export const listOf = <Item extends typeof Member | typeof Invitation | typeof Organisation>(item: Item) =>
  Type.Object({ items: Type.Array(item) });

export type Registration = Static<typeof Registration>;
export type Credentials = Static<typeof Credentials>;
export type TokenPair = Static<typeof TokenPair>;
export type Account = Static<typeof Account>;
export type AuditQuery = Static<typeof AuditQuery>;
