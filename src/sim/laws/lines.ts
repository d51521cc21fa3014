/** Lines of logs: ours stand alone, whoever else writes. */
import { SIGNAL_BUS_FILE } from '../../actors/records.ts';
import { LEDGER_FILE, LOGS } from '../faults/owners.ts';
import type { Inode } from '../inode.ts';
import type { Law } from './law.ts';
import { readOnce } from './read-once.ts';
import { isRecord } from './records.ts';

const NEWLINE = 0x0a;
const BLANK = 0x20;

/** A log whose last line has no end, since so many looks. */
interface Unended {
  readonly file: Inode;
  readonly size: number;
  readonly looks: number;
}

/** Nothing but blanks stands behind the end of the line before: in front of a record they are no damage. */
const hasEnd = readOnce((bytes): boolean =>
  bytes.subarray(bytes.lastIndexOf(NEWLINE) + 1).every((byte) => byte === BLANK),
);

/** Blanks before it are no part of anything: what stood there was set aside, was cut off, and is put back as it was. */
const beginsWithEnd = (bytes: Uint8Array): boolean => bytes.find((byte) => byte !== BLANK) === NEWLINE;

/** Is it what somebody has cut off? The beginning of another record makes none of what stands there. */
function isRestOf(stands: Buffer, appended: Uint8Array): boolean {
  const begun = stands.subarray(stands.lastIndexOf(NEWLINE) + 1);
  const rest = Buffer.from(appended).subarray(0, appended.indexOf(NEWLINE));
  return isRecord(Buffer.concat([begun, rest]));
}

/** What was appended, and where. */
interface Placed {
  readonly at: number;
  readonly bytes: Buffer;
}
/** So many at least are remembered of each log: half of a ledger may be cut off, and is put back. */
const PLACED_KEPT = 5_000;

/** Does it stand where it has stood before? The line that it is the end of may have been written over since it was cut off. */
const isPutBack = (placed: readonly Placed[], at: number, appended: Uint8Array): boolean =>
  placed.some((one) => {
    const rest = one.at < at ? one.bytes.subarray(at - one.at) : Buffer.alloc(0);
    return rest.length > 0 && rest.equals(appended.subarray(0, rest.length));
  });

export const LINE_LAWS: readonly Law[] = [
  {
    id: 'lines-are-ended-first',
    says: 'what is appended to a line without an end, which has stood there for longer than a look of the laws, begins with that end, is the rest of it, or is put back where it stood',
    watch: ({ disk }, found) => {
      const unended = new Map<string, Unended>();
      const placed = new Map<string, Placed[]>();
      return {
        looked: () => {
          for (const path of [...LOGS, SIGNAL_BUS_FILE, LEDGER_FILE]) {
            const file = disk.inode(path);
            const known = unended.get(path);
            if (file === null || hasEnd(file)) unended.delete(path);
            else {
              const isSame = known?.file === file && known.size === file.size;
              unended.set(path, { file, size: file.size, looks: isSame ? known.looks + 1 : 1 });
            }
          }
        },
        called: ({ operation, path, appends }) => {
          if (operation !== 'append' || !appends) return;
          const before = placed.get(path) ?? [];
          const one = { at: appends.to.size, bytes: Buffer.from(appends.bytes) };
          const isBack = unended.has(path) && isPutBack(before, one.at, one.bytes);
          before.push(one);
          if (before.length > 2 * PLACED_KEPT) before.splice(0, PLACED_KEPT);
          placed.set(path, before);
          const known = unended.get(path);
          // Whoever has just written there came between its owner's look and his append.
          if (!known || known.looks < 2 || known.file !== appends.to || known.size !== known.file.size) return;
          // Blanked meanwhile, where it stood.
          if (hasEnd(known.file)) return;
          const { bytes } = appends;
          if (isBack) return;
          if (!beginsWithEnd(bytes) && !isRestOf(known.file.bytes, bytes))
            found(`${bytes.length} bytes are appended to ${path}, whose last line has no end`);
        },
      };
    },
  },
  {
    id: 'acknowledged-stands-alone',
    says: 'an event stands on a line of its own when it is acknowledged, also where somebody else wrote there in the moment in which it was appended',
    watch: ({ disk, damaged }, found) => ({
      acknowledged: ({ event_type, event_id: id }) => {
        const file = disk.inode(SIGNAL_BUS_FILE);
        if (file === null || damaged.has(SIGNAL_BUS_FILE) || typeof id !== 'string') return;
        const { bytes } = file;
        const at = bytes.lastIndexOf(id);
        // Its segment may be sealed by then, or somebody may have taken the name away.
        if (at < 0) return;
        const before = bytes.toString('latin1', bytes.lastIndexOf(NEWLINE, at) + 1, at).trimStart();
        if (before !== `{"event_type":"${event_type}","event_id":"`)
          found(`event ${id} stands behind ${before.slice(0, 40)}`);
      },
    }),
  },
];
