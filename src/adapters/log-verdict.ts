import type { BadLine, LogVerdict } from '../ports/event-log.ts';
import type { FileStat } from '../ports/files.ts';
import type { LogKnowledge } from './log-knowledge.ts';
import { common } from './log-sequence.ts';

/** What is known of a log's file besides its lines: what bears its name, and what is open. */
export interface Around extends Pick<LogVerdict, 'path' | 'writable' | 'notRotated'> {
  readonly named: FileStat | null;
  readonly stat: FileStat | null;
  /** How far beyond its end we remember to have written, bytes. */
  readonly cutOff: number;
}

/** What is gone from its end and can be put back: no line of what is left may be bad. */
const cut = (length: number, offset: number, line: number): BadLine => ({
  ...{ offset, length, line },
  reason: `somebody has cut the log off here: ${length} bytes that we wrote are gone`,
});

/** What a look at a log has found. */
export function verdictOf(
  known: LogKnowledge,
  { path, named, stat, writable, notRotated, cutOff }: Around,
): LogVerdict {
  const { records, lines, bad, bare, missingSeq, duplicateSeq } = known.scan;
  const tail = known.settledTail();
  const end = cutOff > 0 ? cut(cutOff, stat?.size ?? 0, lines + 1) : tail;
  return {
    path,
    exists: named !== null,
    writable,
    records,
    bytes: stat?.size ?? 0,
    bad: end ? [...bad, end] : bad,
    gaps: common(bare, missingSeq),
    missingSeq,
    duplicateSeq,
    detached: named !== null && stat !== null && stat.identity !== named.identity,
    notRotated,
  };
}
