// A table as a PDF to print: A4, a heading on each page, numbers to the right.
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

export async function toPdf({ title, subtitle, table }: PdfReport): Promise<Buffer> {
  // Fonts and all, it is not needed before there is a report to print.
  const { default: PDFDocument } = await import("pdfkit");
  const document = new PDFDocument({ size: "A4", layout: "landscape", margin, info: { Title: title } });
  const chunks: Buffer[] = [];
  const done = new Promise<void>((resolve, reject) => document.on("end", resolve).on("error", reject));
  document.on("data", (chunk: Buffer) => chunks.push(chunk));
  document.font("Helvetica-Bold").fontSize(18).text(printable(title));
  document
    .font("Helvetica")
    .fontSize(10)
    .fillColor("#55635e")
    .text(printable(subtitle))
    .fillColor("#000000")
    .moveDown();
  drawTable(document, table);
  document.end();
  await done;
  return Buffer.concat(chunks);
}

function drawTable(document: PDFKit.PDFDocument, { heading, rows }: Table): void {
  const width = (document.page.width - 2 * margin) / heading.length;
  const draw = (cells: readonly Cell[], font: string) => {
    const top = document.y;
    document.font(font).fontSize(9);
    cells.forEach((cell, index) => {
      const align = isNumber(cell) ? "right" : "left";
      const box = { width: width - 6, height: rowHeight, align, lineBreak: false, ellipsis: true } as const;
      document.text(printable(textOf(cell)), margin + index * width, top, box);
    });
    document.x = margin;
    document.y = top + rowHeight;
  };
  draw(heading, "Helvetica-Bold");
  for (const row of rows) {
    if (document.y + rowHeight > document.page.height - margin) {
      document.addPage();
      draw(heading, "Helvetica-Bold");
    }
    draw(row, "Helvetica");
  }
  if (rows.length === 0) document.font("Helvetica").fontSize(10).text("Nothing in this period.");
}

/** The built-in fonts have the characters of Windows-1252 only. */
function printable(text: string): string {
  return text.replace(/[^\u0020-\u007e\u00a0-\u00ff€–—‘’“”•…]/g, "?");
}
