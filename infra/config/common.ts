// What an environment of any architecture may say.
import { z } from "zod";
import { hostname } from "./values.ts";

const variableName = z
  .string()
  .regex(/^[A-Z][A-Z0-9_]*$/, "an environment variable's name: upper case letters, digits, _");

export const common = {
  tier: z
    .enum(["development", "staging", "production"])
    .describe("What the environment is for; the app reads it as ENVIRONMENT. All but development demand every secret."),
  owner: z
    .string()
    .min(1)
    .describe("Who answers for the environment: a team or an e-mail address. Becomes the tag `owner`."),
  variables: z
    .record(variableName, z.string())
    .default({})
    .describe("Further environment variables of the app, in clear. Numbers and booleans want quotes."),
  secrets: z
    .array(variableName)
    .default([])
    .describe(
      "Further environment variables of the app that are secret. Each value is set by `pulumi config set --secret berth:NAME`.",
    ),
};

export const origin = (scheme: string) =>
  z.string().regex(new RegExp(`^${scheme}://[^/\\s]+$`), "an origin, like https://shop.example.com");
export const allowedHosts = z.array(hostname).default([]);
