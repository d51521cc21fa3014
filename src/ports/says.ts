/**
 * What was thrown, in words: an error's own, the fields of a plain object, or the text of anything else. Never throws: what is thrown may be
 * anything, an object without a prototype or a getter that throws among them.
 */
export function says(thrown: unknown): string {
  try {
    if (thrown instanceof Error) return String(thrown.message);
    const text = String(thrown);
    return text === '[object Object]' ? (JSON.stringify(thrown) ?? text) : text;
  } catch {
    return 'what was thrown cannot be put into words';
  }
}
