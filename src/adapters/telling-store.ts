import type { Logger } from '../ports/logger.ts';
import { says } from '../ports/says.ts';
import type { Store } from '../ports/store.ts';

/**
 * A store that says what it could not save, and when it can again: once for each document, since whoever owns it tries again. The
 * one before stays whole on the disk meanwhile. The failure itself goes to whoever saves, as ever.
 */
export function tellingStore(store: Store, log: Logger): Store {
  const failing = new Set<string>();
  return {
    load: (path, schema) => store.load(path, schema),
    save: async (path, value) => {
      try {
        await store.save(path, value);
      } catch (error) {
        if (!failing.has(path)) {
          const why = says(error);
          log.warn(`${path} was not saved: ${why}. What was saved before stands; it is tried again`);
        }
        failing.add(path);
        throw error;
      }
      if (failing.delete(path)) log.info(`${path} is saved again`);
    },
  };
}
