/** Faults of the whole disk, for a while. */
import { ACTORS } from '../roster.ts';
import { type FaultRule, type Stage, within } from './fault.ts';

const refusing = (stage: Stage, code: 'ENOSPC' | 'EIO', ms: number) => {
  const { disk, host } = stage;
  disk.refusing = code;
  stage.lasts(ms, () => {
    if (disk.refusing === code) disk.refusing = null;
  });
  return host.life ? ACTORS : [];
};

export const DISK_FAULTS: readonly FaultRule[] = [
  {
    kind: 'disk-full',
    strikes: 'the disk: nothing more can be written',
    inflict: (stage, chance) => refusing(stage, 'ENOSPC', within(chance, 1_000, 121_000)),
  },
  {
    kind: 'disk-errors',
    strikes: 'the disk: every write fails with an I/O error',
    inflict: (stage, chance) => refusing(stage, 'EIO', within(chance, 100, 20_100)),
  },
];
