/**
 * Keeps `logs/positions_futures.json` the image of the book. A file that is not what we wrote is looked at before it is
 * written over: one that cannot be read, or says something else than the log, stays as it is until it is repaired.
 */

import type { FileEvidence } from '../machines/messages.ts';
import type { FileFound } from '../machines/safety-layer.ts';
import type { FileStat } from '../ports/files.ts';
import { says } from '../ports/says.ts';
import { documentBytes } from '../ports/store.ts';
import type { World } from '../ports/world.ts';
import type { OwnedFile } from './effects.ts';
import type { PositionBook } from './position-book.ts';
import { documentOf, holdingsOf, type PositionsDocument, positionOf, readPositions } from './positions-file.ts';
import { POSITIONS_FILE } from './records.ts';

export interface Look {
  readonly found: FileFound;
  /** What is wrong, in words. */
  readonly says: string;
}

export interface PositionsKeeper {
  readonly file: OwnedFile;
  readonly look: Look;
  /** What the start found; the book is what the log says. */
  begin(found: Look): void;
  /** Writes the book soon; while a write is under way, once more after it. */
  save(): void;
  /** Writes the book over whatever is there. To be called when that has been set aside. */
  overwrite(): Promise<void>;
  settled(): Promise<void>;
}

type Told =
  | { readonly type: 'LOOKED'; readonly found: FileFound; readonly says: string; readonly at: number }
  | { readonly type: 'SAVING' | 'SAVED'; readonly at: number }
  | { readonly type: 'SAVE_FAILED'; readonly error: string; readonly at: number };

const SAME: Look = { found: 'same', says: '' };
type Mark = Pick<FileStat, 'size' | 'mtimeMs' | 'identity'> | null;
const isMark = (a: Mark, b: Mark): boolean =>
  a !== null && b !== null && a.size === b.size && a.mtimeMs === b.mtimeMs && a.identity === b.identity;

/** What is in the file, compared with what should be held. */
export function judgePositions(bytes: Uint8Array | null, holdings: string): Look {
  if (bytes === null) return { found: 'missing', says: `${POSITIONS_FILE} is missing` };
  const read = readPositions(bytes);
  if (typeof read === 'string') return { found: 'unreadable', says: `${POSITIONS_FILE} cannot be read: ${read}` };
  const listed = holdingsOf(read.open_positions.map(positionOf));
  if (listed === holdings) return SAME;
  return { found: 'differs', says: `${POSITIONS_FILE} lists ${listed}, the log says ${holdings}` };
}

/** @param book the book as it stands; @param tell sends news to the component's machine */
export function positionsKeeper(
  { clock, files, store, pending }: World,
  book: () => PositionBook,
  equityAtMidnight: () => PositionsDocument['equity_at_midnight'],
  tell: (event: Told) => void,
): PositionsKeeper {
  let look: Look = { found: 'unseen', says: '' };
  let written = '';
  let mark: Mark = null;
  let wanted = false;
  let writing: Promise<void> | null = null;
  let writes = 0;
  /** What was found to list these holdings: bit for bit the same, it does still. */
  let agreed: { readonly bytes: Uint8Array; readonly holdings: string } | null = null;

  const judge = (bytes: Uint8Array | null): Look => {
    if (bytes !== null && agreed?.holdings === written && Buffer.compare(agreed.bytes, bytes) === 0) return SAME;
    const found = judgePositions(bytes, written);
    agreed = found === SAME && bytes !== null ? { bytes, holdings: written } : null;
    return found;
  };

  const seen = (found: Look): void => {
    const isNews = found.found !== look.found || found.says !== look.says;
    look = found;
    if (isNews) tell({ type: 'LOOKED', ...found, at: clock.now() });
  };

  /** Looks when nothing is being written: half-way, the file and what we know of it do not belong together. */
  const inspectAtRest = async (): Promise<void> => {
    for (;;) {
      await settled();
      const before = writes;
      const found = judge(await files.read(POSITIONS_FILE));
      if (writing === null && writes === before) return seen(found);
    }
  };

  const write = async (): Promise<void> => {
    writes++;
    const holdings = holdingsOf(book().open());
    const document = documentOf(book(), equityAtMidnight());
    await store.save(POSITIONS_FILE, document);
    written = holdings;
    const stat = await files.stat(POSITIONS_FILE);
    const bytes = documentBytes(document);
    // Somebody may have put another in its place since it was written: what is not seen to be ours is looked at before it is written over.
    const stands = await files.read(POSITIONS_FILE).catch(() => null);
    const isOurs = stands !== null && Buffer.compare(stands, bytes) === 0;
    mark = isOurs ? stat : null;
    agreed = isOurs ? { bytes, holdings } : null;
  };

  const writeAll = async (): Promise<void> => {
    try {
      while (wanted) {
        wanted = false;
        if (!isMark(await files.stat(POSITIONS_FILE), mark)) seen(judge(await files.read(POSITIONS_FILE)));
        if (look.found !== 'same') throw new Error(`it is left as it is until it is repaired: ${look.says}`);
        await write();
      }
      tell({ type: 'SAVED', at: clock.now() });
    } catch (error) {
      tell({ type: 'SAVE_FAILED', error: says(error), at: clock.now() });
    } finally {
      writing = null;
    }
  };

  const settled = async (): Promise<void> => {
    while (writing) await writing;
  };

  return {
    get look() {
      return look;
    },
    begin: (found) => {
      written = holdingsOf(book().open());
      look = found;
      tell({ type: 'LOOKED', ...found, at: clock.now() });
    },
    save: () => {
      wanted = true;
      if (writing) return;
      tell({ type: 'SAVING', at: clock.now() });
      writing = pending.track(writeAll());
    },
    overwrite: async () => {
      await settled();
      const done = write().finally(() => {
        writing = null;
      });
      // Those who wait until it has settled hear of a failure elsewhere.
      writing = done.catch(() => undefined);
      await done;
      seen(SAME);
      tell({ type: 'SAVED', at: clock.now() });
    },
    settled,
    file: {
      path: POSITIONS_FILE,
      check: async (): Promise<FileEvidence> => {
        const checkedAt = clock.now();
        try {
          await inspectAtRest();
          const exists = look.found !== 'missing';
          const writable = exists && (await files.writable(POSITIONS_FILE));
          const words = look.says || (writable ? '' : `${POSITIONS_FILE} is not writable`);
          const badLines = look.found === 'unreadable' || look.found === 'differs' ? 1 : 0;
          return { exists, writable, badLines, says: words, checkedAt };
        } catch (error) {
          return { exists: false, writable: false, badLines: 0, says: says(error), checkedAt };
        }
      },
    },
  };
}
