/** The ends of signals that were traded: what was filled is no signal that came to nothing, and what is over is learned from. */
import { isBusFile } from '../../actors/records.ts';
import type { LogRecord } from '../../ports/event-log.ts';
import type { Law } from './law.ts';

/** A position that is closed is learned from at once, where nothing is broken: looks of the laws, a quarter of an hour of them. */
const LEARNED_WITHIN = 90;

/** The last state of each signal, as its log has it. */
const lastStates = (bus: readonly LogRecord[]): ReadonlyMap<string, string> =>
  new Map(
    bus
      .filter(({ event_type }) => event_type === 'state_change')
      .map(({ signal_id, new_state }) => [String(signal_id), String(new_state)]),
  );

export const LESSON_LAWS: readonly Law[] = [
  {
    id: 'what-is-over-is-learned',
    says: 'at rest no signal is still executed of which nothing has been held for a quarter of an hour',
    watch: ({ damaged }, found) => {
      let looks = 0;
      const closed = new Map<string, number>();
      return {
        looked: () => {
          looks++;
        },
        acknowledged: ({ event_type, signal_id, position }) => {
          if (event_type !== 'position_change') return;
          const left = (position as { readonly qty?: unknown } | undefined)?.qty;
          if (left === 0) closed.set(String(signal_id), looks);
          else closed.delete(String(signal_id));
        },
        ended: ({ bus }) => {
          if ([...damaged].some(isBusFile)) return;
          const last = lastStates(bus);
          for (const [id, look] of closed)
            if (looks - look > LEARNED_WITHIN && last.get(id) === 'executed')
              found(`the position of ${id} is closed since ${looks - look} looks, and nothing was learned from it`);
        },
      };
    },
  },
  {
    id: 'what-was-filled-does-not-expire',
    says: 'at rest no signal has expired whose entry the exchange has filled',
    watch: ({ damaged }, found) => {
      const entries = new Map<string, string>();
      const filled = new Map<string, string>();
      return {
        sent: ({ intent: { purpose, signalId, clientOrderId } }) => {
          if (purpose === 'entry') entries.set(clientOrderId, signalId);
        },
        filled: ({ clientOrderId, fillId }) => {
          const signalId = entries.get(clientOrderId);
          if (signalId !== undefined) filled.set(signalId, fillId);
        },
        ended: ({ bus }) => {
          if ([...damaged].some(isBusFile)) return;
          const last = lastStates(bus);
          for (const [id, fillId] of filled)
            if (last.get(id) === 'expired') found(`${id} has expired, and ${fillId} is a fill of its entry`);
        },
      };
    },
  },
];
