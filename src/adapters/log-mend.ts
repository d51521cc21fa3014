/**
 * Mending a log where it is broken. Bad lines are put back bit for bit where their bytes are known; else their bytes are set
 * aside and blanked where they stood. Nothing moves, so appenders (even foreign ones) and readers are never disturbed, and a
 * crash at any byte is finished by the next run. It costs what the damage costs: only the places touched are read again.
 */
import type { BadLine, LogRepair, Quarantined } from '../ports/event-log.ts';
import type { AppendHandle } from '../ports/files.ts';
import type { Quarantine, Suspect } from '../ports/quarantine.ts';
import type { RememberedLine } from './line-memory.ts';
import type { LogKnowledge } from './log-knowledge.ts';
import { blanksBetween, checkLine } from './log-line.ts';
import { badPartsOf } from './log-salvage.ts';
import { linesOf } from './log-scan.ts';

/** Somebody who knows what stood in a log: memory, or a mirror. */
export interface Witness {
  /** The lines that share a byte with a place, whole and verified, in order; none where it does not know them all. */
  touching(from: number, to: number): Promise<readonly RememberedLine[]>;
}

export interface Means {
  readonly witnesses: readonly Witness[];
  readonly quarantine: Quarantine;
  readonly sequenced: boolean;
}

/** What lies in the lines of a place. */
interface Content {
  readonly lines: number;
  readonly seqs: readonly number[];
  readonly records: number;
  readonly bad: readonly BadLine[];
}

/** What was done about bad lines. `before` and `after` are the contents of all places that were touched. */
export interface Mended {
  readonly restoredLines: number;
  readonly quarantined: readonly Quarantined[];
  readonly before: Content;
  readonly after: Content;
}

interface Place {
  readonly from: number;
  readonly to: number;
}
interface Plan {
  readonly bad: BadLine;
  /** What is written there; `null` when nobody knows what stood there. */
  readonly lines: readonly RememberedLine[] | null;
}

/**
 * Whether a line that is put back would cover a record of ours that stands there now: the log was cut off, and grew again, after the
 * witness saw that line.
 */
async function coversOurs(
  handle: AppendHandle,
  { offset, bytes }: RememberedLine,
  size: number,
  bad: ReadonlySet<number>,
): Promise<boolean> {
  for await (const slice of linesOf(handle, offset, size)) {
    for (const one of slice) {
      if (one.offset >= offset + bytes.length) return false;
      const checked = checkLine(one.bytes, 'verdict');
      if (checked.kind === 'good' && checked.seq !== null && !bad.has(one.offset)) return true;
    }
  }
  return false;
}

const isBlankLine = ({ bytes }: RememberedLine): boolean =>
  checkLine(bytes.subarray(0, -1), 'verdict').kind === 'blank';

async function planFor(
  handle: AppendHandle,
  bad: BadLine,
  size: number,
  { witnesses }: Means,
  known: ReadonlySet<number>,
): Promise<Plan> {
  for (const witness of witnesses) {
    const lines: RememberedLine[] = [];
    for (const line of await witness.touching(bad.offset, bad.offset + bad.length + 1)) {
      // Where nothing stood, what somebody has written is set aside like any other bytes.
      if (line.offset + line.bytes.length > size || isBlankLine(line)) continue;
      const now = await handle.read(line.offset, line.bytes.length);
      if (Buffer.compare(now, line.bytes) !== 0 && !(await coversOurs(handle, line, size, known))) lines.push(line);
    }
    if (lines.length > 0) return { bad, lines };
  }
  return { bad, lines: null };
}

/** The places the plans touch, whole lines each, in order and without overlap. */
function placesOf(plans: readonly Plan[]): readonly Place[] {
  const places = plans
    .map(({ bad, lines }): Place => {
      const ends = (lines ?? []).map(({ offset, bytes }) => offset + bytes.length);
      return {
        from: Math.min(bad.offset, ...(lines ?? []).map(({ offset }) => offset)),
        to: Math.max(bad.offset + bad.length + 1, ...ends),
      };
    })
    .sort((a, b) => a.from - b.from);
  const merged: Place[] = [];
  for (const place of places) {
    const last = merged.at(-1);
    if (last && place.from <= last.to) merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, place.to) };
    else merged.push(place);
  }
  return merged;
}

