// Lookups whose failure a person has to understand: the provider's own error says that nothing was found, and not what for.
import * as pulumi from "@pulumi/pulumi";

/**
 * @param lookup an invoke of a provider
 * @param missing what it means if it fails, and what to do, as a sentence without its end
 * @param faultOf what is wrong with what was found, as a sentence; undefined if nothing is
 */
export function found<Result>(
  lookup: Promise<Result>,
  missing: string,
  faultOf: (result: Result) => Promise<string | undefined> = async () => undefined,
): pulumi.Output<Result> {
  const explained = lookup.catch((error: unknown) => {
    const reason = error instanceof Error ? (error.message.split(" returned an error: ").at(-1) ?? "") : String(error);
    throw new pulumi.RunError(`${missing} (${reason.trim()}).`);
  });
  const checked = explained.then(async (result) => {
    const fault = await faultOf(result);
    if (fault !== undefined) throw new pulumi.RunError(fault);
    return result;
  });
  return pulumi.output(checked) as pulumi.Output<Result>;
}
