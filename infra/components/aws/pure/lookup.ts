// Lookups whose failure a person has to understand: the provider's own error says that nothing was found, and not what for.
import * as pulumi from "@pulumi/pulumi";

/**
 * @param lookup an invoke of a provider
 * @param missing what it means if it fails, and what to do, as a sentence without its end
 */
export function found<Result>(lookup: Promise<Result>, missing: string): pulumi.Output<Result> {
  const explained = lookup.catch((error: unknown) => {
    const reason = error instanceof Error ? (error.message.split(" returned an error: ").at(-1) ?? "") : String(error);
    throw new pulumi.RunError(`${missing} (${reason.trim()}).`);
  });
  return pulumi.output(explained) as pulumi.Output<Result>;
}
