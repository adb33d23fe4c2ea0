import fc from "fast-check";
import { expect, test } from "vitest";
import { assertAdditions } from "../../../infra/components/aws/pure/environment.ts";
import { assertDigest, ecrRepository } from "../../../infra/components/aws/pure/image.ts";
import { classFault, classMemory, maxConnections } from "../../../infra/rds-class.ts";

test("knows the memory of RDS classes", () => {
  const known = {
    "db.t4g.micro": 1,
    "db.t3.medium": 4,
    "db.m7g.large": 8,
    "db.r6g.xlarge": 32,
    "db.r7g.16xlarge": 512,
  };
  for (const [name, memory] of Object.entries(known)) expect(classMemory(name), name).toBe(memory);
});

test("says so where it does not know a class", () => {
  for (const name of ["db.t4g.huge", "db.z1.large", "t4g.micro", "db.m7g", "db.m7g.large.x"]) {
    expect(classFault(name), name).toMatch(/^a db\.t/);
    expect(() => classMemory(name)).toThrow(`${name} is not known`);
  }
});

test("connections are RDS's own formula, and never more than 5000", () => {
  expect(maxConnections("db.t4g.micro")).toBe(112);
  expect(maxConnections("db.r7g.16xlarge")).toBe(5000);
});

test("finds the repository of an ECR image and of no other", () => {
  const digest = `@sha256:${"0".repeat(64)}`;
  expect(ecrRepository(`123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/arena${digest}`)).toEqual({
    account: "123456789012",
    region: "eu-west-1",
    arn: "arn:aws:ecr:eu-west-1:123456789012:repository/team/arena",
  });
  expect(ecrRepository(`ghcr.io/123456789012.dkr.ecr.eu-west-1.amazonaws.com/arena${digest}`)).toBeUndefined();
  expect(() => assertDigest(`arena${digest}`)).not.toThrow();
  expect(() => assertDigest("arena:1.2.3")).toThrow(/not named by its digest/);
});

test("a stack adds any variable but the architecture's own, and none twice", () => {
  const name = fc.stringMatching(/^[A-Z][A-Z0-9_]{0,12}$/);
  fc.assert(
    fc.property(fc.uniqueArray(name, { minLength: 3 }), (names) => {
      const [own = "", plain = "", secret = ""] = names;
      expect(() => assertAdditions([own], { [plain]: "x" }, [secret])).not.toThrow();
      expect(() => assertAdditions([own], { [own]: "x" }, [])).toThrow(`environment.variables has ${own}`);
      expect(() => assertAdditions([own], {}, [own])).toThrow(`environment.secrets has ${own}`);
      expect(() => assertAdditions([own], { [plain]: "x" }, [plain])).toThrow(
        `${plain} is in environment.variables and`,
      );
    }),
  );
});
