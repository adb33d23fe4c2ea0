// Text of programs on its way into pages, pictures and comments: names and values may be hostile.

/** Turned-round text reads otherwise than it is; lone halves of characters are no valid XML. */
const misleading = /[\p{Cc}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069\uFFFE\uFFFF]/gu;

function visible(text: string): string {
  return text.toWellFormed().replaceAll(misleading, (character) => (character === "\n" ? "⏎" : "�"));
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** For HTML and SVG, in elements and in quoted attributes. */
export function escapeXml(text: string): string {
  return visible(text).replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}

/**
 * For a line of GitHub's Markdown, in tables too: nothing in it is markup, mentions anybody, refers to an issue or is a
 * link. A word joiner, which is not seen, stands after what GitHub would look at.
 */
export function escapeMarkdown(text: string): string {
  return visible(text)
    .replaceAll(/[&<>]/g, (character) => entities[character] ?? character)
    .replaceAll(/[\\`*_{}[\]()|~#$!]/g, "\\$&")
    .replaceAll(/@|#(?=\d)|:(?=\/\/)|\b(?:www(?=\.)|GH(?=-\d))/gi, "$&\u2060");
}

/** For the lines between the fences of a block of code. */
export function codeLine(text: string): string {
  return visible(text);
}
