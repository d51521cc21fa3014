import type { LogVerdict } from '../ports/event-log.ts';
import type { FileStat } from '../ports/files.ts';
import type { LogKnowledge } from './log-knowledge.ts';
import { common } from './log-sequence.ts';

/** What is known of a log's file besides its lines: what bears its name, and what is open. */
export interface Around extends Pick<LogVerdict, 'path' | 'writable' | 'cutOff' | 'notRotated'> {
  readonly named: FileStat | null;
  readonly stat: FileStat | null;
}

/** What a look at a log has found. */
export function verdictOf(
  known: LogKnowledge,
  { path, named, stat, writable, notRotated, cutOff }: Around,
): LogVerdict {
  const { records, bad, bare, missingSeq, duplicateSeq } = known.scan;
  const tail = known.settledTail();
  return {
    path,
    exists: named !== null,
    writable,
    records,
    bytes: stat?.size ?? 0,
    bad: tail ? [...bad, tail] : bad,
    gaps: common(bare, missingSeq),
    missingSeq,
    duplicateSeq,
    cutOff,
    detached: named !== null && stat !== null && stat.identity !== named.identity,
    notRotated,
  };
}
