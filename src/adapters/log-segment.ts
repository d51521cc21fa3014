import type { Logger } from '../ports/logger.ts';
import type { JsonlLog } from './jsonl-log.ts';
import type { LogMirror } from './log-mirror.ts';

/** Which of the segments of a log this is. */
export interface Segment {
  /** So many were before it. */
  readonly index: number;
  /** The highest number they bear. */
  readonly after: number;
}
export const ONLY: Segment = { index: 0, after: 0 };

/** When a log goes on in a new file, and what becomes of the old one. */
export interface Rotation {
  /** Bytes at which a file is sealed; a commit may go beyond. */
  readonly bytes: number;
  /** The name of the segment with this index. */
  readonly nameOf: (index: number) => string;
  /** It is a log of its own from now on. */
  readonly sealed: (segment: JsonlLog) => void;
  /** Told why it could not be done; it is tried again when the log has grown. */
  readonly refused: (why: string) => void;
}

export interface JsonlLogOptions {
  readonly sequenced: boolean;
  readonly remembered?: number;
  /** A second copy, which follows every append before it is acknowledged. */
  readonly mirror?: LogMirror;
  readonly rotation?: Rotation;
  /** Is told of what is put back where nobody asked for a repair. */
  readonly log?: Pick<Logger, 'warn'>;
}
