// The account that an environment of `cloud` belongs in, as far as its configuration says it.
import { ecrRepository } from "../components/aws/pure/image.ts";
import type { CloudEnvironment } from "../config/environment.ts";

/**
 * The only account whose credentials the provider takes: the configured one, else that of the image's ECR registry, as the schema
 * allows no image of another account's; undefined, for whatever account, where the image is in a registry that is not ECR's.
 * A plan without credentials asks nothing of AWS; the engine refuses others before anything registers.
 */
export function allowedAccount({ account, image }: Pick<CloudEnvironment, "account" | "image">): string | undefined {
  return account ?? ecrRepository(image)?.account;
}
