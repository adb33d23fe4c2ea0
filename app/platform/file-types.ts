// What a file is, by its first bytes: names and what browsers say of it can be anything.

/** Kinds of files that people may upload, by the ending that ours of them get. */
const signatures = {
  png: { contentType: "image/png", is: (body: Buffer) => starts(body, 0, "\x89PNG\r\n\x1a\n") },
  jpg: { contentType: "image/jpeg", is: (body: Buffer) => starts(body, 0, "\xff\xd8\xff") },
  webp: { contentType: "image/webp", is: (body: Buffer) => starts(body, 0, "RIFF") && starts(body, 8, "WEBP") },
  pdf: { contentType: "application/pdf", is: (body: Buffer) => starts(body, 0, "%PDF-") },
} as const;

export type FileType = keyof typeof signatures;

const others: Readonly<Record<string, string>> = { csv: "text/csv; charset=utf-8" };

function starts(body: Buffer, at: number, text: string): boolean {
  return body.subarray(at, at + text.length).equals(Buffer.from(text, "latin1"));
}

/** Undefined for what is none of these. */
export function fileTypeOf(body: Buffer): FileType | undefined {
  const types = Object.keys(signatures) as FileType[];
  return types.find((type) => signatures[type].is(body));
}

/** By a key's ending, which we chose. */
export function contentTypeOf(key: string): string {
  const extension = /\.([a-z0-9]+)$/.exec(key)?.[1] ?? "";
  if (extension in signatures) return signatures[extension as FileType].contentType;
  return others[extension] ?? "application/octet-stream";
}
