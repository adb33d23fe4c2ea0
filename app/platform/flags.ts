// Feature flags: what is switched on for whom, without a release. Asked through OpenFeature, kept in the table feature_flags.
import type {} from "fastify";
import { type ColumnType, sql } from "kysely";
import { audit } from "./audit.ts";
import type { Database, Trx } from "./postgres.ts";
import { inScope, type Scope } from "./scope.ts";

/** Flags that code asks for, with what holds while the table says nothing of them, or cannot be read. */
export const knownFlags = {
  exports: { purpose: "files of reports may be ordered; off, the load of making them is gone", default: true },
} as const;

export type FlagName = keyof typeof knownFlags;

export function isFlag(name: string): name is FlagName {
  return Object.hasOwn(knownFlags, name);
}

declare module "fastify" {
  interface FastifyContextConfig {
    /** The route is there only for whom this is on. @default always there */
    flag?: FlagName;
  }
}

declare module "./postgres.ts" {
  interface Tables {
    feature_flags: {
      name: string;
      percentage: number;
      tenants: ColumnType<string[], readonly string[], readonly string[]>;
      changed_at: Stamp;
    };
  }
}

/** How a flag stands: on for so many percent of organisers (or of accounts without one), and for these in any case. */
export interface FlagRule {
  readonly percentage: number;
  readonly tenants: readonly string[];
}

export interface Flags {
  isOn(name: FlagName, subject: Pick<Scope, "tenant" | "user">): Promise<boolean>;
}

/** OpenFeature is loaded with the first question. */
export function flagsOf(database: Pick<Database, "db">): Flags {
  let opened: Promise<Flags> | undefined;
  return {
    async isOn(name, subject) {
      opened ??= import("./flag-provider.ts").then(({ openFlags }) => openFlags(() => readFlags(database)));
      return (await opened).isOn(name, subject);
    },
  };
}

/** All that the table has. */
export async function readFlags({ db }: Pick<Database, "db">): Promise<ReadonlyMap<string, FlagRule>> {
  const rows = await db.selectFrom("feature_flags").select(["name", "percentage", "tenants"]).execute();
  return new Map(rows.map(({ name, percentage, tenants }) => [name, { percentage, tenants }]));
}

/** Sets a flag; processes notice within seconds. */
export async function setFlag(database: Database, scope: Scope, name: FlagName, rule: FlagRule): Promise<void> {
  await inScope(database, scope, async (trx) => {
    await writeFlag(trx, name, rule);
    await audit(trx, { action: "flag.set", detail: { flag: name, ...rule } });
  });
}

async function writeFlag(trx: Trx, name: FlagName, rule: FlagRule): Promise<void> {
  const changed = { ...rule, changed_at: sql<string>`now()` };
  await trx
    .insertInto("feature_flags")
    .values({ name, ...changed })
    .onConflict((conflict) => conflict.column("name").doUpdateSet(changed))
    .execute();
}
