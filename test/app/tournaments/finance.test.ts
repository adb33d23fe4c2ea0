// Entry fees: by hand, and by Stripe as its own library signs and verifies events; only Stripe's answers are stood in for.
import Stripe from "stripe";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { onlinePayments } from "../../../app/domains/tournaments/online-payments.ts";
import { payOnline } from "../../../app/domains/tournaments/payments.ts";
import { stripePayments } from "../../../app/domains/tournaments/stripe.ts";
import { buildWeb } from "../../../app/web.ts";
import { type Actor, actor, cookieFor } from "../actors.ts";
import { quiet, startApp, type TestApp } from "../harness.ts";
import { type Ask, asker, type Entry, makeCup, makeMove, registerTeams } from "./field.ts";

const keys = { STRIPE_SECRET_KEY: "sk_test_nothing", STRIPE_WEBHOOK_SECRET: "whsec_test_nothing" };

let arena: TestApp;
let ask: Ask;
let organiser: Actor;
let admin: Actor;
beforeAll(async () => {
  arena = await startApp(keys);
  ask = asker(arena);
  organiser = await actor(arena, { role: "manager" });
  admin = await actor(arena, { role: "admin", tenant: organiser.tenant });
});
afterAll(() => arena.close());

const eur = (amount: number) => ({ amount, currency: "EUR" });

async function paidCup(slug: string): Promise<Entry & { readonly path: string }> {
  await makeCup(ask, organiser, slug, { entry_fee: 2_501, prize_share: 5_000 });
  const [entry] = await registerTeams(arena, ask, slug, 1);
  if (entry === undefined) throw new Error("There is a team.");
  return { ...entry, path: `tournaments/${slug}/teams/${entry.team}` };
}

describe("by hand", () => {
  test("payments and refunds add up; a team checks in when it owes nothing", async () => {
    const { captain, path } = await paidCup("by-hand");
    const pay = (amount: number, who = organiser) =>
      ask("POST", `${path}/payments/`, who, { amount, reference: "cash" });
    expect((await pay(100, captain)).status).toBe(403);
    expect((await pay(100, await actor(arena, { role: "admin" }))).status).toBe(404);
    const first = (await pay(2_000)).body.id;
    expect((await pay(502)).body.fields).toEqual({ amount: "must be €5.01 or less: that is what is owed" });
    await makeMove(ask, organiser, "by-hand", "open_check_in");
    expect((await ask("POST", `${path}/check-in/`, captain)).body.error).toBe(
      "Team 1 still owes €5.01 of the entry fee: pay it, then check in.",
    );
    expect(await ask("GET", "finance/by-hand/", organiser)).toMatchObject({
      body: {
        paid: eur(2_000),
        refunded: eur(0),
        net: eur(2_000),
        outstanding: eur(501),
        prizes: eur(1_000),
        organiser: eur(1_000),
      },
    });
    const second = (await pay(501)).body.id;
    expect((await pay(1)).body.error).toMatch(/owes nothing/);
    expect((await ask("POST", `${path}/check-in/`, captain)).status).toBe(204);
    const refund = (payment: string, who = admin) => ask("POST", `finance/by-hand/payments/${payment}/refund/`, who);
    expect((await refund(first, organiser)).status).toBe(403);
    const refunded = (await refund(first)).body.id;
    expect((await refund(first)).body.error).toMatch(/refunded already/);
    expect((await refund(refunded)).status).toBe(404);
    expect((await refund(first, await actor(arena, { role: "admin" }))).status).toBe(404);
    expect((await ask("GET", "finance/?limit=100", organiser)).body.items).toMatchObject([
      { slug: "by-hand", paid: eur(2_501), refunded: eur(2_000), net: eur(501), prizes: eur(251), organiser: eur(250) },
    ]);
    expect((await ask("GET", "finance/?status=running", organiser)).body.items).toEqual([]);
    const ledger = await ask("GET", "finance/by-hand/payments/", organiser);
    expect(ledger.body.items.map((line: { id: string; kind: string }) => [line.id, line.kind])).toEqual([
      [refunded, "refund"],
      [second, "payment"],
      [first, "payment"],
    ]);
    expect(ledger.body.items[1]).toMatchObject({
      team: "Team 1",
      method: "manual",
      amount: eur(501),
      reference: "cash",
    });
    expect((await ask("GET", "finance/", await actor(arena, { role: "manager" }))).body.items).toEqual([]);
    expect((await ask("GET", "finance/by-hand/payments/", await actor(arena, { role: "manager" }))).status).toBe(404);
  });

  test("a team that has withdrawn owes nothing, and can be refunded", async () => {
    const { captain, path } = await paidCup("gone");
    const { id } = (await ask("POST", `${path}/payments/`, organiser, { amount: 2_501 })).body;
    await ask("POST", `${path}/withdraw/`, captain);
    expect((await ask("POST", `${path}/payments/`, organiser, { amount: 1 })).status).toBe(409);
    expect((await ask("POST", `finance/gone/payments/${id}/refund/`, admin)).status).toBe(201);
    expect((await ask("GET", "finance/gone/", organiser)).body).toMatchObject({ net: eur(0), outstanding: eur(0) });
  });
});

