// A table as a PDF to print: A4, a heading on each page, numbers to the right, pages numbered.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { type Column, fitColumns } from "./pdf-columns.ts";
import { type Cell, isNumber, type Table, textOf } from "./report-tables.ts";

export interface PdfReport {
  readonly title: string;
  /** What it covers, below the title. */
  readonly subtitle: string;
  readonly table: Table;
}

/** Points. */
const margin = 40;
const rowHeight = 16;
const cellSize = 8.5;

/** They have Latin, Greek and Cyrillic letters; those built into PDF readers have only Western Europe's. */
const fonts = { plain: fontFile("DejaVuSansCondensed.ttf"), bold: fontFile("DejaVuSansCondensed-Bold.ttf") };
const quiet = "#55635e";

/** Beside the bundle, as the build puts it there, or in its package. */
function fontFile(name: string): string {
  const built = join(import.meta.dirname, "fonts", name);
  return existsSync(built) ? built : createRequire(import.meta.url).resolve(`dejavu-fonts-ttf/ttf/${name}`);
}

export async function toPdf({ title, subtitle, table }: PdfReport): Promise<Buffer> {
  // It is not needed before there is a report to print.
  const { default: PDFDocument } = await import("pdfkit");
  const paper = { size: "A4", layout: "landscape", margin } as const;
  const document = new PDFDocument({ ...paper, font: fonts.plain, info: { Title: title } });
  const chunks: Buffer[] = [];
  const done = new Promise<void>((resolve, reject) => document.on("end", resolve).on("error", reject));
  document.on("data", (chunk: Buffer) => chunks.push(chunk));
  document.font(fonts.bold).fontSize(18).text(printable(title));
  document.font(fonts.plain).fontSize(10).fillColor(quiet).text(printable(subtitle)).fillColor("#000000").moveDown();
  await drawTable(document, table, printable(title));
  document.end();
  await done;
  return Buffer.concat(chunks);
}

async function drawTable(document: PDFKit.PDFDocument, { heading, rows }: Table, title: string): Promise<void> {
  const numbers = heading.map((_, index) => rows.some((row) => isNumber(row[index] ?? "")));
  const columns = columnsOf(document, { heading, rows }, numbers);
  const draw = (cells: readonly Cell[], font: string) => {
    const top = document.y;
    document.font(font).fontSize(cellSize);
    for (const [index, column] of columns.entries()) {
      drawCell(document, printable(textOf(cells[index] ?? "")), top, column, numbers[index] ?? false);
    }
    document.x = margin;
    document.y = top + rowHeight;
  };
  const rowsFrom = (top: number) => Math.floor((document.page.height - margin - top) / rowHeight) - 1;
  const [first, others] = [rowsFrom(document.y), rowsFrom(margin)];
  const pages = 1 + Math.ceil(Math.max(0, rows.length - first) / others);
  const begin = (page: number) => {
    numberPage(document, `${title} · Page ${page} of ${pages}`);
    draw(heading, fonts.bold);
    const line = document.y - 4;
    document
      .moveTo(margin, line)
      .lineTo(document.page.width - margin, line)
      .lineWidth(0.5)
      .stroke(quiet);
  };
  begin(1);
  for (const [index, row] of rows.entries()) {
    if (index >= first && (index - first) % others === 0) {
      // A long report must not keep its process from answering others.
      await setImmediate();
      document.addPage();
      begin(2 + (index - first) / others);
    }
    draw(row, fonts.plain);
  }
  if (rows.length === 0) document.font(fonts.plain).fontSize(10).text("Nothing in this period.");
}

function drawCell(
  document: PDFKit.PDFDocument,
  text: string,
  top: number,
  { left, width }: Column,
  toTheRight: boolean,
): void {
  const spare = width - document.widthOfString(text);
  // What has been measured as wide as its column may be a hair wider when it is measured again.
  if (spare < -0.01) {
    document.text(text, margin + left, top, { width, height: rowHeight, lineBreak: false, ellipsis: true });
  } else {
    document.text(text, margin + left + (toTheRight ? spare : 0), top, { lineBreak: false });
  }
}

/** Texts of a column that are measured: the longest ones, as measuring all of a long report takes longer than drawing it. */
const measured = 40;

function columnsOf(document: PDFKit.PDFDocument, { heading, rows }: Table, numbers: readonly boolean[]) {
  const widthOf = (text: string, font: string) => document.font(font).fontSize(cellSize).widthOfString(printable(text));
  const wishes = heading.map((label, index) => {
    const texts = [...new Set(rows.map((row) => textOf(row[index] ?? "")))].toSorted((a, b) => b.length - a.length);
    const widths = texts.slice(0, measured).map((text) => widthOf(text, fonts.plain));
    return { width: Math.max(widthOf(label, fonts.bold), ...widths), isNumber: numbers[index] ?? false };
  });
  return fitColumns(wishes, document.page.width - 2 * margin);
}

/** In the margin, which the page is told not to keep meanwhile: else a line there would begin a new one. */
function numberPage(document: PDFKit.PDFDocument, text: string): void {
  const { y, page } = document;
  const { bottom } = page.margins;
  page.margins.bottom = 0;
  document.font(fonts.plain).fontSize(8).fillColor(quiet);
  const left = page.width - margin - document.widthOfString(text);
  document.text(text, left, page.height - 28, { lineBreak: false }).fillColor("#000000");
  page.margins.bottom = bottom;
  document.x = margin;
  document.y = y;
}

/** One line; characters that the fonts lack show as boxes. */
function printable(text: string): string {
  return text.replace(/\p{Cc}+/gu, " ");
}
