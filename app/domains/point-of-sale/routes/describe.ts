// What routes of the shop have in common.
import type { TSchema } from "typebox";
import type { TenantRole } from "../../../platform/principal.ts";

/** A route's permission and what the documentation says of it. */
export function route<S extends Record<string, unknown>>(
  permission: TenantRole,
  tag: string,
  summary: string,
  schema: S,
) {
  return {
    config: { permission },
    schema: { summary, tags: [tag], ...schema },
  };
}

export const created = <T extends TSchema>(schema: T) => ({ response: { 201: schema } });
export const ok = <T extends TSchema>(schema: T) => ({ response: { 200: schema } });
