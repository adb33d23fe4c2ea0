// Days and moments that requests may hold: those of the years 1 to 9999. ISO 8601 has a year 0, which PostgreSQL does not
// know; before and after these years, JavaScript writes more than four digits.
import type AjvCompiler from "@fastify/ajv-compiler";

const [first, last] = [Date.parse("0001-01-01T00:00:00Z"), Date.parse("9999-12-31T23:59:59.999Z")];

/** A moment may be written as one of another year: 0001-01-01T00:00:00+01:00 is of the year 0. */
function isInRange(text: string): boolean {
  const time = Date.parse(text);
  return first <= time && time <= last;
}

/** Narrows what JSON Schema calls `date` and `date-time`. */
export function narrowFormats(ajv: AjvCompiler.Ajv): void {
  for (const name of ["date", "date-time"]) {
    const known = ajv.formats[name];
    const validate = typeof known === "object" && "validate" in known ? known.validate : undefined;
    if (typeof validate !== "function") throw new Error(`The format ${name} is not there to be narrowed.`);
    const isValid = validate as (text: string) => boolean;
    ajv.addFormat(name, (text: string) => isValid(text) && isInRange(text));
  }
}
