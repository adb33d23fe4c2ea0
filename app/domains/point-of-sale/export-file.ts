// Where an export's file lies, and the link that it is fetched by.
import type { Storage } from "../../platform/storage.ts";
import type { ExportReport } from "./tables.ts";

/** What the job is told. */
export interface ExportPayload {
  readonly tenant: string;
  readonly id: string;
}

/** Known before the file is made, so that making it again replaces it. */
export function exportKey({ tenant, id }: ExportPayload, format: string): string {
  return `exports/${tenant}/${id}.${format}`;
}

/** Seconds that a link works. */
const linkSeconds = 300;

interface File {
  readonly id: string;
  readonly report: ExportReport;
  readonly format: string;
  readonly status: string;
  readonly created_at: string;
}

/** Null until there is a file. */
export async function linkTo(storage: Pick<Storage, "signedUrl">, tenant: string, file: File): Promise<string | null> {
  if (file.status !== "done") return null;
  const { id, report, format, created_at } = file;
  const name = `${report.replace("_", "-")}-${created_at.slice(0, 10)}.${format}`;
  return storage.signedUrl(exportKey({ tenant, id }, format), linkSeconds, name);
}
