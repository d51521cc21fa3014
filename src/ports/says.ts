/** What was thrown, in words: an error's own, or the text of anything else. */
export const says = (error: unknown): string => (error instanceof Error ? error.message : String(error));
