import type { BadLine } from '../ports/event-log.ts';
import type { AppendHandle } from '../ports/files.ts';
import type { Quarantine } from '../ports/quarantine.ts';
import { checkLine } from './log-line.ts';
import { mend } from './log-mend.ts';
import { type ByteSource, linesOf, type Scan } from './log-scan.ts';

/** Of the end of a log, so much can be of one group commit, bytes. */
const LAST_GROUP_BYTES = 4 * 1024 * 1024;

/** Disks write no less at a time; what they call a sector is this, or several of these. */
const SECTOR_BYTES = 512;

/**
 * Whether a line holds a place that reads as NUL bytes from sector to sector, where the line's beginning and the end of the log count
 * as borders, too: of a damage that leaves NUL bytes that is hardly ever so.
 */
function hasEmptySector(bytes: Uint8Array, offset: number, isLast: boolean): boolean {
  for (let from = bytes.indexOf(0); from >= 0; ) {
    let to = from;
    while (bytes[to] === 0) to++;
    const begins = from === 0 || (offset + from) % SECTOR_BYTES === 0;
    const ends = (offset + to) % SECTOR_BYTES === 0 || (isLast && to === bytes.length);
    if (begins && ends) return true;
    from = bytes.indexOf(0, to);
  }
  return false;
}

const numberIn = (value: unknown): number => (typeof value === 'number' ? value : 0);

/**
 * Records of the last group commit that stand behind one of the same group which never arrived. Of what is written together and not
 * synced when the power is cut, any sectors arrive: a later record may be whole where an earlier one is not. Nobody was told that
 * any of them was written, and a consequence without its cause is no past: what is left of such a group is its beginning.
 *
 * A record says its place in its group (`nth`, left out where it is the first), so all before its group were acknowledged. What
 * never arrived reads as empty sectors; a line that was damaged otherwise takes none of the others with it.
 */
export async function unarrived(
  source: ByteSource,
  { bad, missingSeq }: Scan,
  size: number,
): Promise<readonly BadLine[]> {
  const [first] = bad.filter(({ offset }) => offset >= size - LAST_GROUP_BYTES);
  if (first === undefined) return [];
  const good: { readonly seq: number; readonly line: BadLine }[] = [];
  let acknowledged = 0;
  let hole = Number.POSITIVE_INFINITY;
  for await (const slice of linesOf(source, first.offset, size)) {
    for (const { offset, bytes } of slice) {
      const checked = checkLine(bytes, 'record', { sequenced: true });
      const isLast = offset + bytes.length + 1 >= size;
      if (checked.kind === 'bad' && hasEmptySector(bytes, offset, isLast)) hole = Math.min(hole, offset);
      if (checked.kind !== 'good' || checked.seq === null) continue;
      acknowledged = Math.max(acknowledged, checked.seq - 1 - numberIn(checked.record?.nth));
      const reason = 'it stands behind a record of the same group that never arrived, and was never acknowledged';
      good.push({ seq: checked.seq, line: { offset, length: bytes.length, line: 0, reason, impostor: true } });
    }
  }
  const [missing = Number.POSITIVE_INFINITY] = missingSeq
    .filter(([, to]) => to > acknowledged)
    .map(([from]) => Math.max(from, acknowledged + 1));
  return good.flatMap(({ seq, line }) => (seq > missing && line.offset > hole ? [line] : []));
}

/** Sets it aside, durably. @returns whether there was any */
export async function setUnarrivedAside(handle: AppendHandle, scan: Scan, quarantine: Quarantine): Promise<boolean> {
  const lines = await unarrived(handle, scan, (await handle.stat()).size);
  if (lines.length > 0) await mend(handle, lines, { witnesses: [], quarantine, sequenced: true });
  return lines.length > 0;
}
