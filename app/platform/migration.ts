// What a migration is, and what it means that a database is up to date.
import { createHash } from "node:crypto";

/** One step of the schema. Once released it never changes; the next step is a new file with the next number. */
export interface Migration {
  /** Number and subject, as the file is called: 0001_tournaments. */
  readonly name: string;
  /** One SQL statement each. */
  readonly statements: readonly string[];
  /**
   * `none` for what PostgreSQL refuses in a transaction, such as CREATE INDEX CONCURRENTLY. If such a migration breaks
   * off, what it has done stays, and somebody must look at it.
   * @default "whole"
   */
  readonly transaction?: "whole" | "none";
  /**
   * Releases from before this migration cannot work with it: it takes away or renames what they use (contract). Only once no
   * release that uses it is to be gone back to. What adds (expand) leaves it out.
   * @default false
   */
  readonly breaksOlder?: true;
}

/** What a release says of its schema: the newest migration it knows, and the oldest `version` of code that works with it. */
export function schemaOf(migrations: readonly Migration[]): { readonly version: string; readonly oldest: string } {
  const oldest = migrations.findLast(({ breaksOlder }) => breaksOlder) ?? migrations[0];
  return { version: migrations.at(-1)?.name ?? "", oldest: oldest?.name ?? "" };
}

/** A row of `arena.migrations`. */
export interface AppliedMigration {
  readonly name: string;
  readonly checksum: string;
  readonly status: "started" | "done";
}

export function checksum(migration: Migration): string {
  return createHash("sha256").update(migration.statements.join("\0")).digest("hex");
}

/** What still has to run, or the sentence that says why nothing may. */
export type Plan = { readonly pending: readonly Migration[] } | { readonly refusal: string };

/** Compares what the release knows with what the database has. Pure. */
export function planMigrations(known: readonly Migration[], applied: readonly AppliedMigration[]): Plan {
  const broken = applied.find((row) => row.status === "started");
  if (broken !== undefined) {
    return {
      refusal: `Migration ${broken.name} began and did not end: undo or finish by hand what it did, then delete its row from arena.migrations, or set its status to done.`,
    };
  }
  const unknown = applied.find((row) => !known.some((migration) => migration.name === row.name));
  if (unknown !== undefined) {
    return {
      refusal: `The database has migration ${unknown.name}, which this release does not know: deploy a release that has it, the schema only goes forward.`,
    };
  }
  for (const migration of known) {
    const row = applied.find((candidate) => candidate.name === migration.name);
    if (row !== undefined && row.checksum !== checksum(migration)) {
      return {
        refusal: `Migration ${migration.name} was changed after it had been applied: restore it as it was and put the change into a new migration.`,
      };
    }
  }
  return pendingInOrder(known, applied);
}

function pendingInOrder(known: readonly Migration[], applied: readonly AppliedMigration[]): Plan {
  const pending = known.filter((migration) => !applied.some((row) => row.name === migration.name));
  const latest =
    applied
      .map((row) => row.name)
      .toSorted()
      .at(-1) ?? "";
  const late = pending.find((migration) => migration.name < latest);
  if (late !== undefined) {
    return {
      refusal: `Migration ${late.name} is missing though the later ${latest} is applied: give it a number above ${latest}.`,
    };
  }
  return { pending };
}
