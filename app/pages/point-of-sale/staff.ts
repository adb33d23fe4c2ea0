// Staff in the browser: clock in and out; for managers who was at work, and what each of them did.
import type { FastifyReply, FastifyRequest } from "fastify";
import { html } from "ghtml";
import Type from "typebox";
import { actorOf } from "../../domains/point-of-sale/acting.ts";
import { formatAmount } from "../../domains/point-of-sale/amounts.ts";
import {
  activityOf,
  clockIn,
  clockOut,
  listShifts,
  openShift,
  type Shift,
} from "../../domains/point-of-sale/attendance.ts";
import { attempt } from "../forms.ts";
import {
  asActor,
  button,
  dayFromNow,
  leave,
  mayManage,
  type Pages,
  pager,
  type ShopPages,
  sendShop,
  table,
  text,
  time,
} from "./shop.ts";

const place = "/shop/staff/";
const Query = Type.Object({
  cursor: Type.Optional(Type.String({ maxLength: 1024 })),
  said: Type.Optional(Type.String({ maxLength: 20 })),
});

export const staffPages: Pages = (app, shop) => {
  const config = { permission: "cashier" } as const;
  app.get(place, { config, schema: { querystring: Query } }, (request, reply) => show(request, reply, shop));
  for (const [path, work, said] of [
    ["clock-in/", clockIn, "in"],
    ["clock-out/", clockOut, "out"],
  ] as const) {
    app.post(`${place}${path}`, { config }, async (request, reply) => {
      const state = await attempt(request, async () => {
        await asActor(shop, request, async (trx, actor) => work(trx, actor));
      });
      if (state === undefined) return leave(reply, place, said);
      const wrong = Object.entries(state.errors ?? {}).map(([name, message]) => `${name} ${message}`);
      return show(request, reply.code(409), shop, wrong.join("; "));
    });
  }
};

async function show(
  request: FastifyRequest,
  reply: FastifyReply,
  shop: ShopPages,
  problem?: string,
): Promise<FastifyReply> {
  const manages = mayManage(request);
  const query = request.query as { readonly cursor?: string };
  const { open, shifts, activity } = await asActor(shop, request, async (trx, actor) => ({
    open: await openShift(trx, actor),
    shifts: await listShifts(trx, actor, { limit: 20, cursor: query.cursor }),
    activity: manages ? (await activityOf(trx, actor, { from: dayFromNow(-7), to: dayFromNow(0) })).items : [],
  }));
  const clock =
    open === undefined
      ? html`<p>You are not clocked in.</p>!${button(reply, `${place}clock-in/`, "Clock in")}`
      : html`<p>At work since !${time(open.clocked_in_at)}.</p>!${button(reply, `${place}clock-out/`, "Clock out")}`;
  const roles = html`<p><a href="/account/staff/">Who is on the staff, and with which role</a></p>`;
  const isAdmin = actorOf(request).role === "admin";
  const main = html`<h1>Staff</h1>!${isAdmin ? roles : ""}<section class="clock" aria-label="Your shift">!${clock}</section>
    !${manages ? html`<h2>Activity of the last 7 days</h2>!${activityTable(activity)}` : ""}
    <h2>${manages ? "Shifts" : "Your shifts"}</h2>!${shiftTable(shifts.items)}!${pager(place, query, shifts.next)}`;
  return sendShop(reply, shop, { title: "Staff", place, main, problem });
}

function activityTable(items: Awaited<ReturnType<typeof activityOf>>["items"]): string {
  const rows = items.map(({ name, role, sales, total, currency, voided, denied, minutes }) => [
    text(name),
    text(role),
    text(hours(minutes)),
    text(sales),
    text(currency === null ? "–" : formatAmount(total, currency)),
    text(voided),
    text(denied),
  ]);
  const columns = ["Name", "Role", "At work", "Sales", "Total", "Voided", "Refused"].map((label, index) => ({
    label,
    number: index > 1,
  }));
  return table("Activity", columns, rows, "There is no staff yet.");
}

function shiftTable(shifts: readonly Shift[]): string {
  const rows = shifts.map(({ name, clocked_in_at, clocked_out_at, minutes }) => [
    text(name),
    time(clocked_in_at),
    clocked_out_at === null ? text("At work") : time(clocked_out_at),
    text(minutes === null ? "–" : hours(minutes)),
  ]);
  return table(
    "Shifts",
    [{ label: "Name" }, { label: "From" }, { label: "To" }, { label: "At work", number: true }],
    rows,
    "No shifts yet.",
  );
}

function hours(minutes: number): string {
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")} h`;
}
