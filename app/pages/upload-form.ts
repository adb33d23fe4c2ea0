// A form that browsers send one file with, straight to where files are kept. It works without a script; with it, what is wrong
// with the file is said before it is sent, or here instead of where it was sent to.
import type { FastifyReply } from "fastify";
import { html } from "ghtml";
import { contentTypeOf, type FileType } from "../platform/file-types.ts";
import { sizeText, type UploadForm } from "../platform/storage.ts";

export interface UploadField {
  readonly label: string;
  /** What the button says. */
  readonly submit: string;
  readonly types: readonly FileType[];
  readonly maxBytes: number;
}

export const uploadScript = "upload.js";

/** A form that the app has signed; `file` comes last, as S3 reads no field after it. */
export function uploadForm({ url, fields }: UploadForm, { label, submit, types, maxBytes }: UploadField): string {
  const names = types.map((type) => type.toUpperCase());
  const size = sizeText(maxBytes);
  return html`<form class="form" method="post" enctype="multipart/form-data" action="${url}" data-upload data-most="${maxBytes}" data-size="${size}">
    !${Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
    <div class="field"><label for="file">${label}</label>
      <p class="quiet" id="file-hint">${names.slice(0, -1).join(", ")} or ${names.at(-1) ?? ""}, ${size} at most. Send it within 10 minutes.</p>
      <p class="error" id="file-error" role="alert" data-said></p>
      <input type="file" id="file" name="file" required accept="${types.map((type) => contentTypeOf(`file.${type}`)).join(",")}" aria-describedby="file-hint file-error">
    </div>
    <button>${submit}</button>
  </form>`;
}

/** Where such a form is sent, for the page's policy; nothing if that is here. */
export function elsewhereOf({ url }: UploadForm): Parameters<FastifyReply["allowPage"]>[0] {
  if (!URL.canParse(url)) return {};
  const { origin } = new URL(url);
  return { forms: origin, scripts: origin };
}
