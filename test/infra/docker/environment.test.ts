import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import {
  environmentEntries,
  mergeEnvironment,
  splitSecrets,
} from "../../../infra/components/docker/pure/environment.ts";

const secret = (value: string) => pulumi.secret(value);
const own = { PORT: "8000", SECRET_KEY: { secret: secret("own") } };

test("a stack adds variables and secrets to the kit's own", () => {
  const dsn = secret("https://sentry.example.com/1");
  expect(mergeEnvironment(own, { LOG_LEVEL: "warn" }, { SENTRY_DSN: dsn })).toEqual({
    ...own,
    LOG_LEVEL: "warn",
    SENTRY_DSN: { secret: dsn },
  });
});

test.each([
  ["the kit's own as a variable", { PORT: "1" }, {}, /environment\.variables has PORT, which the architecture sets/],
  ["the kit's own as a secret", {}, { SECRET_KEY: secret("x") }, /environment\.secrets has SECRET_KEY, which/],
  ["one name as both", { TOKEN: "x" }, { TOKEN: secret("x") }, /TOKEN is in environment\.variables and in environment/],
])("refuses %s", (_, variables, secrets, message) => {
  expect(() => mergeEnvironment(own, variables, secrets)).toThrow(message);
});

test("entries are sorted, and only a secret's entry is secret", async () => {
  const entries = environmentEntries({ B: { secret: secret("two") }, A: "1", C: pulumi.output("three") });
  const known = await Promise.all(
    entries.map(async (entry) => {
      const output = pulumi.output(entry);
      const text = await new Promise<string>((resolve) => output.apply(resolve));
      return [text, await pulumi.isSecret(output)];
    }),
  );
  expect(known).toEqual([
    ["A=1", false],
    ["B=two", true],
    ["C=three", false],
  ]);
});

test("secrets as files: the variable says where, the value is in the file only", () => {
  const told = splitSecrets({ PORT: "8000", SECRET_KEY: own.SECRET_KEY }, "files");
  expect(told.environment).toEqual({ PORT: "8000", SECRET_KEY_FILE: "/run/secrets/SECRET_KEY" });
  expect(told.files).toEqual({ SECRET_KEY: own.SECRET_KEY.secret });
  expect([told.secretVariables, told.secrets]).toEqual([{}, [own.SECRET_KEY.secret]]);
});

test("secrets as variables, for images that read no files", () => {
  const told = splitSecrets({ PORT: "8000", SECRET_KEY: own.SECRET_KEY }, "variables");
  expect(told.environment).toEqual({ PORT: "8000", SECRET_KEY: own.SECRET_KEY });
  expect([told.variables, told.files]).toEqual([{ PORT: "8000" }, {}]);
  expect(told.secretVariables).toEqual({ SECRET_KEY: own.SECRET_KEY.secret });
});
