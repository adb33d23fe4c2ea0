// Loads demo data, for a first look. Run again, it adds what is missing and changes nothing.
import { demoPeople, ensureDemoPeople } from "./domains/accounts/seed.ts";
import { loadDemoShop } from "./domains/point-of-sale/demo.ts";
import { loadDemoTournaments } from "./domains/tournaments/demo.ts";
import { houseTenant } from "./domains/tournaments/repository.ts";
import { type Environment, isDeployed } from "./platform/load-environment.ts";
import { openDatabase, waitForDatabase } from "./platform/postgres.ts";
import { Problem } from "./platform/problem.ts";
import { endOnSignals, runProcess } from "./platform/process.ts";

export function start(environment: Environment): Promise<void> {
  endOnSignals();
  return runProcess("demo", environment, async (logger) => {
    if (environment.ENVIRONMENT === "production") {
      throw new Problem("CONFIGURATION", "Demo data is not loaded into production (ENVIRONMENT).");
    }
    const database = await openDatabase(environment, { applicationName: "arena-demo", logger, connections: 1 });
    await waitForDatabase(database.pool, 30_000);
    const people = await ensureDemoPeople(database, houseTenant, !isDeployed(environment));
    const created = await loadDemoTournaments(database, houseTenant, demoPeople);
    const { manager, cashier } = demoPeople;
    const staff = { tenant: houseTenant, manager: manager.id, cashiers: [cashier.id, manager.id] };
    const sales = await loadDemoShop(database, staff);
    await database.close();
    logger.info(
      { created, people, sales },
      created + people + sales === 0 ? "The demo data was there" : "Demo data loaded",
    );
  });
}