describe("by Stripe", () => {
  const stripe = new Stripe(keys.STRIPE_SECRET_KEY);

  function event(id: string, type: string, object: object): string {
    return JSON.stringify({ id, object: "event", api_version: "2025-01-01", type, data: { object } });
  }

  async function deliver(payload: string, secret = keys.STRIPE_WEBHOOK_SECRET, timestamp?: number) {
    const signature = stripe.webhooks.generateTestHeaderString({ payload, secret, ...(timestamp && { timestamp }) });
    const headers = { "content-type": "application/json", "stripe-signature": signature };
    const { statusCode, body } = await arena.app.inject({ method: "POST", url: "/webhooks/stripe/", headers, payload });
    return { status: statusCode, body };
  }

  /** Begins a payment with a Stripe that answers `answer`. */
  async function begin(slug: string, entry: Entry, answer: (request: Request) => Response | Promise<Response>) {
    const requests: { url: string; body: URLSearchParams; key: string | null }[] = [];
    const fake: typeof fetch = async (input, init) => {
      const request = new Request(input, init);
      const body = new URLSearchParams(await request.clone().text());
      requests.push({ url: request.url, body, key: request.headers.get("idempotency-key") });
      return answer(request);
    };
    const provider = onlinePayments(keys, fake);
    if (provider === undefined) throw new Error("Both keys are there.");
    const by = {
      user: entry.captain.user,
      tenant: undefined,
      role: undefined,
      saasAdmin: false,
      name: "Captain",
      via: "bearer",
      credential: "",
      request: "test",
      site: "https://arena.example.com",
    } as const;
    const url = await payOnline(arena.database, by, provider, slug, entry.team).catch((error: unknown) => error);
    const { rows } = await arena.owner.query(
      "select id, status from arena.payments where team_id = $1 order by id desc",
      [entry.team],
    );
    return { url, requests, payment: rows[0] };
  }

  const session = (url: string | null) => () => Response.json({ id: "cs_1", object: "checkout.session", url });
  const paid = (slug: string, payment: string, more = {}) => ({
    object: "checkout.session",
    payment_status: "paid",
    amount_total: 2_501,
    currency: "eur",
    payment_intent: "pi_1",
    metadata: { payment, tenant: organiser.tenant, slug },
    ...more,
  });

  test("a payment begins with what is owed, and is done when Stripe says so, however often and in whatever order", async () => {
    const entry = await paidCup("online");
    const { url, requests, payment } = await begin("online", entry, session("https://checkout.stripe.com/c/1"));
    expect(url).toBe("https://checkout.stripe.com/c/1");
    expect(requests).toHaveLength(1);
    expect(requests[0]?.key).toBe(payment.id);
    expect(Object.fromEntries(requests[0]?.body ?? [])).toMatchObject({
      mode: "payment",
      "line_items[0][price_data][unit_amount]": "2501",
      "line_items[0][price_data][currency]": "eur",
      "metadata[payment]": payment.id,
      "payment_intent_data[metadata][tenant]": organiser.tenant,
      success_url: `https://arena.example.com/tournaments/online/teams/${entry.team}/`,
    });
    const ledger = async () => (await ask("GET", "finance/online/", organiser)).body;
    expect(await ledger()).toMatchObject({ paid: eur(0), outstanding: eur(2_501) });

    const refund = (id: string, amount_refunded: number) =>
      deliver(event(id, "charge.refunded", { ...paid("online", payment.id), object: "charge", amount_refunded }));
    expect((await refund("evt_early", 100)).status).toBe(409);
    const done = event("evt_1", "checkout.session.completed", paid("online", payment.id));
    const answers = await Promise.all(Array.from({ length: 6 }, () => deliver(done)));
    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(200));
    await deliver(event("evt_2", "checkout.session.async_payment_succeeded", paid("online", payment.id)));
    await deliver(event("evt_3", "checkout.session.expired", paid("online", payment.id)));
    expect(await ledger()).toMatchObject({ paid: eur(2_501), outstanding: eur(0) });
    expect((await ask("POST", `${entry.path}/checkout/`, entry.captain)).body.error).toBe("Team 1 owes nothing.");
    expect((await ask("POST", `finance/online/payments/${payment.id}/refund/`, admin)).body.error).toMatch(
      /refund it there/,
    );

    expect((await refund("evt_early", 100)).status).toBe(200);
    await refund("evt_5", 100);
    await refund("evt_6", 2_501);
    expect(await ledger()).toMatchObject({ paid: eur(2_501), refunded: eur(2_501), net: eur(0) });
  });

  test("asked for in two windows, or again before it is paid, it is one payment; of another sum, or a day later, another", async () => {
    const entry = await paidCup("twice");
    const open = () => begin("twice", entry, session("https://checkout.stripe.com/c/4"));
    const opened = [...(await Promise.all([open(), open(), open()])), await open()];
    expect(new Set(opened.flatMap(({ requests }) => requests.map(({ key }) => key)))).toEqual(
      new Set([opened[0]?.payment.id]),
    );
    const lines = async () => (await ask("GET", "finance/twice/payments/", organiser)).body.items;
    expect(await lines()).toMatchObject([{ status: "pending", amount: eur(2_501) }]);
    await ask("POST", `${entry.path}/payments/`, organiser, { amount: 501 });
    expect((await open()).payment.id).not.toBe(opened[0]?.payment.id);
    expect(await lines()).toMatchObject([
      { status: "pending", amount: eur(2_000) },
      { status: "done", amount: eur(501) },
      { status: "pending", amount: eur(2_501) },
    ]);
    await arena.owner.query("update arena.payments set created_at = now() - interval '24 hours' where team_id = $1", [
      entry.team,
    ]);
    await open();
    expect(await lines()).toHaveLength(4);
  });

  test("what is paid stays paid, though Stripe does not answer who asks for it again in that moment", async () => {
    const entry = await paidCup("late-answer");
    const { payment } = await begin("late-answer", entry, session("https://checkout.stripe.com/c/5"));
    const done = event("evt_late_answer", "checkout.session.completed", paid("late-answer", payment.id));
    const again = await begin("late-answer", entry, async () => {
      await deliver(done);
      return Response.json({ error: { message: "no" } }, { status: 400 });
    });
    expect(again).toMatchObject({ url: { code: "UNAVAILABLE" }, payment: { id: payment.id, status: "done" } });
  });

  test("what is begun before the tournament is cancelled and paid after is entered; nothing is begun after", async () => {
    const entry = await paidCup("cancelled");
    const { payment } = await begin("cancelled", entry, session("https://checkout.stripe.com/c/6"));
    await makeMove(ask, organiser, "cancelled", "cancel");
    const again = await begin("cancelled", entry, session("https://checkout.stripe.com/c/7"));
    expect(again).toMatchObject({ url: { code: "CONFLICT" }, requests: [], payment: { id: payment.id } });
    expect((await ask("POST", `${entry.path}/checkout/`, entry.captain)).body.error).toBe(
      "Team 1 owes nothing, as the tournament is cancelled.",
    );
    const done = event("evt_cancelled", "checkout.session.completed", paid("cancelled", payment.id));
    expect((await deliver(done)).status).toBe(200);
    const ledger = async () => (await ask("GET", "finance/cancelled/", organiser)).body;
    expect(await ledger()).toMatchObject({ paid: eur(2_501), outstanding: eur(0) });
    expect((await ask("GET", "finance/cancelled/payments/", organiser)).body.items).toMatchObject([
      { status: "done", method: "stripe", reference: "pi_1" },
    ]);
    const back = { ...paid("cancelled", payment.id), object: "charge", amount_refunded: 2_501 };
    await deliver(event("evt_cancelled_back", "charge.refunded", back));
    expect(await ledger()).toMatchObject({ refunded: eur(2_501), net: eur(0), outstanding: eur(0) });
  });

  test("a payment that fails, is of another amount, or completed without money is none", async () => {
    const entry = await paidCup("failing");
    const { payment } = await begin("failing", entry, session("https://checkout.stripe.com/c/2"));
    const tell = (id: string, type: string, more = {}) => deliver(event(id, type, paid("failing", payment.id, more)));
    await tell("evt_unpaid", "checkout.session.completed", { payment_status: "unpaid" });
    await tell("evt_small", "checkout.session.completed", { amount_total: 1 });
    await tell("evt_usd", "checkout.session.completed", { currency: "usd" });
    expect((await ask("GET", "finance/failing/", organiser)).body.paid).toEqual(eur(0));
    await tell("evt_expired", "checkout.session.expired");
    await tell("evt_expired_2", "checkout.session.async_payment_failed");
    const { items } = (await ask("GET", "finance/failing/payments/", organiser)).body;
    expect(items).toMatchObject([{ status: "failed", method: "stripe" }]);
    // Paid after all.
    await tell("evt_late", "checkout.session.async_payment_succeeded", { payment_intent: { id: "pi_2" } });
    expect((await ask("GET", "finance/failing/", organiser)).body.paid).toEqual(eur(2_501));
    expect((await ask("GET", "finance/failing/payments/", organiser)).body.items).toMatchObject([
      { reference: "pi_2" },
    ]);
  });

  test("a Stripe that does not answer leaves a payment that failed", async () => {
    const entry = await paidCup("down");
    for (const answer of [() => Response.json({ error: { message: "no" } }, { status: 400 }), session(null)]) {
      const { url, payment } = await begin("down", entry, answer);
      expect(url).toMatchObject({ code: "UNAVAILABLE" });
      expect(payment.status).toBe("failed");
    }
  });

  test("the button of a team's page leads to Stripe, for its captain only, and with a token of that page", async () => {
    const entry = await paidCup("by-button");
    const there = "https://checkout.stripe.com/c/4";
    let answer: (request: Request) => Response = session(there);
    const fake: typeof fetch = async (input, init) => answer(new Request(input, init));
    const { environment, database } = arena;
    const payments = onlinePayments(keys, fake);
    const paying = await buildWeb({ environment, database, logger: quiet, payments });
    const page = `/tournaments/by-button/teams/${entry.team}/`;
    const { cookie, csrf } = await cookieFor(arena, entry.captain);
    const look = (app = paying, headers: Record<string, string> = { cookie }) => app.inject({ url: page, headers });
    const press = (body: string, app = paying, who = cookie) =>
      app.inject({
        method: "POST",
        url: `${page}pay/`,
        headers: { cookie: who, "content-type": "application/x-www-form-urlencoded", accept: "text/html" },
        payload: body,
      });

    const shown = await look();
    expect(shown.body).toContain("Pay €25.01");
    expect(shown.body).toMatch(new RegExp(`action="${page}pay/"><input type="hidden" name="_csrf" value="${csrf}"`));
    expect(shown.headers["content-security-policy"]).toContain("; form-action 'self' https://checkout.stripe.com;");
    const seen = await look(paying, {});
    expect(seen.body).not.toContain("Pay €25.01");
    expect(seen.headers["content-security-policy"]).toContain("; form-action 'self';");

    expect((await press("")).statusCode).toBe(403);
    const other = await cookieFor(arena, await actor(arena));
    expect((await press(`_csrf=${other.csrf}`, paying, other.cookie)).statusCode).toBe(403);
    const pressed = await press(`_csrf=${csrf}`);
    expect([pressed.statusCode, pressed.headers.location]).toEqual([303, there]);

    // Nobody is led anywhere by a Stripe that does not answer.
    answer = () => Response.json({ error: { message: "down", type: "api_error" } }, { status: 400 });
    const down = await press(`_csrf=${csrf}`);
    expect([down.statusCode, down.headers.location]).toEqual([503, undefined]);
    expect(down.body).toContain("not available right now");
    const { items } = (await ask("GET", "finance/by-button/payments/?sort=created", organiser)).body;
    expect(items).toMatchObject([{ status: "failed" }]);

    // Without Stripe's keys there is no button, and who sends its form is told whom to pay.
    const byHand = await arena.behind({});
    const plain = await look(byHand);
    expect(plain.body).toContain("€25.01 of the entry fee is still to be paid, to the organiser.");
    expect(plain.body).not.toContain("pay/");
    expect(plain.headers["content-security-policy"]).toContain("; form-action 'self';");
    const refused = await press(`_csrf=${csrf}`, byHand);
    expect(refused.statusCode).toBe(404);
    expect(refused.body).toContain("Fees are not paid online here: pay the organiser.");
    await paying.close();
  });

  test("only what Stripe has signed, and not long ago, is heard", async () => {
    const entry = await paidCup("forged");
    const { payment } = await begin("forged", entry, session("https://checkout.stripe.com/c/3"));
    const payload = event("evt_forged", "checkout.session.completed", paid("forged", payment.id));
    expect((await deliver(payload, "whsec_other")).status).toBe(400);
    expect((await deliver(payload, keys.STRIPE_WEBHOOK_SECRET, 1_600_000_000)).status).toBe(400);
    const plain = { method: "POST", url: "/webhooks/stripe/", payload } as const;
    expect((await arena.app.inject({ ...plain, headers: { "content-type": "application/json" } })).statusCode).toBe(
      400,
    );
    expect((await arena.app.inject({ method: "POST", url: "/webhooks/stripe/" })).statusCode).toBe(400);
    expect((await ask("GET", "finance/forged/", organiser)).body.paid).toEqual(eur(0));
  });

  test("what is none of our business is answered, and changes nothing", async () => {
    const { rows } = await arena.owner.query("select count(*)::int as lines from arena.payments");
    const stranger = { payment: organiser.user, tenant: organiser.tenant, slug: "online" };
    // Another program's, that sells by the same account.
    const foreign = { payment: "INV-2027-1", tenant: "acme", slug: "online" };
    for (const [id, type, object] of [
      ["evt_a", "customer.created", {}],
      ["evt_b", "checkout.session.completed", { payment_status: "paid", metadata: null }],
      ["evt_c", "checkout.session.completed", { payment_status: "paid", metadata: stranger }],
      ["evt_e", "checkout.session.completed", { payment_status: "paid", metadata: foreign }],
      ["evt_d", "checkout.session.completed", { payment_status: "paid", metadata: { ...stranger, slug: "none" } }],
    ] as const) {
      expect(await deliver(event(id, type, object))).toEqual({ status: 200, body: '{"received":true}' });
    }
    expect((await arena.owner.query("select count(*)::int as lines from arena.payments")).rows).toEqual(rows);
  });

  test("without its keys nothing is paid online, and there is no address for its events", async () => {
    const entry = await paidCup("offline");
    const offline = await arena.behind({});
    const url = `/api/v1/${entry.path}/checkout/`;
    const checkout = await offline.inject({ method: "POST", url, headers: entry.captain.headers });
    expect(checkout.json()).toMatchObject({ code: "NOT_FOUND", error: expect.stringContaining("pay the organiser") });
    expect((await offline.inject({ method: "POST", url: "/webhooks/stripe/" })).statusCode).toBe(404);
    const provider = await stripePayments({ secretKey: "sk_test", webhookSecret: "whsec" });
    await expect(provider.readEvent(Buffer.from("{}"), "t=1,v1=0")).rejects.toMatchObject({
      code: "VALIDATION_FAILED",
    });
  });
});
