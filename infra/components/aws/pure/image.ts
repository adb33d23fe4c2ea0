// What an image's reference says about where it is kept: pure functions.

/** An image in a private ECR registry. */
export interface EcrRepository {
  readonly account: string;
  readonly region: string;
  readonly arn: string;
}

/** The ECR repository that an image comes from; undefined for any other registry. */
export function ecrRepository(image: string): EcrRepository | undefined {
  const match = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com\/([^@:]+)[@:]/.exec(image);
  if (match === null) return undefined;
  const [, account = "", region = "", repository = ""] = match;
  return { account, region, arn: `arn:aws:ecr:${region}:${account}:repository/${repository}` };
}

/** @throws if `image` is not named by its digest: a tag can change between two environments, or between two tasks. */
export function assertDigest(image: string): void {
  if (!/@sha256:[0-9a-f]{64}$/.test(image)) {
    throw new Error(`The image "${image}" is not named by its digest: write it as repository@sha256:….`);
  }
}
