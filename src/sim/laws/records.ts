/** Files: what was written stays, and nothing that cannot be read is written over before it is set aside. */
import { isBusFile, POSITIONS_FILE } from '../../actors/records.ts';
import { QUARANTINE_INDEX, quarantineEntries } from '../../adapters/file-quarantine.ts';
import type { ActorId } from '../../machines/messages.ts';
import type { QuarantineEntry } from '../../ports/quarantine.ts';
import { LOGS, ownerOf } from '../faults/owners.ts';
import type { Inode } from '../inode.ts';
import type { Life } from '../life.ts';
import { standingOf } from '../meetings.ts';
import type { SimDisk } from '../sim-disk.ts';
import type { Law } from './law.ts';
import { readLinesOnce, readOnce } from './read-once.ts';

/** What somebody took away is back by then, tried again where it was given up: looks of the laws, a quarter of an hour of them. */
const PUT_BACK_WITHIN = 90;

export const isRecord = (line: Buffer): boolean => {
  try {
    const value: unknown = JSON.parse(line.toString('latin1'));
    return typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
};

/** What the faults write into a log begins so. */
const FOREIGN = '{"event_type":"foreign"';

/** What is known of a log since it was last looked at. */
interface Seen {
  readonly file: Inode;
  readonly version: number;
  readonly incarnation: number;
  readonly size: number;
  readonly records: readonly string[];
  /** Looks since some of it is gone. */
  awaited: number;
}

const incarnationOf = (life: Life, actor: ActorId | 'anyone' | null): number =>
  actor === null || actor === 'anyone'
    ? 0
    : (life.bot.mailboxes.ref(actor)?.getSnapshot().context?.life?.incarnation ?? 0);

/** An owner that could not open its log has nothing that could be put back. */
const hasOpen = (life: Life, actor: ActorId | 'anyone' | null): boolean =>
  actor === null || actor === 'anyone' || standingOf(life, actor).startsWith('running');

const isKept = (disk: SimDisk, bytes: Buffer): boolean =>
  disk.paths(/^quarantine\/.*\.bin/).some((path) => disk.bytes(path).includes(bytes));

const EVENT_ID = /"event_id":"([^"]+)"/g;
const BEGINS_AS_OURS = /^\s*\{"event_type":"/;
/** Taking back was refused half-way before. */
const BEGINS_BLANK = /^ /;
const isBlankByte = (byte: number): boolean => byte === 0x20 || byte === 0x0a;
const isBlank = (bytes: Uint8Array): boolean => bytes.every(isBlankByte);

/** Why what stood in a file could not be put back by the index of the quarantine; `null`: it could. */
function whyNotKept(disk: SimDisk, source: string, offset: number, bytes: Buffer): string | null {
  const index = disk.inode(QUARANTINE_INDEX);
  const isIt = (one: QuarantineEntry): boolean =>
    one.source === source &&
    one.offset === offset &&
    one.length >= bytes.length &&
    // Who cuts the log off meanwhile leaves the beginning of what was kept.
    disk
      .bytes(one.file)
      .subarray(one.at, one.at + bytes.length)
      .equals(bytes);
  if (!quarantineEntries(index?.bytes ?? Buffer.alloc(0)).some(isIt)) return 'no entry of the quarantine has them';
  // Others may be writing to it meanwhile.
  return quarantineEntries(index?.durable ?? Buffer.alloc(0)).some(isIt) ? null : 'the entry of it is not durable';
}

const isJson = readOnce((bytes): boolean => {
  try {
    JSON.parse(bytes.toString('utf8'));
    return true;
  } catch {
    return false;
  }
});

export const RECORD_LAWS: readonly Law[] = [
  {
    id: 'records-stay',
    says: 'a record that stood in a log stands there as long as its owner has it open, whoever takes its name or its bytes; what was taken is put back within a quarter of an hour, and at rest',
    watch: ({ disk, damaged }, found) => {
      const seen = new Map<string, Seen>();
      /** Which file each owner has written to last, whatever its name leads to. */
      const written = new Map<string, Inode>();
      /** Files that their owners have made anew since the last look. */
      const remade = new Set<string>();
      /** Lines as they stood when somebody had written into them: nobody's records, also where they are objects still. */
      const spoilt = new Set<string>();
      let heard = 0;
      /** What somebody has written over is gone from then on, and not when the file is cut off and put back later. */
      const hear = (): void => {
        for (const { file, was, is } of disk.writtenOver.slice(heard)) {
          for (const line of is) spoilt.add(line);
          // One that its owner has made in its place since holds the same.
          for (const [path, known] of seen)
            if (known.file === file || (remade.has(path) && disk.inode(path) === file))
              seen.set(path, { ...known, records: known.records.filter((record) => !was.includes(record)) });
        }
        heard = disk.writtenOver.length;
        remade.clear();
      };
      /** Its whole lines that are objects, as their owner wrote them. */
      const recordsOf = readLinesOnce((line) => {
        const text = line.toString('latin1');
        return isRecord(line) && !spoilt.has(text) ? [text] : [];
      });
      const lostOf = (
        { file, records, size }: Seen,
        now: Inode,
        is: readonly string[],
        path: string,
      ): readonly string[] => {
        // In place, what somebody wrote over is nobody's fault; what he cut off can be put back, and what the old file still has under another name.
        if ((now === file && damaged.has(path) && now.size >= size) || records.every((record, at) => record === is[at]))
          return [];
        const there = new Set(is);
        const could = now === file ? null : new Set(recordsOf(file));
        const isAnothers = file !== (written.get(path) ?? file);
        // What is no longer in any file is put back by whoever wrote it, and somebody else may have; what others wrote into a file that they
        // had put in the place of the log goes into quarantine with it.
        const isKnown = (record: string): boolean =>
          (could?.has(record) ?? !record.startsWith(FOREIGN)) && !(isAnothers && record.startsWith(FOREIGN));
        return records.filter((record) => !there.has(record) && isKnown(record));
      };
      const look = (life: Life, patience: number): void => {
        hear();
        for (const path of LOGS) {
          const inode = disk.inode(path);
          const owner = ownerOf(path);
          if (!hasOpen(life, owner)) {
            seen.delete(path);
            continue;
          }
          const incarnation = incarnationOf(life, owner);
          const known = seen.get(path);
          if (!inode) continue;
          if (known?.file === inode && known.size === inode.size) {
            // What its owner has put back in its place is awaited again.
            if (known.version !== inode.version && damaged.has(path))
              seen.set(path, { ...known, version: inode.version, records: recordsOf(inode) });
            continue;
          }
          // One that was opened anew, while its name was gone or led elsewhere, began anew.
          const records = recordsOf(inode);
          const lost = known?.incarnation === incarnation ? lostOf(known, inode, records, path) : [];
          if (known && lost.length > 0) {
            known.awaited++;
            if (known.awaited < patience) continue;
            found(`${lost.length} records of ${path} are gone, ${lost[0]?.slice(0, 120)} first`);
          }
          const { version, size } = inode;
          seen.set(path, { file: inode, version, incarnation, size, records, awaited: 0 });
        }
      };
      return {
        born: () => {
          seen.clear();
          written.clear();
        },
        called: ({ operation, path, appends }, actor) => {
          if (actor !== ownerOf(path)) return;
          if (appends) written.set(path, appends.to);
          if (operation === 'write') remade.add(path);
        },
        looked: (life) => look(life, PUT_BACK_WITHIN),
        rested: (life) => look(life, 0),
      };
    },
  },
  {
    id: 'set-aside-first',
    says: 'a positions file that cannot be read is in quarantine, whole, before it is written over',
    watch: ({ disk }, found) => {
      /** It was sound when the write began that is under way: between a look and a rename nobody can see what others do. */
      let wasSound = false;
      return {
        took: (actor, { type }) => {
          if (actor !== 'safetyLayer') return;
          if (type === 'SAVING') wasSound = isJson(disk.inode(POSITIONS_FILE)) === true;
          else if (type === 'SAVED' || type === 'SAVE_FAILED') wasSound = false;
        },
        died: () => {
          wasSound = false;
        },
        called: ({ operation, path }) => {
          if (operation !== 'write' || path !== POSITIONS_FILE) return;
          const file = disk.inode(path);
          if (file && file.size > 0 && !isJson(file) && !wasSound && !isKept(disk, file.bytes))
            found(`${path} cannot be read and is written over, and its ${file.size} bytes are nowhere`);
        },
      };
    },
  },
  {
    id: 'blanked-is-kept',
    says: 'bytes of the event log that a repair blanks are in quarantine and its index, durably, before they are blanked',
    watch: ({ disk }, found) => {
      const acknowledged = new Set<string>();
      return {
        acknowledged: ({ event_id }) => void acknowledged.add(String(event_id)),
        called: ({ operation, path, over }) => {
          if (operation !== 'overwrite' || !over || !isBusFile(path) || !isBlank(over.after) || isBlank(over.before))
            return;
          // What an append left that failed is taken back: nobody was told that it is there.
          const ids = [...over.before.toString('latin1').matchAll(EVENT_ID)].map(([, id]) => String(id));
          const begins = over.before.toString('latin1', 0, 40);
          const isTakenBack = BEGINS_AS_OURS.test(begins) || BEGINS_BLANK.test(begins);
          if (isTakenBack && !ids.some((id) => acknowledged.has(id))) return;
          // Blanks at its end are what they were.
          const gone = over.before.subarray(0, over.before.findLastIndex((byte) => !isBlankByte(byte)) + 1);
          const why = whyNotKept(disk, path, over.offset, gone);
          if (why !== null) found(`${gone.length} bytes of ${path} at ${over.offset} are blanked, and ${why}`);
        },
      };
    },
  },
];
