/** Faults of single files, by somebody else's hand. */

import { type FaultRule, pick, within } from './fault.ts';
import { DOCUMENTS, LOGS, meets, SIGNAL_BUS_FILE } from './owners.ts';

const GARBAGE = ['no record\n', '{"torn":', '\u0000\u0000\n'];
const SCRATCH = Buffer.from('#####');

export const FILE_FAULTS: readonly FaultRule[] = [
  {
    kind: 'log-deleted',
    strikes: 'a log: its name is gone',
    inflict: ({ disk }, chance) => {
      const path = pick(chance, LOGS);
      if (!disk.inode(path)) return [];
      disk.remove(path);
      return [meets(path)];
    },
  },
  {
    kind: 'garbage-appended',
    strikes: 'a log: somebody else writes to its end what is no record',
    inflict: ({ disk }, chance) => {
      const path = pick(chance, [...LOGS, SIGNAL_BUS_FILE]);
      if (!disk.inode(path)) return [];
      disk.append(path, Buffer.from(pick(chance, GARBAGE)));
      return [meets(path)];
    },
  },
  {
    kind: 'bytes-overwritten',
    strikes: 'a log: five bytes of it are others',
    inflict: ({ disk, damaged }, chance) => {
      const path = pick(chance, [...LOGS, SIGNAL_BUS_FILE]);
      const { length } = disk.bytes(path);
      const at = within(chance, 0, Math.max(1, length - 10));
      if (length < 100) return [];
      damaged(path);
      disk.damage(path, at, SCRATCH);
      return [meets(path)];
    },
  },
  {
    kind: 'document-torn',
    strikes: 'a document: a part of it is no JSON',
    inflict: ({ disk }, chance) => {
      const path = pick(chance, DOCUMENTS);
      if (disk.bytes(path).length <= 10) return [];
      disk.damage(path, 2, SCRATCH);
      return [meets(path)];
    },
  },
];
