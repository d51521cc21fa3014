/** Intents of exits and stops in the log: each is there once, whoever wrote it. */
import { isBusFile, orderIntent } from '../../actors/records.ts';
import type { Law } from './law.ts';

export const INTENT_LAWS: readonly Law[] = [
  {
    id: 'intents-are-written-once',
    says: 'at rest the log has one intent of each exit and stop: what is known is not found again',
    watch: ({ damaged }, found) => ({
      ended: ({ bus }) => {
        // What others destroyed may be found at the exchange, and then be put back.
        if ([...damaged].some(isBusFile)) return;
        const written = new Set<string>();
        for (const record of bus) {
          const { data } = orderIntent.safeParse(record);
          if (!data) continue;
          const { clientOrderId } = data.intent;
          if (written.has(clientOrderId)) found(`the intent of ${clientOrderId} is in the log twice`);
          written.add(clientOrderId);
        }
      },
    }),
  },
];
