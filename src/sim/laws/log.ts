/** The event log: what was acknowledged is in it, once. */
import { isBusFile } from '../../actors/records.ts';
import type { Law, Scene } from './law.ts';

const isDamaged = ({ damaged }: Scene): boolean => [...damaged].some(isBusFile);

export const LOG_LAWS: readonly Law[] = [
  {
    id: 'nothing-acknowledged-is-lost',
    says: 'an event that was acknowledged is in the log, or what is left of it in quarantine',
    watch: (scene, found) => {
      const acknowledged: string[] = [];
      return {
        acknowledged: (record) => void acknowledged.push(String(record.event_id)),
        ended: ({ bus }) => {
          const there = new Set(bus.map((record) => String(record.event_id)));
          const lost = acknowledged.filter((id) => !there.has(id));
          if (lost.length > 0 && !isDamaged(scene))
            found(`${lost.length} acknowledged events are gone, ${lost[0]} first`);
        },
      };
    },
  },
  {
    id: 'nothing-is-doubled',
    says: 'no event and no number is in the log twice',
    watch: (_, found) => ({
      ended: ({ bus, verdict }) => {
        const seen = new Set<string>();
        for (const record of bus) {
          const id = String(record.event_id);
          if (seen.has(id)) found(`event ${id} is in the log twice`);
          seen.add(id);
        }
        if (verdict.duplicateSeq.length > 0) found(`numbers given twice: ${verdict.duplicateSeq.join(', ')}`);
      },
    }),
  },
  {
    id: 'the-log-is-mended',
    says: 'at rest no bad line is left, and no number is missing without a trace',
    watch: (_, found) => ({
      ended: ({ verdict }) => {
        const [bad] = verdict.bad;
        if (bad) found(`${verdict.bad.length} bad lines are left, at ${bad.offset} the first: ${bad.reason}`);
        if (verdict.gaps > 0) found(`${verdict.gaps} numbers are missing without a trace`);
      },
    }),
  },
];
