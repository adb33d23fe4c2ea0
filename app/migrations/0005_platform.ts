// What jobs have done that must not be done twice; feature flags.
import type { Migration } from "../platform/migration.ts";

export const platform: Migration = {
  name: "0005_platform",
  statements: [
    `create table job_effects (
      key text primary key check (length(key) between 1 and 200),
      done_at timestamptz not null default now()
    )`,
    `create index job_effects_by_age on job_effects (done_at)`,
    // Read by everybody, changed by whoever runs the installation; they belong to no organiser.
    `create table feature_flags (
      name text primary key check (name ~ '^[a-z][a-z0-9_-]{0,59}$'),
      percentage smallint not null check (percentage between 0 and 100),
      tenants uuid[] not null default '{}',
      changed_at timestamptz not null default now()
    )`,
  ],
};
