// OpenFeature's provider for our table of flags (https://openfeature.dev/specification/sections/providers).
import { createHash, randomUUID } from "node:crypto";
import {
  type EvaluationContext,
  type JsonValue,
  OpenFeature,
  type Provider,
  type ResolutionDetails,
  StandardResolutionReasons,
  TypeMismatchError,
} from "@openfeature/server-sdk";
import { type FlagRule, type Flags, knownFlags } from "./flags.ts";

/** How old an answer may be. */
const keepMs = 5_000;

type Source = () => Promise<ReadonlyMap<string, FlagRule>>;

export async function openFlags(source: Source): Promise<Flags> {
  // A domain of its own: what is registered with OpenFeature is registered for the whole process.
  const domain = randomUUID();
  await OpenFeature.setProviderAndWait(domain, new TableProvider(source));
  const client = OpenFeature.getClient(domain);
  return {
    isOn: (name, { tenant, user }) =>
      client.getBooleanValue(name, knownFlags[name].default, {
        targetingKey: tenant ?? user ?? "",
        ...(tenant === undefined ? {} : { tenant }),
      }),
  };
}

class TableProvider implements Provider {
  readonly metadata = { name: "arena.feature_flags" };
  readonly runsOn = "server";
  readonly #source: Source;
  #rules: ReturnType<Source> | undefined;

  constructor(source: Source) {
    this.#source = source;
  }

  async resolveBooleanEvaluation(
    flag: string,
    fallback: boolean,
    { targetingKey = "", tenant }: EvaluationContext,
  ): Promise<ResolutionDetails<boolean>> {
    const rule = (await this.#current()).get(flag);
    if (rule === undefined) return { value: fallback, reason: StandardResolutionReasons.DEFAULT };
    if (typeof tenant === "string" && rule.tenants.includes(tenant)) {
      return { value: true, reason: StandardResolutionReasons.TARGETING_MATCH };
    }
    return { value: bucketOf(flag, targetingKey) < rule.percentage, reason: StandardResolutionReasons.SPLIT };
  }

  resolveStringEvaluation = (): Promise<ResolutionDetails<string>> => refuse();
  resolveNumberEvaluation = (): Promise<ResolutionDetails<number>> => refuse();
  resolveObjectEvaluation = <T extends JsonValue>(): Promise<ResolutionDetails<T>> => refuse();

  /** An error here is OpenFeature's to catch: it answers with the default. The next question asks the table again. */
  #current(): ReturnType<Source> {
    if (this.#rules !== undefined) return this.#rules;
    // All who ask meanwhile wait for the one answer.
    const asked = this.#source();
    const forget = () => {
      if (this.#rules === asked) this.#rules = undefined;
    };
    this.#rules = asked;
    asked.then(() => setTimeout(forget, keepMs).unref(), forget);
    return asked;
  }
}

async function refuse(): Promise<never> {
  throw new TypeMismatchError("All flags of arena are on or off.");
}

/** 0 to 99, always the same for one subject and flag: who has a feature keeps it while the percentage grows. */
export function bucketOf(flag: string, subject: string): number {
  return createHash("sha256").update(`${flag}/${subject}`).digest().readUInt32BE(0) % 100;
}
