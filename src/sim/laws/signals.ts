/** Signals: every one is in a legal state, and came there by legal steps. */
import { isBusFile } from '../../actors/records.ts';
import { LIFECYCLE_TABLE } from '../../actors/signal-registry.ts';
import type { Law } from './law.ts';

/** `generated → evaluating` and so on. */
const EDGES = new Set(
  LIFECYCLE_TABLE.states.flatMap((from, place) =>
    LIFECYCLE_TABLE.events.flatMap((_, event) => {
      const to = LIFECYCLE_TABLE.states[LIFECYCLE_TABLE.next(place, event)];
      return to === undefined ? [] : [`${from.split('.')[0]} → ${to.split('.')[0]}`];
    }),
  ),
);

export const SIGNAL_LAWS: readonly Law[] = [
  {
    id: 'histories-are-legal',
    says: 'every step of a signal is one of its machine, and begins where the one before ended',
    watch: ({ damaged }, found) => ({
      ended: ({ bus }) => {
        const isWhole = ![...damaged].some(isBusFile);
        const states = new Map<string, string>();
        for (const record of bus) {
          const signal = String(record.signal_id);
          if (record.event_type === 'signal_generated') states.set(signal, 'generated');
          if (record.event_type !== 'state_change') continue;
          const [from, to] = [String(record.old_state), String(record.new_state)];
          const before = states.get(signal);
          // Where bytes were destroyed a step may be missing; a step that does not exist is none all the same.
          if (isWhole && before !== from) found(`signal ${signal} left ${from}, but it was in ${before ?? 'no state'}`);
          if (!EDGES.has(`${from} → ${to}`)) found(`signal ${signal} went from ${from} to ${to}`);
          states.set(signal, to);
        }
      },
    }),
  },
];
