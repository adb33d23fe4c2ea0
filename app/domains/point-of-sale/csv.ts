// Tables as CSV (RFC 4180) for spreadsheets.
import { type Cell, isNumber, type Table, textOf } from "./report-tables.ts";

/** A spreadsheet would run a text that starts like this as a formula: with an apostrophe in front it stays a text. */
const formula = /^[=+\-@\t\r]/;

export async function toCsv(tables: AsyncIterable<Table> | Iterable<Table>): Promise<string> {
  const { stringify } = await import("csv-stringify/sync");
  const parts: string[] = [];
  for await (const { heading, rows } of tables) {
    const lines = parts.length === 0 ? [heading, ...rows] : rows;
    parts.push(
      stringify(
        lines.map((line) => line.map(safe)),
        { record_delimiter: "windows" },
      ),
    );
  }
  return parts.join("");
}

function safe(cell: Cell): string {
  const text = textOf(cell);
  return !isNumber(cell) && formula.test(text) ? `'${text}` : text;
}
