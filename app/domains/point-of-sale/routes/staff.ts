// HTTP: attendance and activity of staff. Who is on the staff, and with which role, is a matter of accounts.

import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { pageOf } from "../../../platform/list.ts";
import { act, actorOf } from "../acting.ts";
import * as attendance from "../attendance.ts";
import { assertPeriod } from "../reports.ts";
import { EmptyBody } from "../schemas.ts";
import { created, ok, route } from "./describe.ts";
import type { PointOfSale } from "./index.ts";

export const staffRoutes: FastifyPluginAsyncTypebox<PointOfSale> = async (app, { database }) => {
  app.get(
    "/api/v1/attendance/",
    route("cashier", "Staff", "Lists shifts: a cashier's own, a manager's all", {
      querystring: attendance.ShiftQuery,
      ...ok(pageOf(attendance.Shift)),
    }),
    (request) => act(database, actorOf(request), (trx) => attendance.listShifts(trx, actorOf(request), request.query)),
  );
  app.post(
    "/api/v1/attendance/clock-in/",
    route("cashier", "Staff", "Begins your shift", { body: attendance.ClockIn, ...created(attendance.Shift) }),
    async (request, reply) => {
      const actor = actorOf(request);
      return reply
        .code(201)
        .send(await act(database, actor, (trx) => attendance.clockIn(trx, actor, request.body.outlet_id)));
    },
  );
  app.post(
    "/api/v1/attendance/clock-out/",
    route("cashier", "Staff", "Ends your shift", { body: EmptyBody, ...ok(attendance.Shift) }),
    (request) => act(database, actorOf(request), (trx) => attendance.clockOut(trx, actorOf(request))),
  );
  app.get(
    "/api/v1/staff-activity/",
    route("manager", "Staff", "Shows what each member of staff sold and did", {
      querystring: attendance.ActivityQuery,
      ...ok(attendance.Activity),
    }),
    (request) => {
      assertPeriod(request.query);
      return act(database, actorOf(request), (trx) => attendance.activityOf(trx, actorOf(request), request.query));
    },
  );
};
