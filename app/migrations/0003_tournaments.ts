// What a tournament is made of besides its name: schedule, rules, fees, teams and their players, the bracket, payments, images.
import type { Migration } from "../platform/migration.ts";

/** Each has a default, so that the release before this one can go on writing tournaments. */
const details = [
  `alter table tournaments
    add column description text not null default '' check (length(description) <= 5000),
    add column rules text not null default '' check (length(rules) <= 20000),
    add column venue text not null default '' check (length(venue) <= 200),
    add column registration_closes_at timestamptz,
    add column check_in_opens_at timestamptz,
    add column ends_at timestamptz check (ends_at >= starts_at),
    add column team_size integer not null default 5 check (team_size between 1 and 50),
    add column entry_fee integer not null default 0 check (entry_fee between 0 and 1000000000),
    add column currency char(3) not null default 'EUR' check (currency ~ '^[A-Z]{3}$'),
    add column prize_share integer not null default 0 check (prize_share between 0 and 10000),
    add column teams integer not null default 0,
    add column waiting integer not null default 0,
    add column cancel_reason text not null default '' check (length(cancel_reason) <= 500),
    add column ended_at timestamptz,
    add constraint tournaments_never_oversold check (teams between 0 and capacity),
    add constraint tournaments_waiting_list check (waiting between 0 and capacity)`,
  "create index tournaments_by_tenant on tournaments (tenant_id, id)",
  "create index tournaments_by_start on tournaments (starts_at, id)",
  "create index tournaments_by_name on tournaments (name, id)",
  "alter table tournament_activity drop constraint tournament_activity_kind_check",
  `alter table tournament_activity add constraint tournament_activity_kind_check
    check (kind in ('announced', 'check_in', 'started', 'completed', 'cancelled'))`,
];

const tournament = `tenant_id uuid not null,
    tournament_id uuid not null,
    foreign key (tenant_id, tournament_id) references tournaments (tenant_id, id) on delete cascade`;

const tables = [
  `create table teams (
    id uuid primary key,
    name text not null check (length(name) between 1 and 80),
    status text not null check (status in ('registered', 'waiting', 'checked_in', 'absent', 'withdrawn')),
    captain_id uuid not null,
    seed integer check (seed between 1 and 4096),
    fee integer not null check (fee >= 0),
    paid integer not null default 0 check (paid >= 0),
    created_at timestamptz not null default now(),
    ${tournament},
    unique (tenant_id, id)
  )`,
  "create unique index teams_by_name on teams (tournament_id, lower(name)) where status <> 'withdrawn'",
  "create index teams_by_status on teams (tournament_id, status, id)",
  "create index teams_by_captain on teams (captain_id)",
  // Names of players stand here, as they were when they joined: what somebody has played in outlives their account.
  `create table team_members (
    team_id uuid not null,
    user_id uuid not null,
    captain_id uuid not null,
    name text not null check (length(name) between 1 and 120),
    status text not null check (status in ('requested', 'approved', 'left')),
    created_at timestamptz not null default now(),
    primary key (team_id, user_id),
    ${tournament},
    foreign key (tenant_id, team_id) references teams (tenant_id, id) on delete cascade
  )`,
  // Nobody plays for two teams of one tournament.
  "create unique index team_members_one_team on team_members (tournament_id, user_id) where status = 'approved'",
  "create index team_members_by_user on team_members (user_id)",
  `create table matches (
    id uuid primary key,
    round integer not null check (round between 1 and 12),
    slot integer not null check (slot between 0 and 2047),
    team_a uuid,
    team_b uuid,
    score_a integer check (score_a between 0 and 100000),
    score_b integer check (score_b between 0 and 100000),
    winner uuid check (winner in (team_a, team_b)),
    status text not null check (status in ('pending', 'ready', 'playing', 'done', 'bye')),
    walkover boolean not null default false,
    scheduled_at timestamptz,
    ${tournament},
    unique (tournament_id, round, slot),
    foreign key (tenant_id, team_a) references teams (tenant_id, id),
    foreign key (tenant_id, team_b) references teams (tenant_id, id),
    check (status not in ('done', 'bye') or winner is not null)
  )`,
  // Only ever added to: a refund is a row of its own. What is pending waits for the provider.
  `create table payments (
    id uuid primary key,
    team_id uuid not null,
    kind text not null check (kind in ('payment', 'refund')),
    method text not null check (method in ('manual', 'stripe')),
    status text not null check (status in ('pending', 'done', 'failed')),
    amount integer not null check (amount > 0),
    currency char(3) not null,
    reference text not null default '' check (length(reference) <= 255),
    refund_of uuid references payments,
    user_id uuid,
    created_at timestamptz not null default now(),
    ${tournament},
    foreign key (tenant_id, team_id) references teams (tenant_id, id) on delete cascade
  )`,
  "create index payments_by_tournament on payments (tournament_id, id)",
  "create index payments_by_team on payments (team_id)",
  "create index payments_by_refund on payments (refund_of)",
  // What a provider has told us, so that hearing it again changes nothing.
  `create table payment_events (
    id text primary key check (length(id) <= 255),
    tenant_id uuid not null references tenants,
    received_at timestamptz not null default now()
  )`,
  `create table tournament_images (
    id uuid primary key,
    key text not null unique check (length(key) <= 200),
    alt text not null check (length(alt) between 1 and 200),
    created_at timestamptz not null default now(),
    ${tournament}
  )`,
  "create index tournament_images_by_tournament on tournament_images (tournament_id, id)",
];

const isPublished = (table: string) =>
  `create policy published on ${table} for select using (exists (
    select from tournaments where tournaments.id = ${table}.tournament_id and tournaments.status <> 'draft'))`;

const policies = [
  ...["teams", "team_members", "matches", "payments", "payment_events", "tournament_images"].flatMap((table) => [
    `alter table ${table} enable row level security`,
    `create policy tenant on ${table} using (tenant_id = current_tenant()) with check (tenant_id = current_tenant())`,
  ]),
  // Who takes part is public; it takes part in what is published, since registration publishes.
  "create policy taking_part on teams for select using (status in ('registered', 'waiting', 'checked_in', 'absent'))",
  "create policy own on teams for select using (captain_id = current_account())",
  "create policy playing on team_members for select using (status = 'approved')",
  "create policy own on team_members for select using (user_id = current_account() or captain_id = current_account())",
  "create policy own on payments for select using (user_id = current_account())",
  isPublished("matches"),
  isPublished("tournament_images"),
];

export const tournamentDetails: Migration = {
  name: "0003_tournaments",
  statements: [...details, ...tables, ...policies],
};
