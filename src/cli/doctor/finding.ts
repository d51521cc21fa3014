/** What `kintsugi doctor` found, and where. */
export type FindingKind =
  | 'bad-line'
  | 'torn-tail'
  | 'bad-document'
  | 'positions'
  | 'missing'
  | 'unreadable'
  | 'link'
  | 'sequence'
  | 'lifecycle'
  | 'unfinished'
  | 'unlisted'
  | 'foreign';

export interface Finding {
  readonly kind: FindingKind;
  /** Relative to the bot's directory. */
  readonly file: string;
  /** Counted from 1; `null` for what concerns a whole file. */
  readonly line: number | null;
  /** Bytes from the beginning of the file. */
  readonly offset: number | null;
  readonly reason: string;
  /** `info` is worth knowing and nothing to mend: it does not make a directory unsound. */
  readonly severity: 'error' | 'warning' | 'info';
  readonly remedy: string;
}

export const isSound = (findings: readonly Finding[]): boolean => findings.every(({ severity }) => severity === 'info');

/** A finding about a file as a whole. */
export const aboutFile = (
  kind: FindingKind,
  file: string,
  severity: Finding['severity'],
  reason: string,
  remedy: string,
): Finding => ({ kind, file, line: null, offset: null, reason, severity, remedy });
