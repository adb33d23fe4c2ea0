// The ledger of releases: one row each, in a table of the environment's own, so that it goes where the environment goes.
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { dynamo, isAwsError } from "./clients.ts";

export interface Ledger {
  readonly region: string;
  readonly table: string;
}

/** The schema that an image's `release` command left behind, as its log says. */
export interface Schema {
  /** The newest migration that the image knows. */
  readonly version: string;
  /** The oldest `version` of an image that can still work with it. */
  readonly oldest: string;
}

export type Verdict = "started" | "live" | "release failed" | "rolled back" | "failed" | "interrupted";

export interface Release {
  readonly number: number;
  readonly image: string;
  /** When it began, and when its verdict was known; ISO 8601. */
  readonly at: string;
  readonly ended?: string;
  /** Who did it: the AWS identity, and the user of the CI system where there is one. */
  readonly by: string;
  readonly commit?: string;
  /** What was asked for: `up`, `deploy` or `rollback`. */
  readonly how: string;
  /** What a release phase works on. In another database, or for another bucket, it has to run again. */
  readonly scope: string;
  /** Whether the release phase was done. */
  readonly released: boolean;
  readonly schema?: Schema;
  readonly verdict: Verdict;
  readonly reason?: string;
}

/** Value of the partition key of releases; the row beside them says what is live. */
const partition = "release";

/** All releases, the newest first. */
export async function readReleases({ region, table }: Ledger): Promise<Release[]> {
  const client = await dynamo(region);
  const releases: Release[] = [];
  let from: Record<string, AttributeValue> | undefined;
  do {
    const page = await client.query({
      TableName: table,
      KeyConditionExpression: "what = :what",
      ExpressionAttributeValues: { ":what": { S: partition } },
      ScanIndexForward: false,
      ConsistentRead: true,
      ...(from === undefined ? {} : { ExclusiveStartKey: from }),
    });
    releases.push(...(page.Items ?? []).map(({ number, data }) => fromRow(number?.N, data?.S)));
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
  return releases;
}

function fromRow(number: string | undefined, data: string | undefined): Release {
  return { ...(JSON.parse(data ?? "{}") as Omit<Release, "number">), number: Number(number) };
}

/** What the engine wrote down of the live release; undefined where nothing is live yet. */
export async function readLive({ region, table }: Ledger): Promise<string | undefined> {
  const client = await dynamo(region);
  const key = { what: { S: "live" }, number: { N: "0" } };
  const { Item } = await client.getItem({ TableName: table, Key: key, ConsistentRead: true });
  return Item?.data?.S;
}

/** Adds a release under the next free number. */
export async function addRelease(ledger: Ledger, release: Omit<Release, "number">): Promise<Release> {
  for (let attempt = 1; ; attempt++) {
    const [newest] = await readReleases(ledger);
    const numbered = { ...release, number: (newest?.number ?? 0) + 1 };
    try {
      await put(ledger, numbered, "attribute_not_exists(what)");
      return numbered;
    } catch (error) {
      // Somebody else took the number.
      if (!isAwsError(error, "ConditionalCheckFailedException") || attempt === 5) throw error;
    }
  }
}

/** Writes what is known by now over a release's row. */
export async function updateRelease(ledger: Ledger, release: Release): Promise<Release> {
  await put(ledger, release);
  return release;
}

async function put({ region, table }: Ledger, { number, ...data }: Release, condition?: string): Promise<void> {
  const client = await dynamo(region);
  await client.putItem({
    TableName: table,
    Item: { what: { S: partition }, number: { N: String(number) }, data: { S: JSON.stringify(data) } },
    ...(condition === undefined ? {} : { ConditionExpression: condition }),
  });
}

/** The digest by which an image is known wherever it is kept. */
export function digestOf(image: string): string {
  return image.slice(image.indexOf("@") + 1);
}

/** Whether the release phase of an image was done on what it would work on now. */
export function wasReleased(releases: readonly Release[], image: string, scope: string): boolean {
  return schemaRow(releases, image, scope) !== undefined;
}

/** What is known of an image's schema from an earlier release of it. */
export function schemaOf(releases: readonly Release[], image: string, scope: string): Schema | undefined {
  return schemaRow(releases, image, scope)?.schema;
}

function schemaRow(releases: readonly Release[], image: string, scope: string): Release | undefined {
  return releases.find((one) => one.released && one.scope === scope && digestOf(one.image) === digestOf(image));
}

/**
 * Why an environment cannot go back to a release; undefined if it can. Migrations only go forward, by expand and contract: the
 * newest schema that any image brought is the database's, and it says how old the code may be that works with it.
 */
export function rollbackRefusal(releases: readonly Release[], target: Release): string | undefined {
  const done = releases.filter(({ released }) => released);
  const schemas = done.filter(({ scope }) => scope === done[0]?.scope).flatMap(({ schema }) => schema ?? []);
  const [database] = schemas.toSorted((a, b) => compareVersions(b.version, a.version));
  if (database === undefined || target.schema === undefined) return undefined;
  if (compareVersions(target.schema.version, database.oldest) >= 0) return undefined;
  return `release ${target.number} knows the schema up to ${target.schema.version}, but the database is at ${database.version}, which code from before ${database.oldest} cannot work with`;
}

/** Numbers in names count as numbers: 0010 and 10 come after 9. */
export function compareVersions(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}

/** The schema that a `release` command said it left behind: the last line that is JSON with `schema`. */
export function schemaIn(lines: readonly string[]): Schema | undefined {
  for (const line of lines.toReversed()) {
    if (!line.startsWith("{") || !line.includes('"schema"')) continue;
    const { schema } = parse(line) as { schema?: Partial<Schema> };
    if (typeof schema?.version === "string" && typeof schema.oldest === "string") {
      return { version: schema.version, oldest: schema.oldest };
    }
  }
  return undefined;
}

/** Of a log, where a line may be cut off. */
function parse(line: string): object {
  try {
    return JSON.parse(line) as object;
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
