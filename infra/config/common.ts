// What an environment of any architecture may say.
import { z } from "zod";
import { hostname } from "./values.ts";

/** A wrong one of those that belong to the image keeps it from starting, or its programs from being found. */
const variableName = z
  .string()
  .regex(
    /^(?!(PATH|HOME|HOSTNAME)$)[A-Z][A-Z0-9_]*$/,
    "an environment variable's name: upper case letters, digits, _; not PATH, HOME or HOSTNAME, which belong to the image",
  );

/** Rules of security groups are made of it, before the app could refuse to start. */
function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;
}

export const common = {
  tier: z
    .enum(["development", "staging", "production"])
    .describe("What the environment is for; the app reads it as ENVIRONMENT. All but development demand every secret."),
  owner: z
    .string()
    .regex(
      /^[\p{L}\p{N}\p{Zs}_.:/=+\-@]{1,256}$/u,
      "1 to 256 letters, digits, blanks and _ . : / = + - @, as AWS takes for a tag",
    )
    .describe("Who answers for the environment: a team or an e-mail address. Becomes the tag `owner`."),
  variables: z
    .record(variableName, z.string())
    .check(({ value, issues }) => {
      const { EMAIL_PORT: port } = value;
      if (port === undefined || isPort(port)) return;
      issues.push({ code: "custom", input: port, path: ["EMAIL_PORT"], message: "a TCP port, 1 to 65535 in quotes" });
    })
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
