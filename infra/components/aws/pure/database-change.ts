// What RDS refuses to do to an instance that is there, said before anything is done.

type Inputs = Readonly<Record<string, unknown>>;

/**
 * @param before inputs that the instance was last deployed with
 * @param after inputs that it is to get
 * @returns why AWS would refuse the change and what to do instead, as a sentence; undefined if it would not
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
  return undefined;
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
