import { join } from 'node:path';
import { carriedCrc, checkLine } from '../../adapters/log-line.ts';
import { linesOf } from '../../adapters/log-scan.ts';
import { ReadOnlyFile } from '../../adapters/read-only.ts';
import type { LogRecord } from '../../ports/event-log.ts';
import type { Finding } from './finding.ts';

/** A line of a JSONL file, and where it stands. */
export interface SeenLine {
  readonly file: string;
  readonly line: number;
  readonly offset: number;
  /** `null` for a line that was blanked in a repair, and for one that does not verify. */
  readonly record: LogRecord | null;
  readonly seq: number | null;
  readonly sealed: boolean;
}

const MEND = 'kintsugi heal moves the bytes to quarantine/ and blanks the line in place';

/**
 * Looks at every line of a file without changing it.
 * @param each called with every good and every blank line, in order
 * @param running whether a bot may be writing: then a last line without an end may be in the making
 */
export async function lookAtLines(
  dir: string,
  file: string,
  running: boolean,
  each: (line: SeenLine) => void = () => undefined,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const source = new ReadOnlyFile(join(dir, file));
  let line = 0;
  try {
    for await (const slice of linesOf(source, 0, source.size)) {
      for (const { bytes, offset, ended } of slice) {
        line++;
        const checked = checkLine(bytes, 'record');
        if (!ended && checked.kind !== 'blank') {
          findings.push({
            kind: checked.kind === 'good' ? 'torn-tail' : 'bad-line',
            file,
            line,
            offset,
            reason: `the last line has no end${checked.kind === 'bad' ? `, and ${checked.reason}` : ''}`,
            severity: running ? 'info' : 'error',
            remedy: running
              ? 'it may be in the making; look again'
              : checked.kind === 'good'
                ? 'kintsugi heal ends it'
                : MEND,
          });
        } else if (checked.kind === 'bad') {
          findings.push({
            kind: 'bad-line',
            file,
            line,
            offset,
            reason: checked.reason,
            severity: 'error',
            remedy: MEND,
          });
        }
        if (checked.kind === 'bad') continue;
        const isRecord = checked.kind === 'good';
        each({
          file,
          line,
          offset,
          record: isRecord ? checked.record : null,
          seq: isRecord ? checked.seq : null,
          sealed:
            isRecord && carriedCrc(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length) >= 0,
        });
      }
    }
  } finally {
    source.close();
  }
  return findings;
}