async function contentOf(handle: AppendHandle, places: readonly Place[], sequenced: boolean): Promise<Content> {
  const { size } = await handle.stat();
  const seqs: number[] = [];
  const bad: BadLine[] = [];
  let lines = 0;
  let records = 0;
  for (const { from, to } of places) {
    for await (const slice of linesOf(handle, from, Math.min(to, size))) {
      for (const { offset, bytes } of slice) {
        lines++;
        const checked = checkLine(bytes, 'verdict', { sequenced });
        if (checked.kind === 'good') {
          records++;
          if (sequenced && checked.seq !== null) seqs.push(checked.seq);
        } else if (checked.kind === 'bad') bad.push({ offset, length: bytes.length, line: 0, reason: checked.reason });
      }
    }
  }
  return { lines, records, seqs, bad };
}

/** Bytes set aside in one go: bounds the memory, and how much is done again after a crash. */
const BATCH_BYTES = 8 * 1024 * 1024;

/** Sets the bytes of bad lines aside, all but the good records in them, and blanks them where they stand. */
async function setAside(
  handle: AppendHandle,
  bad: readonly BadLine[],
  { quarantine, sequenced }: Means,
): Promise<Mended['quarantined']> {
  const quarantined: Quarantined[] = [];
  let batch: { readonly bad: BadLine; readonly suspect: Suspect; readonly blanks: Uint8Array }[] = [];
  let held = 0;
  const flush = async (): Promise<void> => {
    const entries = await quarantine.keepAll(
      handle.path,
      batch.map(({ suspect }) => suspect),
    );
    for (const [index, { bad: one, suspect, blanks }] of batch.entries()) {
      // What somebody has changed meanwhile is not what was set aside: where it is still bad, the next round has it.
      const now = await handle.read(suspect.offset, suspect.bytes.length);
      if (Buffer.compare(now, suspect.bytes) !== 0) continue;
      await handle.overwrite(suspect.offset, blanks);
      const { file = '', at = 0 } = entries[index] ?? {};
      quarantined.push({ bad: one, file, at });
    }
    batch = [];
    held = 0;
  };
  for (const one of bad) {
    const bytes = await handle.read(one.offset, one.length);
    const whole = [{ from: 0, to: bytes.length, afterGood: false, beforeGood: false }];
    for (const { from, to, afterGood, beforeGood } of one.impostor ? whole : badPartsOf(bytes, sequenced)) {
      const suspect = { offset: one.offset + from, bytes: bytes.subarray(from, to), reason: one.reason };
      const part = { ...one, offset: suspect.offset, length: to - from };
      batch.push({ bad: part, suspect, blanks: blanksBetween(to - from, afterGood, beforeGood) });
      held += to - from;
    }
    if (held > BATCH_BYTES) await flush();
  }
  await flush();
  return quarantined;
}

/** Mends the lines a scan found bad. What is still bad afterwards (`after.bad`) wants another round. */
export async function mend(handle: AppendHandle, bad: readonly BadLine[], means: Means): Promise<Mended> {
  const { size } = await handle.stat();
  const known = new Set(bad.map(({ offset }) => offset));
  const plans: Plan[] = [];
  for (const one of bad) plans.push(await planFor(handle, one, size, means, known));
  const places = placesOf(plans);
  const before = await contentOf(handle, places, means.sequenced);
  const written = new Set<number>();
  for (const { offset, bytes } of plans.flatMap(({ lines }) => lines ?? [])) {
    if (!written.has(offset)) await handle.overwrite(offset, bytes);
    written.add(offset);
  }
  // A line that was put back may have covered a bad one that nobody knew: what is left is judged anew.
  const covered = (one: BadLine) =>
    plans.some(({ lines }) =>
      lines?.some(({ offset, bytes }) => one.offset < offset + bytes.length && offset < one.offset + one.length),
    );
  const lost = plans.flatMap(({ bad: one, lines }) =>
    lines === null && !(written.size > 0 && covered(one)) ? [one] : [],
  );
  const quarantined = await setAside(handle, lost, means);
  await handle.sync();
  const after = await contentOf(handle, places, means.sequenced);
  return { restoredLines: written.size, quarantined, before, after };
}

/** A line put back can uncover that its neighbour is bad: so often the repair goes over its own work. */
const ROUNDS = 5;

/** Mends all that is known to be bad, and what that uncovers. */
export async function mendAll(
  handle: AppendHandle,
  known: LogKnowledge,
  means: Means,
): Promise<Pick<LogRepair, 'restoredLines' | 'quarantined'>> {
  const quarantined: Quarantined[] = [];
  let restoredLines = 0;
  for (let round = 0; round < ROUNDS && known.scan.bad.length > 0; round++) {
    const done = await mend(handle, known.scan.bad, means);
    quarantined.push(...done.quarantined);
    restoredLines += done.restoredLines;
    known.take(done);
  }
  known.noteMended(await handle.stat());
  return { restoredLines, quarantined };
}
