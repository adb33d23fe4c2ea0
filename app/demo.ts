// Loads demo data, for a first look. Run again, it adds what is missing and changes nothing.
import { insertTournament } from "./domains/tournaments/repository.ts";
import type { TournamentStatus } from "./domains/tournaments/tables.ts";
import type { Environment } from "./platform/load-environment.ts";
import { openDatabase, waitForDatabase } from "./platform/postgres.ts";
import { Problem } from "./platform/problem.ts";
import { endOnSignals, runProcess } from "./platform/process.ts";

/** Name, status, days from now until it starts, capacity; the last one is on top of the list. */
const tournaments: readonly (readonly [string, TournamentStatus, number, number])[] = [
  ["Spring Open", "completed", -60, 32],
  ["Coastline Cup", "completed", -34, 16],
  ["Harbour Juniors", "cancelled", -12, 24],
  ["Lighthouse League", "running", -2, 12],
  ["Midweek Blitz", "running", 0, 8],
  ["Dockside Doubles", "check_in", 1, 48],
  ["Regatta Masters", "registration", 12, 64],
  ["Northern Lights Invitational", "registration", 21, 16],
  ["Autumn Grand Prix", "registration", 40, 128],
  ["Winter Warm-Up", "draft", 75, 32],
];

export function start(environment: Environment): Promise<void> {
  endOnSignals();
  return runProcess("demo", environment, async (logger) => {
    if (environment.ENVIRONMENT === "production") {
      throw new Problem("CONFIGURATION", "Demo data is not loaded into production (ENVIRONMENT).");
    }
    const database = await openDatabase(environment, { applicationName: "arena-demo", logger, connections: 1 });
    await waitForDatabase(database.pool, 30_000);
    const created = await database.db.transaction().execute(async (trx) => {
      let count = 0;
      for (const tournament of tournaments.map(toNewTournament)) {
        if ((await insertTournament(trx, tournament)) !== undefined) count += 1;
      }
      return count;
    });
    await database.close();
    logger.info({ created }, created === 0 ? "The demo data was there" : "Demo data loaded");
  });
}

function toNewTournament([name, status, days, capacity]: (typeof tournaments)[number]) {
  const starts = new Date();
  starts.setUTCDate(starts.getUTCDate() + days);
  starts.setUTCHours(16, 0, 0, 0);
  return { slug: name.toLowerCase().replaceAll(" ", "-"), name, status, starts_at: starts.toISOString(), capacity };
}
