/** Signals come to an end: what was begun goes on when nothing is broken any more. */
import { isBusFile } from '../../actors/records.ts';
import type { Law } from './law.ts';

/** A step of a signal takes less, when nothing is broken, ms. */
const STEP_WITHIN_MS = 900_000;
const UNDER_WAY: ReadonlySet<string> = new Set(['generated', 'evaluating', 'approved', 'executing']);

export const ENDING_LAWS: readonly Law[] = [
  {
    id: 'signals-go-on',
    says: 'at rest no signal has waited for its decision, its order or its fill for a quarter of an hour',
    watch: ({ damaged }, found) => {
      let lookedAt = 0;
      return {
        looked: ({ clock }) => {
          lookedAt = clock.now();
        },
        ended: ({ bus }) => {
          if ([...damaged].some(isBusFile)) return;
          const rests = new Map<string, { readonly state: string; readonly since: number }>();
          for (const { event_type, signal_id, new_state, ts } of bus) {
            const since = Number(ts) * 1_000;
            if (event_type === 'signal_generated') rests.set(String(signal_id), { state: 'generated', since });
            if (event_type === 'state_change') rests.set(String(signal_id), { state: String(new_state), since });
          }
          for (const [id, { state, since }] of rests)
            if (UNDER_WAY.has(state) && lookedAt - since > STEP_WITHIN_MS)
              found(`${id} is ${state} since ${Math.round((lookedAt - since) / 1_000)} s`);
        },
      };
    },
  },
];
