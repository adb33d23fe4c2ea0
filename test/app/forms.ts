// Forms of pages as a browser that runs no scripts sends them: what stands in each field, as its type makes of it.

/** What a browser would send if nobody typed anything. @param action address that the form is sent to */
export function formIn(body: string, action: string): Record<string, string> {
  const form = body.split("<form").find((part) => part.includes(`action="${action}"`));
  if (form === undefined) throw new Error(`No form leads to ${action}.`);
  const fields: Record<string, string> = {};
  for (const [tag] of form.slice(0, form.indexOf("</form>")).matchAll(/<input [^>]*>/g)) set(tag, shownIn(tag));
  for (const [, tag = "", text = ""] of form.matchAll(/<textarea ([^>]*)>([\s\S]*?)<\/textarea>/g)) {
    // A line break at the beginning is the markup's, and the others go out as two characters.
    set(tag, decode(text).replace(/^\n/, "").replaceAll(/\r?\n/g, "\r\n"));
  }
  for (const [, tag = "", options = ""] of form.matchAll(/<select ([^>]*)>([\s\S]*?)<\/select>/g)) {
    const chosen = /value="([^"]*)" selected/.exec(options) ?? /value="([^"]*)"/.exec(options);
    set(tag, decode(chosen?.[1] ?? ""));
  }
  return fields;

  function set(tag: string, value: string): void {
    const name = /name="([^"]*)"/.exec(tag)?.[1];
    if (name !== undefined && name !== "_csrf" && !/\sdisabled/.test(tag)) fields[name] = value;
  }
}

function shownIn(tag: string): string {
  return decode(/value="([^"]*)"/.exec(tag)?.[1] ?? "").replaceAll(/[\r\n]/g, "");
}

function decode(text: string): string {
  return text.replaceAll(/&#(\d+);/g, (_all, code: string) => String.fromCodePoint(Number(code)));
}

/** What a page says above a form: the sentence, then what it says of each field. */
export function saidIn(body: string): readonly string[] {
  const alert = /role="alert"[^>]*>(.*?)<\/div>/s.exec(body)?.[1] ?? "";
  return [...alert.matchAll(/<(?:p|a)[ >][^<]*?>?([^<>]+)<\/(?:p|a)>/g)].map(([, text = ""]) => decode(text));
}

/** What stands beside a field: its hint. */
export function hintIn(body: string, name: string): string {
  return decode(new RegExp(`id="field-${name}-hint">([^<]*)<`).exec(body)?.[1] ?? "");
}
