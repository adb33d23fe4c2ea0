// Walks every route of the app: as every role, to see who is let in and who is not; and with the ids of another organiser's
// things, which nobody may tell from ids that there are not.
import fastify from "fastify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { authorize, type DeclaredRoute, nobody } from "../../../app/http/authorization.ts";
import { type Permission, principalOf, staffOf, tenantRoles } from "../../../app/platform/principal.ts";
import { type Actor, actor } from "../actors.ts";
import { startApp, type TestApp } from "../harness.ts";
import { foreignThings, missing, openParameters } from "./foreign-ids.ts";
import { sampleBody } from "./sample-body.ts";

const roles = ["user", ...tenantRoles, "saas_admin"] as const;
type Role = (typeof roles)[number];

/** Who may do what, written out: not by the code that is tested. */
const allowed: Readonly<Record<Permission, readonly (Role | "public")[]>> = {
  public: ["public", "user", "cashier", "manager", "admin", "saas_admin"],
  user: ["user", "cashier", "manager", "admin", "saas_admin"],
  cashier: ["cashier", "manager", "admin"],
  manager: ["manager", "admin"],
  admin: ["admin"],
  saas_admin: ["saas_admin"],
};

let arena: TestApp;
let routes: readonly DeclaredRoute[];
const people = new Map<Role | "public", Actor | undefined>([["public", undefined]]);
let foreigner: Actor;
beforeAll(async () => {
  arena = await startApp();
  routes = arena.app.declaredRoutes.filter(({ method }) => method !== "HEAD" && method !== "OPTIONS");
  for (const role of roles) people.set(role, await actor(arena, { role }));
  foreigner = await actor(arena, { role: "admin" });
});
afterAll(() => arena.close());

let caller = 0;

/** What may end a sign-in, which the next question needs again. */
const signsOut = /logout|session|password/;

/** From an address of its own, so that no throttle counts; whoever signed out is signed in again. */
async function ask(route: DeclaredRoute, who: Actor | undefined, values: Readonly<Record<string, string>>) {
  caller += 1;
  const url = route.url.replaceAll(/:(\w+)|\*/g, (name) => values[name.replace(":", "")] ?? "nothing");
  const answer = await arena.app.inject({
    method: route.method as "GET",
    url,
    ...(route.method === "GET" ? {} : { payload: (route.body === undefined ? {} : sampleBody(route.body)) as object }),
    headers: { ...who?.headers },
    remoteAddress: `10.${(caller >> 16) & 255}.${(caller >> 8) & 255}.${caller & 255}`,
  });
  if (signsOut.test(route.url)) await arena.owner.query("update arena.refresh_families set revoked_at = null");
  return answer;
}

function parametersOf({ url }: DeclaredRoute): string[] {
  return [...url.matchAll(/:(\w+)|\*/g)]
    .map(([all, name]) => name ?? all)
    .filter((name) => !openParameters.has(`${url} ${name}`));
}

const makeOf = ({ url }: DeclaredRoute, name: string) => foreignThings[`${url} ${name}`] ?? foreignThings[name];

async function foreignValues(route: DeclaredRoute): Promise<Record<string, string>> {
  const values: Record<string, string> = {};
  for (const name of parametersOf(route)) values[name] = (await makeOf(route, name)?.(arena, foreigner)) ?? "";
  return values;
}

const missingValues = (values: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, missing(value)]));

test("each parameter of a route is known in foreign-ids.ts", () => {
  const unknown = routes.flatMap((route) =>
    parametersOf(route).flatMap((name) => (makeOf(route, name) === undefined ? `${name} of ${route.url}` : [])),
  );
  expect(unknown).toEqual([]);
});

