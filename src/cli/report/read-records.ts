/** Reads what a report is made of, beside a running bot or after it: never writing, never taking the directory's lock. */
import { join } from 'node:path';
import { z } from 'zod';
import { DECISIONS_FILE } from '../../actors/decision-tracker.ts';
import { riskGuard } from '../../actors/guards/risk-guard.ts';
import { REAL_EXITS_FILE } from '../../actors/real-shadow-record.ts';
import { SIGNAL_BUS_FILE } from '../../actors/records.ts';
import { checkLine } from '../../adapters/log-line.ts';
import { LogTail, oneFile, sealedBeside } from '../../adapters/log-tail.ts';
import { ReadOnlyFile } from '../../adapters/read-only.ts';
import { CliError } from '../exit-codes.ts';
import { ReportBook } from './report-book.ts';

/** Lines that are no records of this file, and were left out. */
export interface Damage {
  readonly file: string;
  readonly lines: number;
  /** The last line has no end: it is being written, or it is torn. */
  readonly isUnfinished: boolean;
}

export interface ReadRecords {
  readonly book: ReportBook;
  readonly damage: readonly Damage[];
  /** Files of which nothing is there. */
  readonly missing: readonly string[];
  /** How many positions the bot allowed when `RiskGuard` blocked last; `null`: that never blocked, so it was not written down. */
  readonly places: number | null;
}

const blockedByRisk = z.looseObject({
  metadata: z.looseObject({ figures: z.looseObject({ max_open_positions: z.int().nonnegative() }) }),
});

const NEWLINE = 0x0a;
const CLOSED = Buffer.from('"closed":{');
const BY_RISK_GUARD = Buffer.from(`"blocker":"${riskGuard.name}"`);

/** How a file ends; `null` where none is there. Throws {@link CliError} where it may not be read. */
async function endOf(dir: string, file: string): Promise<{ readonly isUnfinished: boolean } | null> {
  let source: ReadOnlyFile | null = null;
  try {
    source = new ReadOnlyFile(join(dir, file));
    const last = source.size === 0 ? undefined : await source.read(source.size - 1, 1);
    return { isUnfinished: last !== undefined && last[0] !== NEWLINE };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw new CliError(
      `${join(dir, file)} cannot be read (${code}). Nothing was changed; check what it is, and its rights`,
    );
  } finally {
    source?.close();
  }
}

/** @returns how many lines were none */
function readAll(tail: LogTail, take: (bytes: Buffer) => boolean): number {
  let damaged = 0;
  tail.read({
    line: (bytes) => {
      const isKnown = take(bytes);
      if (!isKnown) damaged++;
      return isKnown;
    },
    // Read once, from its beginning.
    again: () => undefined,
  });
  return damaged + tail.tooLong;
}

const recordsBy =
  (take: (raw: unknown) => boolean) =>
  (bytes: Buffer): boolean => {
    const checked = checkLine(bytes, 'record');
    return checked.kind === 'blank' || (checked.kind === 'good' && take(checked.record));
  };

/** The log is the largest by far: all of its lines are verified, and few are parsed. */
const busBy =
  (book: ReportBook, blocked: (bytes: Buffer) => void) =>
  (bytes: Buffer): boolean => {
    const wanted = bytes.includes(CLOSED);
    const checked = checkLine(bytes, wanted ? 'record' : 'verdict', { sequenced: true });
    if (checked.kind === 'good' && wanted) book.bus(checked.record);
    if (checked.kind !== 'bad' && bytes.includes(BY_RISK_GUARD)) blocked(bytes);
    return checked.kind !== 'bad';
  };

/** @param dir absolute path of a directory that is there */
export async function readRecords(dir: string): Promise<ReadRecords> {
  const book = new ReportBook();
  let last = Buffer.alloc(0);
  const blocked = (bytes: Buffer): void => {
    // The lines of a log lie in memory that is used again.
    last = Buffer.from(bytes);
  };
  const files = [
    [REAL_EXITS_FILE, new LogTail(dir, oneFile(REAL_EXITS_FILE)), recordsBy((raw) => book.outcome(raw))],
    [DECISIONS_FILE, new LogTail(dir, oneFile(DECISIONS_FILE)), recordsBy((raw) => book.decision(raw))],
    [SIGNAL_BUS_FILE, new LogTail(dir, sealedBeside(SIGNAL_BUS_FILE)), busBy(book, blocked)],
  ] as const;
  const damage: Damage[] = [];
  const missing: string[] = [];
  for (const [file, tail, take] of files) {
    const end = await endOf(dir, file);
    if (end === null) missing.push(file);
    const lines = readAll(tail, take);
    if (lines > 0 || end?.isUnfinished) damage.push({ file, lines, isUnfinished: end?.isUnfinished ?? false });
  }
  if (missing.includes(DECISIONS_FILE) && missing.includes(REAL_EXITS_FILE))
    throw new CliError(
      `${dir} holds no decisions (${DECISIONS_FILE}, ${REAL_EXITS_FILE}). Name a bot's directory with --dir, or let one run there first`,
    );
  const checked = checkLine(last, 'record', { sequenced: true });
  const found = blockedByRisk.safeParse(checked.kind === 'good' ? checked.record : null);
  return { book, damage, missing, places: found.data?.metadata.figures.max_open_positions ?? null };
}
