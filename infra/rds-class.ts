// What an RDS instance class holds: pure functions.
// Source: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Summary.html

const burstable: Readonly<Record<string, number>> = {
  micro: 1,
  small: 2,
  medium: 4,
  large: 8,
  xlarge: 16,
  "2xlarge": 32,
};

/** GiB of memory for each vCPU, by the family's first letter. */
const perCpu: Readonly<Record<string, number>> = { m: 4, r: 8, x: 16 };

/**
 * GiB of memory of an instance class.
 *
 * @param instanceClass e.g. `db.t4g.micro` or `db.r7g.2xlarge`
 * @throws if the class is of a family or size that is not known here
 */
export function classMemory(instanceClass: string): number {
  const memory = memoryOf(instanceClass);
  if (memory === undefined)
    throw new Error(`The instance class ${instanceClass} is not known; allowed: ${knownClasses}.`);
  return memory;
}

/** What classes are allowed, if `instanceClass` is none of them; else undefined. */
export function classFault(instanceClass: string): string | undefined {
  return memoryOf(instanceClass) === undefined ? knownClasses : undefined;
}

const knownClasses = "a db.t, db.m, db.r or db.x class, like db.t4g.micro";

/** Connections that RDS allows a PostgreSQL of this class by default: LEAST(memory in bytes / 9531392, 5000). */
export function maxConnections(instanceClass: string): number {
  return Math.min(Math.floor((classMemory(instanceClass) * 1024 ** 3) / 9_531_392), 5000);
}

function memoryOf(instanceClass: string): number | undefined {
  const [prefix, family = "", size = "", ...rest] = instanceClass.split(".");
  if (prefix !== "db" || rest.length > 0) return undefined;
  if (/^t\d/.test(family)) return burstable[size];
  const memory = perCpu[family.charAt(0)];
  const count = cpus(size);
  return memory === undefined || count === undefined ? undefined : count * memory;
}

function cpus(size: string): number | undefined {
  if (size === "large") return 2;
  const match = /^(\d*)xlarge$/.exec(size);
  return match === null ? undefined : 4 * Number(match[1] || 1);
}
