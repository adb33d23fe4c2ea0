import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { coverageFile, coveragePage } from "../../../infra/policies/coverage.ts";
import { declined } from "../../../infra/policies/declined.ts";
import { policies } from "../../../infra/policies/policies.ts";

/** Controls on what environments are made of, by the services' lists: AWS FSBP, CIS 5.0, cdk-nag's AwsSolutions, Checkov. */
const known: Readonly<Record<string, string>> = {
  "ECS.": "1 2 3 4 5 8 9 10 12 16",
  "RDS.": "1 2 3 4 5 6 8 9 10 11 13 17 20 21 22 23 25 36 43 46",
  "S3.": "1 2 3 5 6 8 9 12 13 19",
  "ELB.": "1 4 5 6 12 13 17 18",
  "CloudFront.": "1 3 4 5 6 7 8 9 10 12 13 15",
  "WAF.": "10 12",
  "SecretsManager.": "1 2 3 4",
  "KMS.": "1 2 3 5",
  "ECR.": "1 2 3",
  "EC2.": "2 6 10 15 18 19 55 56 172",
  "ElastiCache.": "1 2 3 4 5 6 7",
  "SQS.": "1 3",
  "SNS.": "4",
  "CIS ": "2.1.1 2.1.4 2.2.1 2.2.2 2.2.3 2.2.4 3.6 3.7 5.3 5.4 5.5 5.7",
  "AwsSolutions-":
    "ECS2 ECS4 ECS7 RDS2 RDS3 RDS8 RDS10 RDS11 RDS13 S1 S2 S5 S10 ELB2 EC23 EC27 CFR1 CFR2 CFR3 CFR4 CFR5 CFR7 SMG4 KMS5 ECR1 VPC3 VPC7 AEC1 AEC3 AEC4 AEC5 AEC6 SQS2 SQS3 SQS4 SNS3 IAM4 IAM5",
  CKV_AWS_:
    "7 16 17 18 19 20 21 23 24 25 27 29 30 31 33 34 51 57 65 66 68 70 86 91 97 103 118 129 131 133 136 144 145 149 150 157 158 161 163 168 174 175 191 192 211 223 224 226 249 260 293 305 310 328 332 333 334 335 336 338 342 353 374 382",
  CKV2_AWS_: "5 6 11 12 20 28 30 31 32 42 46 47 54 57 60 61 62 64 69 72 73 76",
};

const knownControls = Object.entries(known).flatMap(([prefix, ids]) => ids.split(" ").map((id) => prefix + id));
const covered = new Set(policies.flatMap(({ controls }) => controls));
const decided = declined.flatMap(({ controls }) => controls);

test("docs/policies.md is what the policies say (npm run policies)", () => {
  expect(readFileSync(coverageFile, "utf8")).toBe(coveragePage());
});

test("every control is covered, or decided against with a reason", () => {
  expect(knownControls.filter((control) => !covered.has(control) && !decided.includes(control))).toEqual([]);
});

test("no control is both, or decided twice", () => {
  expect(decided.filter((control) => covered.has(control))).toEqual([]);
  expect(decided).toHaveLength(new Set(decided).size);
  expect(decided.filter((control) => !knownControls.includes(control))).toEqual([]);
});

test("policies have names of their own, and say what holds, why, and what to do", () => {
  const names = policies.map(({ name }) => name);
  expect(names).toHaveLength(new Set(names).size);
  for (const { name, title, why, fix, on } of policies) {
    expect(name).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
    expect(title, name).toMatch(/^[A-Z].*[^.]$/);
    expect(why, name).toMatch(/^[A-Z].*\.$/);
    expect(fix, name).toMatch(/^[A-Z].*[.…]$/);
    expect(on.length, name).toBeGreaterThan(0);
  }
});
