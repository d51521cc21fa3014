/** When the faults are over: all goes on, and all agree. */
import { changeOf, PositionBook } from '../../../actors/position-book.ts';
import { readRecord } from '../../../actors/records.ts';
import type { FleetLaw } from './fleet-law.ts';

const NO_ORDER_UNDER_WAY = new Set(['blocked', 'executed', 'expired', 'learned']);

export const REST_LAWS: readonly FleetLaw[] = [
  {
    id: 'work-goes-on',
    says: 'when the faults are over every partition has new signals, and orders that are filled',
    watch: ({ now, script }, found) => {
      const ideas = new Map<string, number>();
      let filledAt = 0;
      let calmFrom = 0;
      const { leaseMs } = script.setting;
      return {
        looked: () => {
          calmFrom ||= now() + script.faultyMs + 2 * leaseMs;
        },
        acknowledged: ({ partition }, { event_type }) => {
          if (event_type === 'signal_generated' && now() > calmFrom) ideas.set(partition, now());
        },
        filled: () => {
          filledAt = now();
        },
        ended: (left) => {
          for (const { partition } of left)
            if (!ideas.has(partition)) found(`${partition} has had no signal since the faults`);
          if (filledAt < calmFrom) found('nothing was filled since the faults');
        },
      };
    },
  },
  {
    id: 'books-agree',
    says: 'at rest each partition’s log says what the exchange holds of its symbols, and no order is under way',
    watch: (_, found) => ({
      ended: (left) => {
        for (const { partition, records, held } of left) {
          const book = new PositionBook();
          const states = new Map<string, string>();
          for (const raw of records) {
            const record = readRecord(raw);
            if (record?.event_type === 'position_change') book.take(changeOf(record));
            if (record?.event_type === 'state_change') states.set(record.signal_id, record.new_state);
          }
          const net = book.net();
          for (const symbol of new Set([...held.keys(), ...net.keys()]))
            if (Math.abs((held.get(symbol) ?? 0) - (net.get(symbol) ?? 0)) > 1e-9)
              found(
                `${partition}: the exchange holds ${held.get(symbol) ?? 0} ${symbol}, the log ${net.get(symbol) ?? 0}`,
              );
          for (const [id, state] of states)
            if (!NO_ORDER_UNDER_WAY.has(state) && state === 'executing') found(`${partition}: ${id} is still ${state}`);
        }
      },
    }),
  },
];
