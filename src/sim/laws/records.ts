/** Files: what was written stays, and nothing that cannot be read is written over before it is set aside. */
import { POSITIONS_FILE } from '../../actors/records.ts';
import type { ActorId } from '../../machines/messages.ts';
import { LOGS, ownerOf } from '../faults/owners.ts';
import type { Life } from '../life.ts';
import type { SimDisk } from '../sim-disk.ts';
import type { Law } from './law.ts';

/** Whole lines that are objects: what somebody else wrote into a log is none. */
function recordsIn(bytes: Buffer): readonly string[] {
  return bytes
    .toString('latin1')
    .split('\n')
    .slice(0, -1)
    .filter((line) => {
      try {
        const value: unknown = JSON.parse(line);
        return typeof value === 'object' && value !== null;
      } catch {
        return false;
      }
    });
}

/** What is known of a log since it was first seen in this incarnation of its owner. */
interface Seen {
  readonly file: number;
  readonly incarnation: number;
  readonly size: number;
  readonly records: readonly string[];
}

const incarnationOf = (life: Life, actor: ActorId | 'anyone' | null): number =>
  actor === null || actor === 'anyone'
    ? 0
    : (life.bot.mailboxes.ref(actor)?.getSnapshot().context?.life?.incarnation ?? 0);

const isKept = (disk: SimDisk, bytes: Buffer): boolean =>
  disk.paths(/^quarantine\/.*\.bin/).some((path) => disk.bytes(path).includes(bytes));

const isJson = (bytes: Buffer): boolean => {
  try {
    JSON.parse(bytes.toString('utf8'));
    return true;
  } catch {
    return false;
  }
};

export const RECORD_LAWS: readonly Law[] = [
  {
    id: 'records-stay',
    says: 'a record that stood in a log stands there as long as its owner has it open, whoever takes its name or its bytes',
    watch: ({ disk, damaged }, found) => {
      const seen = new Map<string, Seen>();
      const compare = (path: string): void => {
        const known = seen.get(path);
        const inode = disk.inode(path);
        // Where the name is gone it is yet to be put back; what was destroyed is nobody's fault.
        if (!known || !inode || damaged.has(path)) return;
        if (inode.id === known.file && inode.size === known.size) return;
        const there = new Set(recordsIn(disk.bytes(path)));
        const lost = known.records.filter((record) => !there.has(record));
        if (lost.length > 0) found(`${lost.length} records of ${path} are gone, ${lost[0]?.slice(0, 120)} first`);
      };
      return {
        born: () => seen.clear(),
        looked: (life) => {
          for (const path of LOGS) {
            const inode = disk.inode(path);
            const incarnation = incarnationOf(life, ownerOf(path));
            const known = seen.get(path);
            if (!inode) continue;
            // One that was opened anew while its name was gone began anew.
            if (known?.incarnation === incarnation) compare(path);
            if (known?.incarnation === incarnation && known.file === inode.id && known.size === inode.size) continue;
            seen.set(path, { file: inode.id, incarnation, size: inode.size, records: recordsIn(disk.bytes(path)) });
          }
        },
      };
    },
  },
  {
    id: 'set-aside-first',
    says: 'a positions file that cannot be read is in quarantine, whole, before it is written over',
    watch: ({ disk }, found) => ({
      called: ({ operation, path }) => {
        if (operation !== 'write' || path !== POSITIONS_FILE) return;
        const bytes = disk.bytes(path);
        if (bytes.length > 0 && !isJson(bytes) && !isKept(disk, bytes))
          found(`${path} cannot be read and is written over, and its ${bytes.length} bytes are nowhere`);
      },
    }),
  },
];
