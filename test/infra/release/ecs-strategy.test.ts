// The way back from a shift of traffic to a rolling update is closed while it would leave the traffic without tasks.
import { expect, test } from "vitest";
import { assertWayBack, type Change } from "../../../infra/release/ecs-strategy.ts";

const cluster = "arn:cluster";
const first = "arn:first-group";
const second = "arn:second-group";
const shifting = {
  cluster,
  loadBalancers: [{ targetGroupArn: first, advancedConfiguration: { alternateTargetGroupArn: second } }],
  deploymentConfiguration: { strategy: "BLUE_GREEN" },
};
const unsaid = { cluster, loadBalancers: [{ targetGroupArn: first }] };
const rolling = { ...unsaid, deploymentConfiguration: { strategy: "ROLLING" } };

const wayFrom = (oldInputs: Change["oldInputs"], newInputs: Change["newInputs"], ...groups: string[]) =>
  assertWayBack("eu-central-1", { id: "arn:web", oldInputs, newInputs } as Change, async (region, where, service) => {
    expect([region, where, service]).toEqual(["eu-central-1", cluster, "arn:web"]);
    return groups;
  });

test("open while the tasks are where a rolling update puts new ones", async () => {
  await expect(wayFrom(shifting, rolling, first)).resolves.toBeUndefined();
});

test.each([[[second]], [[first, second]], [[]]])("closed while they are in %j, with what opens it", async (groups) => {
  await expect(wayFrom(shifting, rolling, ...groups)).rejects.toThrow(
    /a rolling update would put new ones into arn:first-group .* update-service --cluster arn:cluster --service arn:web --force-new-deployment/,
  );
});

test("closed where the strategy is left out, which ECS would keep", async () => {
  await expect(wayFrom(shifting, unsaid, first)).rejects.toThrow(
    /set environment\.deployment to \{ strategy: rolling \}/,
  );
});

test.each([
  ["a first deployment", undefined, shifting],
  ["a release by a shift of traffic", shifting, shifting],
  ["a rolling release", rolling, rolling],
  ["the way to a shift of traffic", unsaid, shifting],
])("nothing is asked for %s", async (_, was, is) => {
  const nobody = () => Promise.reject(new Error("asked"));
  const change = { id: "arn:web", ...(was && { oldInputs: was }), newInputs: is };
  await expect(assertWayBack("eu-central-1", change, nobody)).resolves.toBeUndefined();
});
