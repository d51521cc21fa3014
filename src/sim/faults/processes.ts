/** Faults of the process and of its machine. */
import { ACTORS } from '../roster.ts';
import { type FaultRule, type Stage, within } from './fault.ts';

/** Calls of the disk within which it dies. */
const CALLS = 40;

const everyone = ({ host }: Stage) => (host.life ? ACTORS : []);

export const PROCESS_FAULTS: readonly FaultRule[] = [
  {
    kind: 'crash',
    strikes: 'the process: it dies in the middle of one of its next calls of the disk, and what it wrote is there',
    inflict: (stage, chance) => {
      const met = everyone(stage);
      stage.host.dieAt(within(chance, 1, CALLS), null);
      return met;
    },
  },
  {
    kind: 'power-cut',
    strikes:
      'the machine: it dies in the middle of one of its next calls of the disk, and what was not synced is there in part',
    inflict: (stage, chance) => {
      const met = everyone(stage);
      stage.host.dieAt(within(chance, 1, CALLS), chance.fork('medium'));
      return met;
    },
  },
];
