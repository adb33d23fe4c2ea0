// How requests are held against their schemas, and answers written by theirs. Addresses and forms hold only text, which becomes
// numbers where the schema says so; any other body has types of its own and is taken as it is. Nothing is dropped in silence but
// what links to pages carry for others, and all faults are found at once. A schema becomes code when it is first needed: to do it for all of them before the first
// request takes a third of the time that web needs to be ready.
import AjvCompiler from "@fastify/ajv-compiler";
import SerializerSelector from "@fastify/fast-json-stringify-compiler";
import formbody from "@fastify/formbody";
import type { FastifyInstance, FastifySchemaCompiler, FastifySerializerCompiler } from "fastify";
import { narrowFormats } from "./formats.ts";
import { faultsOfTexts } from "./texts.ts";

const buildValidator = AjvCompiler();

/** @param removeAdditional true drops what a closed schema does not name, in place of refusing it */
function validating(coerceTypes: "array" | false, removeAdditional = false): FastifySchemaCompiler<unknown> {
  // All faults at once cost time with each one: schemas bound the length of what they take, and bodies are small.
  const customOptions = { allErrors: true, removeAdditional, useDefaults: true, coerceTypes } as const;
  const compile = buildValidator({}, { customOptions, onCreate: narrowFormats });
  return (route) => {
    let validate: ReturnType<typeof compile> | undefined;
    return (data) => {
      const faults = faultsOfTexts(data);
      validate ??= compile(route);
      if (validate(data) !== true) faults.push(...(validate.errors ?? []));
      return faults.length === 0 || { error: faults };
    };
  };
}

function serializing(): FastifySerializerCompiler<unknown> {
  const compile = SerializerSelector()();
  return ({ schema, method, url, httpStatus = "default" }) => {
    let serialize: ReturnType<typeof compile> | undefined;
    return (data) => {
      serialize ??= compile({ schema, method, url, httpStatus });
      return serialize(data);
    };
  };
}

export function validateStrictly(app: FastifyInstance): void {
  const [ofText, ofBodies] = [validating("array"), validating(false)];
  app.setValidatorCompiler((route) => (route.httpPart === "body" ? ofBodies : ofText)(route));
  app.setSerializerCompiler(serializing());
}

/** Registers pages, whose forms are taken. The API takes none: a form is what a browser sends for any site. */
export function withForms(app: FastifyInstance, pages: (app: FastifyInstance) => void): void {
  app.register(async (scope) => {
    // Who shares a link adds to it what others count by (utm_source, fbclid): a page is the same with that.
    const [ofLinks, ofForms] = [validating("array", true), validating("array")];
    scope.setValidatorCompiler((route) => (route.httpPart === "querystring" ? ofLinks : ofForms)(route));
    await scope.register(formbody);
    pages(scope);
  });
}
