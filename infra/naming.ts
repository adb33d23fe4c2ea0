// Names and tags: pure functions, so that one place knows every limit.
import { createHash } from "node:crypto";

/**
 * Characters a stack's slug may have. Load balancers and target groups allow 32
 * (https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html): a logical name
 * takes up to 14, autonaming's random suffix 8 with its hyphen.
 */
export const slugLimit = 12;

/** Characters a logical resource name may have where AWS limits the physical one to 32. */
export const logicalNameLimit = 14;

/**
 * Turns free text (a git branch, a stack's name) into lower case letters, digits and single hyphens.
 * What is too long is cut and ends in six characters of a hash of the original, so that two long names that
 * begin alike stay apart; so does every text that lost a character, for the same reason.
 *
 * @throws if `text` holds no letter or digit, or if `limit` leaves no room for the hash.
 */
export function slug(text: string, limit = slugLimit): string {
  if (limit < 8) throw new Error(`A slug of at most ${limit} characters cannot hold a hash: allow 8 or more.`);
  const plain = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
  if (plain === "") throw new Error(`"${text}" holds no letter or digit (a-z, 0-9) to make a name of.`);
  const startsWithLetter = /^[a-z]/.test(plain) ? plain : `b${plain}`;
  if (startsWithLetter === text && text.length <= limit) return text;
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 6);
  return `${startsWithLetter.slice(0, limit - 7).replace(/-+$/, "")}-${hash}`;
}

/** The tags every AWS resource of an environment carries (set once, as the provider's `defaultTags`). */
export interface EnvironmentTags {
  readonly project: string;
  readonly stack: string;
  readonly environment: string;
  readonly owner: string;
}

/** @throws if `name` is longer than its place allows; thrown before anything registers. */
export function assertLogicalName(name: string): void {
  if (name.length > logicalNameLimit) {
    throw new Error(
      `The logical name "${name}" has ${name.length} characters; at most ${logicalNameLimit} fit load balancer and target group names.`,
    );
  }
}

/** The database of a branch on a shared PostgreSQL; its roles are called after it. @param name the branch's slug */
export function branchDatabase(name: string): string {
  return `branch_${name.replaceAll("-", "_")}`;
}
