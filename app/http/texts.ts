// Texts that cannot be kept: PostgreSQL has no character U+0000 in a text, and none of JSON's escapes of half a character
// (\ud800 alone), which is no Unicode either. Both are refused before anything is done with them, wherever they stand.
import type { FastifySchemaValidationError } from "fastify";

/** Found at most: the first ones say enough. */
const most = 20;

/** What is wrong with the texts of a request's part and with the names of its fields, as a schema's faults are. */
export function faultsOfTexts(part: unknown): FastifySchemaValidationError[] {
  const faults: FastifySchemaValidationError[] = [];
  const check = (text: string, instancePath: string) => {
    const message = whatIsWrong(text);
    if (message === undefined || faults.length >= most) return;
    faults.push({ keyword: "text", instancePath, schemaPath: "#/text", params: {}, message });
  };
  // A list and no recursion: JSON may be nested deeper than a stack is.
  const rest: (readonly [path: string, value: unknown])[] = [["", part]];
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    const [path, value] = next;
    if (typeof value === "string") check(value, path);
    // Bytes are no text.
    if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) continue;
    for (const [name, below] of Object.entries(value)) {
      // As a JSON pointer, and so that it can be shown.
      const at = `${path}/${name.toWellFormed().replaceAll("~", "~0").replaceAll("/", "~1")}`;
      check(name, at);
      if (typeof below === "string" || typeof below === "object") rest.push([at, below]);
    }
  }
  return faults;
}

function whatIsWrong(text: string): string | undefined {
  if (text.includes("\0")) return "holds the character U+0000: leave it out";
  return text.isWellFormed() ? undefined : "holds half of a character (a lone surrogate): leave it out";
}
