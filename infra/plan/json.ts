// JSON that may be none.

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Whoever asks says what the text should have been.
    return undefined;
  }
}
