// HTTP: an organiser's staff and its audit log, for its admins.
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { staffOf } from "../../platform/principal.ts";
import { readAudit } from "./audit-trail.ts";
import { type AccountRoutes, askingOf } from "./auth-routes.ts";
import {
  AuditPage,
  AuditQuery,
  Invitation,
  InvitationParams,
  listOf,
  Member,
  NewInvitation,
  Nothing,
  RoleChange,
  UserParams,
} from "./schemas.ts";
import { changeRole, invite, listInvitations, listMembers, removeMember, withdraw } from "./staff.ts";

const config = { permission: "admin" } as const;
const tags = ["staff"];

export const staffRoutes: FastifyPluginAsyncTypebox<AccountRoutes> = async (app, { database }) => {
  app.get(
    "/api/v1/staff/",
    { config, schema: { summary: "The staff", tags, response: { 200: listOf(Member) } } },
    async (request) => ({ items: await listMembers(database, staffOf(request)) }),
  );

  app.patch(
    "/api/v1/staff/:user/",
    {
      config,
      schema: { summary: "Change a role", tags, params: UserParams, body: RoleChange, response: { 204: Nothing } },
    },
    async (request, reply) => {
      await changeRole(database, staffOf(request), request.params.user, request.body.role);
      return reply.code(204).send(null);
    },
  );

  app.delete(
    "/api/v1/staff/:user/",
    {
      config,
      schema: { summary: "Take somebody off the staff", tags, params: UserParams, response: { 204: Nothing } },
    },
    async (request, reply) => {
      await removeMember(database, staffOf(request), request.params.user);
      return reply.code(204).send(null);
    },
  );

  app.get(
    "/api/v1/staff/invitations/",
    { config, schema: { summary: "Open invitations", tags, response: { 200: listOf(Invitation) } } },
    async (request) => ({ items: await listInvitations(database, staffOf(request)) }),
  );

  app.post(
    "/api/v1/staff/invitations/",
    {
      config: { ...config, throttle: "register" },
      schema: { summary: "Ask somebody to join, by mail", tags, body: NewInvitation, response: { 201: Invitation } },
    },
    async (request, reply) => {
      return reply.code(201).send(await invite(database, staffOf(request), request.body, askingOf(request).site));
    },
  );

  app.delete(
    "/api/v1/staff/invitations/:invitation/",
    {
      config,
      schema: { summary: "Withdraw an invitation", tags, params: InvitationParams, response: { 204: Nothing } },
    },
    async (request, reply) => {
      await withdraw(database, staffOf(request), request.params.invitation);
      return reply.code(204).send(null);
    },
  );

  app.get(
    "/api/v1/audit/",
    {
      config,
      schema: {
        summary: "The audit log, newest first",
        tags: ["audit"],
        querystring: AuditQuery,
        response: { 200: AuditPage },
      },
    },
    (request) => readAudit(database, staffOf(request), request.query),
  );
};
