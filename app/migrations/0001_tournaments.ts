// Tournaments, their news, and the organisers whom they belong to.
import type { Migration } from "../platform/migration.ts";

export const tournaments: Migration = {
  name: "0001_tournaments",
  statements: [
    `create table tenants (
      id uuid primary key,
      name text not null check (length(name) between 1 and 120),
      created_at timestamptz not null default now()
    )`,
    // The organiser that everything belongs to until organisers sign up.
    `insert into tenants (id, name) values ('01900000-0000-7000-8000-000000000001', 'Arena')`,
    `create table tournaments (
      id uuid primary key,
      tenant_id uuid not null references tenants,
      slug text not null unique check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(slug) <= 60),
      name text not null check (length(name) between 1 and 120),
      status text not null default 'draft'
        check (status in ('draft', 'registration', 'check_in', 'running', 'completed', 'archived', 'cancelled')),
      starts_at timestamptz not null,
      capacity integer not null check (capacity between 2 and 4096),
      version integer not null default 1,
      created_at timestamptz not null default now(),
      unique (tenant_id, id)
    )`,
    // Lists read newest first, all of them or those of one status; ids grow with time (UUID version 7).
    `create index tournaments_by_status on tournaments (status, id)`,
    // The tenant stands in each table, so that a row-level policy never has to look at another one.
    `create table tournament_activity (
      id bigint generated always as identity primary key,
      tenant_id uuid not null,
      tournament_id uuid not null,
      kind text not null check (kind in ('announced')),
      message text not null,
      created_at timestamptz not null default now(),
      foreign key (tenant_id, tournament_id) references tournaments (tenant_id, id) on delete cascade,
      unique (tournament_id, kind)
    )`,
  ],
};
