// The texts of a PDF as pdfkit writes it: what each page says, in the order that it was drawn.
import { inflateSync } from "node:zlib";

/** For each page its texts; one is what was drawn at one place. A glyph that the font lacks reads as U+0000. */
export function textsOf(file: Buffer): string[][] {
  const source = file.toString("latin1");
  const objects = new Map(
    [...source.matchAll(/(\d+) 0 obj\n(.*?)\nendobj/gs)].map(([, id = "", body = ""]) => [id, body]),
  );
  const object = (id: string | undefined) => objects.get(id ?? "") ?? "";
  const pages = [...objects.values()].filter((body) => /\/Type \/Page\b(?!s)/.test(body));
  return pages.map((page) => {
    const resources = object(/\/Resources (\d+) 0 R/.exec(page)?.[1]);
    const fonts = new Map(
      [...resources.matchAll(/\/(F\d+) (\d+) 0 R/g)].map(([, name = "", id]) => [name, lettersOf(object(id), object)]),
    );
    return drawnBy(streamOf(object(/\/Contents (\d+) 0 R/.exec(page)?.[1])), fonts);
  });
}

function streamOf(body: string): string {
  const [, data = ""] = /stream\n(.*)\nendstream/s.exec(body) ?? [];
  return inflateSync(Buffer.from(data, "latin1")).toString("latin1");
}

/** A font's letters by the number of the glyph. */
function lettersOf(font: string, object: (id: string | undefined) => string): readonly string[] {
  const map = streamOf(object(/\/ToUnicode (\d+) 0 R/.exec(font)?.[1]));
  const ranges = [...map.matchAll(/<[0-9a-f]+> <[0-9a-f]+> \[(.*?)\]/gs)];
  return ranges.flatMap(([, codes = ""]) =>
    [...codes.matchAll(/<([0-9a-f]+)>/g)].map(([, code = ""]) => Buffer.from(code, "hex").swap16().toString("utf16le")),
  );
}

function drawnBy(content: string, fonts: ReadonlyMap<string, readonly string[]>): string[] {
  return [...content.matchAll(/\/(F\d+) [\d.]+ Tf.*?\[(.*?)\] TJ/gs)].map(([, font = "", glyphs = ""]) =>
    [...glyphs.matchAll(/<([0-9a-f]+)>/g)]
      .flatMap(([, hex = ""]) => hex.match(/.{4}/g) ?? [])
      .map((glyph) => fonts.get(font)?.[Number.parseInt(glyph, 16)] ?? "")
      .join(""),
  );
}
