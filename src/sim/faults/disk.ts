/** Faults of the whole disk, for a while. */
import type { Chance } from '../../ports/chance.ts';
import type { DiskTrouble } from '../disk-trouble.ts';
import { ACTORS } from '../roster.ts';
import { type FaultRule, pick, type Stage, within } from './fault.ts';

/** Something is the matter with the disk for so long. */
const troubled =
  (ms: readonly [number, number], draw: (chance: Chance) => Partial<DiskTrouble>): FaultRule['inflict'] =>
  (stage: Stage, chance: Chance) => {
    const { disk, host } = stage;
    const end = disk.suffer(draw(chance));
    stage.lasts(within(chance, ...ms), end);
    return host.life ? ACTORS : [];
  };

export const DISK_FAULTS: readonly FaultRule[] = [
  {
    kind: 'disk-full',
    strikes: 'the disk: nothing more can be written, or only a part of what is to be',
    meets: ACTORS,
    inflict: troubled([1_000, 121_000], (chance) => ({ refusing: 'ENOSPC', inPart: chance.next() < 0.5 })),
  },
  {
    kind: 'disk-errors',
    strikes: 'the disk: every write fails with an I/O error',
    meets: ACTORS,
    inflict: troubled([100, 20_100], (chance) => ({ refusing: 'EIO', inPart: chance.next() < 0.5 })),
  },
  {
    kind: 'disk-unreadable',
    strikes: 'the disk: every read fails with an I/O error',
    meets: ACTORS,
    inflict: troubled([100, 20_100], () => ({ unreadable: true })),
  },
  {
    kind: 'disk-denied',
    strikes: 'the disk: the system refuses to open or to make a file (EACCES), or to change anything (EROFS)',
    meets: ACTORS,
    inflict: troubled([1_000, 121_000], (chance) => ({ refusing: pick(chance, ['EACCES', 'EROFS'] as const) })),
  },
  {
    kind: 'disk-slow',
    strikes: 'the disk: a call that changes it takes a while, milliseconds to seconds',
    meets: ACTORS,
    inflict: troubled([5_000, 60_000], (chance) => ({ slowMs: pick(chance, [20, 300, 2_000, 10_000]) })),
  },
  {
    kind: 'sync-fails',
    strikes: 'the disk: a sync fails with an I/O error, and the system forgets that it had something to write',
    meets: ACTORS,
    inflict: troubled([100, 20_100], () => ({ unsyncable: true })),
  },
];
