import type { ZodType } from 'zod';
import { z } from 'zod';
import type { Files } from '../ports/files.ts';
import { says } from '../ports/says.ts';
import { documentBytes, type Loaded, type Store } from '../ports/store.ts';

const decoder = new TextDecoder('utf-8', { fatal: true });

/** What a document's bytes say, checked by a schema. */
export function parseDocument<T>(bytes: Uint8Array, schema: ZodType<T>): Loaded<T> {
  try {
    const parsed = schema.safeParse(JSON.parse(decoder.decode(bytes)));
    if (parsed.success) return { ok: true, value: parsed.data };
    return { ok: false, missing: false, reason: z.prettifyError(parsed.error).replace(/\n/g, '; '), bytes };
  } catch (error) {
    return { ok: false, missing: false, reason: says(error), bytes };
  }
}

/** Whole JSON documents in the bot's directory. */
export function wholeFileStore(files: Files): Store {
  /** Per path: the write under way, and the one write that waits for it with the latest value. */
  const writing = new Map<string, Promise<void>>();
  const waiting = new Map<string, { value: unknown; done: Promise<void> }>();
  const write = (path: string, value: unknown): Promise<void> => files.writeWhole(path, documentBytes(value));

  return {
    load: async (path, schema) => {
      const bytes = await files.read(path);
      return bytes === null ? { ok: false, missing: true } : parseDocument(bytes, schema);
    },
    save: (path, value) => {
      const next = waiting.get(path);
      if (next) {
        next.value = value;
        return next.done;
      }
      const begin = (document: unknown): Promise<void> => {
        const done = write(path, document).finally(() => {
          if (writing.get(path) === done) writing.delete(path);
        });
        writing.set(path, done);
        return done;
      };
      const before = writing.get(path);
      if (!before) return begin(value);
      const turn: { value: unknown; done: Promise<void> } = {
        value,
        done: before
          .catch(() => undefined)
          .then(() => {
            waiting.delete(path);
            return begin(turn.value);
          }),
      };
      waiting.set(path, turn);
      return turn.done;
    },
  };
}
