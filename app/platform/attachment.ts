// How a file is handed out: to be saved, under a name.

/** Never shown within a page: what users uploaded is not ours to vouch for. */
export function attachment(fileName: string | undefined): string {
  if (fileName === undefined) return "attachment";
  return `attachment; filename="${fileName.replaceAll(/[^\w. -]/g, "_")}"; filename*=UTF-8''${encodeURIComponent(fileName)}`;
}
