// Glossary. An account (table users) is a person who can sign in, by an e-mail address that no other account has; it belongs
// to no organiser. A membership puts an account on the staff of an organiser (a tenant), in a role. An invitation asks
// somebody by mail to join a staff. Who is signed in acts for one organiser at a time, or for none. A session keeps a browser
// signed in; a refresh family keeps an API client signed in, by refresh tokens of which each is used once and gives the next;
// one that comes a second time was stolen, and ends its family. A single-use token proves that somebody reads the mail of an
// account. Tokens are kept hashed only.
import type { ColumnType } from "kysely";
import type { Moment, Stamp } from "../../platform/postgres.ts";
import type { TenantRole } from "../../platform/principal.ts";

interface TenantTable {
  id: string;
  name: string;
  created_at: Stamp;
}

interface UserTable {
  id: string;
  /** Lower case. */
  email: string;
  name: string;
  /** Null until a password is set, by a link that was mailed. */
  password_hash: string | null;
  /** Null while nobody has shown that they read the address's mail: until then what else stands here is what somebody typed. */
  email_verified_at: Moment | null;
  /** The organiser that a registration names, founded when its address is proven; null from then on. */
  organisation: ColumnType<string | null, string | null | undefined, string | null>;
  saas_admin: ColumnType<boolean, boolean | undefined, boolean>;
  created_at: Stamp;
}

interface MembershipTable {
  tenant_id: string;
  user_id: string;
  role: TenantRole;
  created_at: Stamp;
}

interface InvitationTable {
  id: string;
  tenant_id: string;
  email: string;
  role: TenantRole;
  /** Null until the mail goes out. */
  token_hash: Buffer | null;
  created_at: Stamp;
  expires_at: Moment;
}

interface SessionTable {
  id: string;
  token_hash: Buffer;
  user_id: string;
  acts_for: string | null;
  user_agent: string;
  created_at: Stamp;
  seen_at: Stamp;
  expires_at: Moment;
}

interface RefreshFamilyTable {
  id: string;
  user_id: string;
  acts_for: string | null;
  user_agent: string;
  created_at: Stamp;
  expires_at: Moment;
  revoked_at: Moment | null;
}

interface RefreshTokenTable {
  token_hash: Buffer;
  family_id: string;
  used_at: Moment | null;
}

/** What a single-use token is good for. */
export type TokenPurpose = "verify_email" | "reset_password";

interface SingleUseTokenTable {
  token_hash: Buffer;
  user_id: string;
  purpose: TokenPurpose;
  expires_at: Moment;
}

declare module "../../platform/postgres.ts" {
  interface Tables {
    tenants: TenantTable;
    users: UserTable;
    memberships: MembershipTable;
    invitations: InvitationTable;
    sessions: SessionTable;
    refresh_families: RefreshFamilyTable;
    refresh_tokens: RefreshTokenTable;
    single_use_tokens: SingleUseTokenTable;
  }
}
