/** The log of each partition: what was acknowledged is there, once, and nothing is missing in between. */
import type { LogVerdict } from '../../../ports/event-log.ts';
import type { FleetLaw } from './fleet-law.ts';

function wrongIn({ bad, gaps, missingSeq, duplicateSeq, exists }: LogVerdict): string | null {
  if (!exists) return 'the log is missing';
  if (bad.length > 0) return `line ${bad[0]?.line} does not verify: ${bad[0]?.reason}`;
  if (gaps > 0 || missingSeq.length > 0) return `numbers are missing: ${JSON.stringify(missingSeq)}`;
  return duplicateSeq.length > 0 ? `numbers stand there twice: ${duplicateSeq}` : null;
}

export const RECORD_LAWS: readonly FleetLaw[] = [
  {
    id: 'acknowledged-stays',
    says: 'a record that was acknowledged under any owner is in the log at the end',
    watch: (_, found) => {
      const acknowledged = new Map<string, Map<string, string>>();
      return {
        acknowledged: ({ partition, process }, { event_id, event_type }) => {
          const of = acknowledged.get(partition) ?? new Map<string, string>();
          acknowledged.set(partition, of.set(String(event_id), `${event_type} of ${process}`));
        },
        ended: (left) => {
          for (const { partition, records } of left) {
            const there = new Set(records.map(({ event_id }) => String(event_id)));
            const lost = [...(acknowledged.get(partition) ?? [])].filter(([id]) => !there.has(id));
            if (lost.length > 0)
              found(`${partition}: ${lost.length} acknowledged records are gone; a ${lost[0]?.[1]} first`);
          }
        },
      };
    },
  },
  {
    id: 'nothing-twice',
    says: 'no record, no signal and no fill is in the log twice',
    watch: (_, found) => ({
      ended: (left) => {
        for (const { partition, records } of left) {
          const seen = new Set<string>();
          for (const { event_id, event_type, signal_id, fill_id } of records) {
            const keys = [`record ${event_id}`];
            if (event_type === 'signal_generated') keys.push(`signal ${signal_id}`);
            if (event_type === 'position_change') keys.push(`fill ${fill_id}`);
            for (const key of keys) {
              if (seen.has(key)) found(`${partition}: ${key} stands there twice`);
              seen.add(key);
            }
          }
        }
      },
    }),
  },
  {
    id: 'logs-are-whole',
    says: 'whoever takes a partition over finds a log without a gap, a torn line or a number twice; so does who reads it at the end',
    watch: (_, found) => ({
      opened: ({ partition, process, epoch }, verdict) => {
        const wrong = wrongIn(verdict);
        if (wrong !== null) found(`${partition} as ${process} found it (epoch ${epoch}): ${wrong}`);
      },
      ended: (left) => {
        for (const { partition, verdict } of left) {
          const wrong = wrongIn(verdict);
          if (wrong !== null) found(`${partition} at the end: ${wrong}`);
        }
      },
    }),
  },
  {
    id: 'states-follow',
    says: 'every change of a signal begins where the one before it ended',
    watch: (_, found) => ({
      ended: (left) => {
        for (const { partition, records } of left) {
          const states = new Map<unknown, unknown>();
          for (const { event_type, signal_id, old_state, new_state } of records) {
            if (event_type === 'signal_generated') states.set(signal_id, 'generated');
            if (event_type !== 'state_change') continue;
            const state = states.get(signal_id);
            if (state !== old_state) found(`${partition}: ${signal_id} left ${old_state}, and was ${state}`);
            states.set(signal_id, new_state);
          }
        }
      },
    }),
  },
];
