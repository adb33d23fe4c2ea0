// How requests are held against their schemas, and answers written by theirs. Addresses and forms hold only text, which becomes
// numbers where the schema says so; any other body has types of its own and is taken as it is. Nothing is dropped in silence,
// and all faults are found at once. A schema becomes code when it is first needed: to do it for all of them before the first
// request takes a third of the time that web needs to be ready.
import AjvCompiler from "@fastify/ajv-compiler";
import SerializerSelector from "@fastify/fast-json-stringify-compiler";
import formbody from "@fastify/formbody";
import type { FastifyInstance, FastifySchemaCompiler, FastifySerializerCompiler } from "fastify";

const buildValidator = AjvCompiler();

function validating(coerceTypes: "array" | false): FastifySchemaCompiler<unknown> {
  // All faults at once cost time with each one: schemas bound the length of what they take, and bodies are small.
  const customOptions = { allErrors: true, removeAdditional: false, useDefaults: true, coerceTypes } as const;
  const compile = buildValidator({}, { customOptions });
  return (route) => {
    let validate: ReturnType<typeof compile> | undefined;
    return (data) => {
      validate ??= compile(route);
      return validate(data) === true || { error: validate.errors ?? [] };
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
    scope.setValidatorCompiler(validating("array"));
    await scope.register(formbody);
    pages(scope);
  });
}
