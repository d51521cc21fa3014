/** Faults of single files, by somebody else's hand. */
import type { ActorId } from '../../machines/messages.ts';
import type { Chance } from '../../ports/chance.ts';
import { type FaultRule, pick, type Stage, within } from './fault.ts';
import { DOCUMENTS, LEDGER_FILE, LOGS, meets, SIGNAL_BUS_FILE } from './owners.ts';

const ALL_LOGS = [...LOGS, SIGNAL_BUS_FILE, LEDGER_FILE];
const EVERYTHING = [...ALL_LOGS, ...DOCUMENTS];
const GARBAGE = ['no record\n', '{"torn":', '\u0000\u0000\n', '{"event_type":"foreign","ts":1}\n', '\n\n\n'];
/** What the owner's own record is glued to, where nobody saw it coming. */
const UNFINISHED = ['{"torn":', 'no record', '{"event_type":"foreign"'];
const SCRATCH = Buffer.from('#####');

const owners = (paths: readonly string[]): readonly ActorId[] => [...new Set(paths.map(meets))];

/** Does something to one of these files, where it is there and not shorter than `least`. */
function touching(
  paths: readonly string[],
  least: number,
  touch: (stage: Stage, path: string, chance: Chance, size: number) => void,
): FaultRule['inflict'] {
  return (stage, chance) => {
    const path = pick(chance, paths);
    const size = stage.disk.inode(path)?.size ?? -1;
    if (size < least) return [];
    touch(stage, path, chance, size);
    return [meets(path)];
  };
}

export const FILE_FAULTS: readonly FaultRule[] = [
  {
    kind: 'log-deleted',
    strikes: 'a log: its name is gone',
    meets: owners(ALL_LOGS),
    inflict: touching(ALL_LOGS, 0, ({ disk, damaged }, path) => {
      // Whoever has it open can give it back; when he is gone as well, so is all that was in it.
      damaged(path);
      disk.remove(path);
    }),
  },
  {
    kind: 'file-replaced',
    strikes: 'a file: another one bears its name, empty or an older copy',
    meets: owners(EVERYTHING),
    inflict: touching(EVERYTHING, 1, ({ disk, damaged }, path, chance, size) => {
      damaged(path);
      const isCopy = chance.next() < 0.5;
      disk.replace(path, isCopy ? Buffer.from(disk.bytes(path).subarray(0, size >> 1)) : new Uint8Array(0));
    }),
  },
  {
    kind: 'file-truncated',
    strikes: 'a file: somebody cuts it off in the middle',
    meets: owners(EVERYTHING),
    inflict: touching(EVERYTHING, 100, ({ disk, damaged }, path, chance, size) => {
      damaged(path);
      disk.inode(path)?.cut(within(chance, 0, size));
    }),
  },
  {
    kind: 'garbage-appended',
    strikes: 'a log: somebody else writes to its end what is no record',
    meets: owners(ALL_LOGS),
    inflict: touching(ALL_LOGS, 0, ({ disk }, path, chance) => disk.append(path, Buffer.from(pick(chance, GARBAGE)))),
  },
  {
    kind: 'foreign-writer',
    strikes: 'a log: another process appends to it for a while, also in the midst of what its owner appends',
    meets: owners(ALL_LOGS),
    inflict: touching(ALL_LOGS, 0, ({ disk, clock, lasts }, path, chance) => {
      let isThere = true;
      lasts(within(chance, 5_000, 60_000), () => {
        isThere = false;
      });
      const write = (): void => {
        if (!isThere) return;
        if (chance.next() < 0.5) disk.race(path, Buffer.from(pick(chance, UNFINISHED)));
        else disk.append(path, Buffer.from(pick(chance, GARBAGE)));
        clock.setTimeout(write, within(chance, 500, 8_000));
      };
      write();
    }),
  },
  {
    kind: 'bytes-overwritten',
    strikes: 'a log: five bytes of it are others',
    meets: owners(ALL_LOGS),
    inflict: touching(ALL_LOGS, 100, ({ disk, damaged }, path, chance, size) => {
      damaged(path);
      disk.damage(path, within(chance, 0, size - 10), SCRATCH);
    }),
  },
  {
    kind: 'bit-flipped',
    strikes: 'a file: one bit of it is the other',
    meets: owners(EVERYTHING),
    inflict: touching(EVERYTHING, 10, ({ disk, damaged }, path, chance, size) => {
      damaged(path);
      const at = within(chance, 0, size);
      disk.damage(path, at, Buffer.from([(disk.bytes(path)[at] ?? 0) ^ (1 << within(chance, 0, 8))]));
    }),
  },
  {
    kind: 'document-torn',
    strikes: 'a document: a part of it is no JSON',
    meets: owners(DOCUMENTS),
    inflict: touching(DOCUMENTS, 11, ({ disk }, path) => disk.damage(path, 2, SCRATCH)),
  },
  {
    kind: 'file-locked',
    strikes: "a file: its mode lets nobody write it, set by the bot's own user or by another",
    meets: owners(EVERYTHING),
    inflict: touching(EVERYTHING, 0, ({ disk, lasts }, path, chance) => {
      const inode = disk.inode(path);
      if (!inode) return;
      inode.locked = pick(chance, ['by us', 'by another'] as const);
      lasts(within(chance, 5_000, 300_000), () => {
        inode.locked = null;
      });
    }),
  },
];
