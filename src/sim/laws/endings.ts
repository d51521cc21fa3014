/** Signals come to an end: what was begun goes on when nothing is broken any more. */
import { isBusFile } from '../../actors/records.ts';
import type { Law } from './law.ts';

/** A step of a signal takes less, when nothing is broken: looks of the laws, a quarter of an hour of them. */
const STEP_WITHIN = 90;
const UNDER_WAY: ReadonlySet<string> = new Set(['generated', 'evaluating', 'approved', 'executing']);

export const ENDING_LAWS: readonly Law[] = [
  {
    id: 'signals-go-on',
    says: 'at rest no signal has waited for its decision, its order or its fill for a quarter of an hour',
    watch: ({ damaged }, found) => {
      let looks = 0;
      const steps = new Map<string, { readonly state: string; readonly look: number }>();
      return {
        looked: () => {
          looks++;
        },
        acknowledged: ({ event_type, signal_id, new_state }) => {
          if (event_type === 'signal_generated') steps.set(String(signal_id), { state: 'generated', look: looks });
          if (event_type === 'state_change') steps.set(String(signal_id), { state: String(new_state), look: looks });
        },
        ended: ({ bus }) => {
          if ([...damaged].some(isBusFile)) return;
          // A process may die between a step's being in the log and its being acknowledged: the step is made.
          const made = bus.filter(({ event_type }) => event_type === 'state_change');
          const last = new Map(made.map(({ signal_id, new_state }) => [String(signal_id), new_state]));
          for (const [id, { state, look }] of steps)
            if (UNDER_WAY.has(state) && UNDER_WAY.has(String(last.get(id) ?? state)) && looks - look > STEP_WITHIN)
              found(`${id} is ${state} since ${looks - look} looks`);
        },
      };
    },
  },
];