test("every route × every role: 401 for who has not signed in, 403 for who may not, neither for who may", async () => {
  const wrong: string[] = [];
  for (const route of routes) {
    const values = missingValues(await foreignValues(route));
    for (const [role, who] of people) {
      const { statusCode, body } = await ask(route, who, values);
      const isRefused = /"code":"(UNAUTHENTICATED|FORBIDDEN|CSRF_FAILED)"/.test(body);
      const mayCall = allowed[route.permission].includes(role);
      // Ways in answer 401 for themselves: to a password or a token that is wrong.
      const isWayIn = route.permission === "public" && statusCode === 401 && route.body !== undefined;
      const isRight = mayCall ? !isRefused || isWayIn : statusCode === (role === "public" ? 401 : 403);
      if (!isRight || statusCode >= 500) {
        wrong.push(`${route.method} ${route.url} as ${role}: ${statusCode} ${body.slice(0, 200)}`);
      }
    }
  }
  expect(wrong).toEqual([]);
  expect(routes.length).toBeGreaterThan(40);
});

test("every route × every role × another organiser's ids: as if there were no such thing", async () => {
  const wrong: string[] = [];
  let asked = 0;
  const isAddressed = (one: DeclaredRoute) =>
    parametersOf(one).length > 0 && parametersOf(one).every((name) => makeOf(one, name) !== undefined);
  for (const route of routes.filter(isAddressed)) {
    for (const [role, who] of people) {
      if (!allowed[route.permission].includes(role)) continue;
      const values = await foreignValues(route);
      const gone = missingValues(values);
      const [foreign, none] = [await ask(route, who, values), await ask(route, who, gone)];
      asked += 1;
      const isDenied = foreign.statusCode === 404 || foreign.statusCode === 403;
      if (isDenied && shape(foreign, values) === shape(none, gone)) continue;
      wrong.push(
        `${route.method} ${route.url} as ${role}: ${foreign.statusCode} ${foreign.body} | ${none.statusCode} ${none.body}`,
      );
    }
  }
  expect(wrong).toEqual([]);
  expect(asked).toBeGreaterThan(5);
});

/** All that somebody could tell two answers apart by, without the ids they asked for. */
function shape(
  answer: { statusCode: number; body: string; headers: Record<string, unknown> },
  values: Readonly<Record<string, string>>,
): string {
  const own = { ...answer.headers };
  for (const name of ["x-request-id", "date", "content-length", "content-security-policy"]) delete own[name];
  for (const name of Object.keys(own)) if (name.startsWith("ratelimit")) delete own[name];
  let body = answer.body.replaceAll(String(answer.headers["x-request-id"]), "");
  for (const value of Object.values(values)) body = body.replaceAll(value, "");
  return JSON.stringify([answer.statusCode, own, body.replaceAll(/name="_csrf" value="[^"]*"/g, "")]);
}

describe("a server", () => {
  test("with a route that says not who may call it is not built", async () => {
    const app = fastify();
    authorize(app, arena.database, nobody);
    expect(() => app.get("/open/", async () => "")).toThrow("Route GET /open/ says not who may call it");
    await app.close();
  });
});

test("whatever a route declares, who acts for nobody, or for no organiser, is refused where it matters", () => {
  const principal = {
    user: foreigner.user,
    tenant: foreigner.tenant,
    role: "cashier",
    saasAdmin: false,
    name: "Somebody",
    via: "bearer",
    credential: "",
    request: "",
  } as const;
  expect(staffOf({ principal })).toEqual(principal);
  expect(() => principalOf({ principal: undefined })).toThrow("This needs an account: sign in first.");
  for (const missing of ["tenant", "role"]) {
    expect(() => staffOf({ principal: { ...principal, [missing]: undefined } })).toThrow(
      "This is for the staff of an organiser.",
    );
  }
});

test("who is refused is in the audit log, with the route and what it asks for", async () => {
  const cashier = people.get("cashier");
  const response = await arena.app.inject({ url: "/api/v1/audit/", headers: { ...cashier?.headers } });
  expect(response.json()).toMatchObject({ code: "FORBIDDEN", error: "This is for admins of an organiser." });
  const { rows } = await arena.owner.query(
    "select tenant_id, user_id, action, outcome, request_id, detail from arena.audit_log where user_id = $1 order by id desc limit 1",
    [cashier?.user],
  );
  expect(rows).toEqual([
    {
      tenant_id: cashier?.tenant,
      user_id: cashier?.user,
      action: "request",
      outcome: "denied",
      request_id: response.headers["x-request-id"],
      detail: { method: "GET", route: "/api/v1/audit/", permission: "admin" },
    },
  ]);
});
