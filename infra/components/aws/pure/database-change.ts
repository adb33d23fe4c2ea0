// What cannot be done to a database that is there, said before anything is done.

type Inputs = Readonly<Record<string, unknown>>;

/**
 * @param before inputs that the instance, or what tells of its network, was last deployed with
 * @param after inputs that it is to get
 * @returns why the change is not possible and what to do instead, as a sentence; undefined if it is
 */
export function changeFault(before: Inputs, after: Inputs): string | undefined {
  const [storage, wanted] = [Number(before.allocatedStorage), Number(after.allocatedStorage)];
  if (wanted < storage) {
    return `The database has ${storage} GiB and cannot shrink to ${wanted}: leave database.storage at ${storage}, or restore a dump into an environment with less.`;
  }
  const [version, next] = [String(before.engineVersion), String(after.engineVersion)];
  if (isOlder(next, version)) {
    return `The database runs PostgreSQL ${version} and cannot go back to ${next}: leave database.version at ${version}, or restore the snapshot from before the upgrade.`;
  }
  const [network, wantedNetwork] = [networkOf(before), networkOf(after)];
  if (network !== undefined && wantedNetwork !== undefined && network !== wantedNetwork) {
    return `The database is in ${network} and cannot move to ${wantedNetwork}: leave environment.region and environment.network.cidr as they were, or bring up another stack there and restore a backup into it.`;
  }
  return undefined;
}

/** What the component wrote down beside the instance; undefined where it did not. */
function networkOf({ tags }: Inputs): string | undefined {
  const network = (tags as Inputs | undefined)?.network;
  return typeof network === "string" ? network : undefined;
}

/** Compares as many parts as both name: 16 is no older than 16.9. */
function isOlder(version: string, than: string): boolean {
  const [ours, theirs] = [version, than].map((text) => text.split(".").map(Number));
  for (const [index, part] of (ours ?? []).entries()) {
    const other = theirs?.[index];
    if (other === undefined || part > other) return false;
    if (part < other) return true;
  }
  return false;
}
