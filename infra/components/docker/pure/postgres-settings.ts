// PostgreSQL's settings for the memory that its container may use: arithmetic only.
// Rules of thumb: https://www.postgresql.org/docs/16/runtime-config-resource.html and https://wiki.postgresql.org/wiki/Tuning_Your_PostgreSQL_Server

/** Memory settings in kB (PostgreSQL's smallest unit here), the others as they are. */
export interface PostgresBudget {
  readonly maxConnections: number;
  readonly sharedBuffers: number;
  readonly effectiveCacheSize: number;
  readonly workMem: number;
  readonly maintenanceWorkMem: number;
}

/** kB that a connection takes before it works: measured 2 to 4 MB on PostgreSQL 16. */
const connectionOverhead = 2 * 1024;

/**
 * Divides the memory so that shared buffers, one maintenance task and every connection at work at once stay below it.
 *
 * @param memory limit of the container, MiB
 */
export function postgresBudget(memory: number): PostgresBudget {
  const total = memory * 1024;
  const maxConnections = clamp(Math.floor(memory / 6), 20, 400);
  const sharedBuffers = Math.floor(total / 4);
  const maintenanceWorkMem = clamp(Math.floor(total / 16), 8 * 1024, 2 * 1024 * 1024);
  const left = total * 0.95 - sharedBuffers - maintenanceWorkMem - maxConnections * connectionOverhead;
  return {
    maxConnections,
    sharedBuffers,
    effectiveCacheSize: Math.floor(total * 0.7),
    workMem: clamp(Math.floor(left / maxConnections), 256, 256 * 1024),
    maintenanceWorkMem,
  };
}

/** The server's settings, by name. */
export function postgresSettings(memory: number): Readonly<Record<string, string>> {
  const budget = postgresBudget(memory);
  return {
    max_connections: String(budget.maxConnections),
    shared_buffers: `${budget.sharedBuffers}kB`,
    effective_cache_size: `${budget.effectiveCacheSize}kB`,
    work_mem: `${budget.workMem}kB`,
    maintenance_work_mem: `${budget.maintenanceWorkMem}kB`,
    // Parallel queries would need more /dev/shm and CPU than one small server has.
    max_parallel_workers_per_gather: memory < 2048 ? "0" : "2",
    max_wal_size: memory < 1024 ? "512MB" : "2GB",
    wal_compression: "on",
    // The disks of servers are SSDs.
    random_page_cost: "1.1",
    effective_io_concurrency: "200",
    password_encryption: "scram-sha-256",
    shared_preload_libraries: "pg_stat_statements",
    idle_in_transaction_session_timeout: "5min",
    log_min_duration_statement: "500ms",
    log_lock_waits: "on",
    log_checkpoints: "off",
  };
}

/** Settings as arguments of the server, in the order of their names. */
export function settingsCommand(settings: Readonly<Record<string, string>>): string[] {
  const names = Object.keys(settings).sort();
  return ["postgres", ...names.flatMap((name) => ["-c", `${name}=${settings[name]}`])];
}

function clamp(value: number, minimum: number, maximum: number): number {
  return Math.min(Math.max(value, minimum), maximum);
}
