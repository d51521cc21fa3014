/** Faults of the process, of its machine, and of that machine's time. */
import { SIGNAL_BUS_FILE } from '../../actors/records.ts';
import { ACTORS } from '../roster.ts';
import { type FaultRule, type Stage, within } from './fault.ts';

/** Calls of the disk within which it dies. */
const CALLS = 40;
/** So long calls take as long as on a slow medium, ms: it is cut off while some are under way. */
const UNDER_WAY_MS = 120_000;
/** A clock is set wrong by so much, ms, and put right after so long. */
const JUMP_MS = [10_000, 2 * 3_600_000] as const;
const WRONG_MS = [60_000, 1_800_000] as const;

const everyone = ({ host }: Stage) => (host.life ? ACTORS : []);

/** The time of day of the machine is wrong for a while: whoever starts meanwhile believes it. */
function setClock(stage: Stage, ahead: number, wrongMs: number): void {
  stage.setClock(ahead);
  stage.lasts(wrongMs, () => stage.setClock(-ahead));
}

export const PROCESS_FAULTS: readonly FaultRule[] = [
  {
    kind: 'crash',
    strikes: 'the process: it dies in the middle of one of its next calls of the disk, and what it wrote is there',
    meets: ACTORS,
    inflict: (stage, chance) => {
      const met = everyone(stage);
      stage.host.dieAt(within(chance, 1, CALLS), null);
      return met;
    },
  },
  {
    kind: 'power-cut',
    strikes:
      'the machine: it dies in the middle of one of its next calls of the disk, or of a sync of the event log, and what was not synced is there in part',
    meets: ACTORS,
    inflict: (stage, chance) => {
      const met = everyone(stage);
      const calls = within(chance, 1, CALLS);
      // A sync takes its time, and others go on meanwhile: what somebody says before it is over may be lost.
      const isInSync = chance.next() < 0.5;
      stage.host.dieAt(calls, chance.fork('medium'), isInSync ? SIGNAL_BUS_FILE : null);
      if (isInSync) stage.lasts(UNDER_WAY_MS, stage.disk.suffer({ slowMs: 20 }));
      return met;
    },
  },
  {
    kind: 'clock-forward',
    strikes: 'the time of day: somebody sets it forward, or the machine sleeps',
    meets: ACTORS,
    inflict: (stage, chance) => {
      const ms = within(chance, ...JUMP_MS);
      setClock(stage, ms, within(chance, ...WRONG_MS));
      return everyone(stage);
    },
  },
  {
    kind: 'clock-back',
    strikes: 'the time of day: somebody sets it back',
    meets: ACTORS,
    inflict: (stage, chance) => {
      const ms = within(chance, ...JUMP_MS);
      setClock(stage, -ms, within(chance, ...WRONG_MS));
      return everyone(stage);
    },
  },
];
