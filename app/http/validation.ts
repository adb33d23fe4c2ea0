// How requests are held against their schemas. Addresses hold only text, which becomes numbers where the schema says so;
// a body has types of its own and is taken as it is. Nothing is dropped in silence, and all faults are found at once.
import AjvCompiler from "@fastify/ajv-compiler";
import type { FastifyInstance } from "fastify";

export function validateStrictly(app: FastifyInstance): void {
  const build = AjvCompiler();
  // All faults at once cost time with each one: schemas bound the length of what they take, and bodies are small.
  const customOptions = { allErrors: true, removeAdditional: false, useDefaults: true } as const;
  const ofText = build({}, { customOptions: { ...customOptions, coerceTypes: "array" } });
  const ofBodies = build({}, { customOptions: { ...customOptions, coerceTypes: false } });
  app.setValidatorCompiler((route) => (route.httpPart === "body" ? ofBodies : ofText)(route));
}
