/** When funding is due, and at what rate: as recorded, or a constant where nothing was recorded. */
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { FundingDue, FundingRates } from '../ports/funding.ts';

/** What perpetuals cost where nothing pushes their price: 0.01 % every 8 h, at 0, 8 and 16 h UTC. */
export const CONSTANT_RATE = 0.0001;
export const CONSTANT_EVERY_MS = 8 * 3_600_000;

export const constantFunding = (rate = CONSTANT_RATE, everyMs = CONSTANT_EVERY_MS): FundingRates => ({
  after: (_, at) => ({ at: (Math.floor(at / everyMs) + 1) * everyMs, rate }),
});

/** A file of rates that cannot be used: which, where, and what to do. */
export class FundingFileError extends Error {
  constructor(file: string, line: number | null, found: string, options?: ErrorOptions) {
    const where = line === null ? file : `${file}, line ${line}`;
    super(`${where}: ${found}. Correct it, or move it away to pay the constant rate`, options);
    this.name = 'FundingFileError';
  }
}

/** Reads `ts,rate` rows with a header. Throws {@link FundingFileError}. */
export function parseFunding(file: string, text: string): FundingDue[] {
  const [header, ...rows] = text
    .replace(/^\uFEFF/, '')
    .trimEnd()
    .split(/\r?\n/);
  if (header !== 'ts,rate')
    throw new FundingFileError(file, 1, `the header is "${header?.slice(0, 80)}", not "ts,rate"`);
  let before = Number.NEGATIVE_INFINITY;
  return rows.map((row, index) => {
    const [ts = '', rate = '', ...more] = row.split(',');
    const due = { at: Number(ts), rate: Number(rate) };
    const numbers = ts.trim() !== '' && rate.trim() !== '' && Number.isInteger(due.at) && Number.isFinite(due.rate);
    if (!numbers || more.length > 0)
      throw new FundingFileError(file, index + 2, `"${row.slice(0, 80)}" is not a time and a rate`);
    if (due.at <= before) throw new FundingFileError(file, index + 2, `time ${ts} is not after the one before it`);
    before = due.at;
    return due;
  });
}

/** Exchanges write down when they were done with it, some ms from the hour: an assumed time so near to a recorded one is the same. */
const SAME_WITHIN_MS = 60_000;

/** The intervals are those of the recording. Before its first time and after its last the other rates are paid. */
export function recordedFunding(
  series: ReadonlyMap<string, readonly FundingDue[]>,
  otherwise: FundingRates,
): FundingRates {
  return {
    after: (symbol, at) => {
      const known = series.get(symbol) ?? [];
      const [first] = known;
      const last = known.at(-1);
      const next = known[firstAfter(known, at)];
      if (first && next && at >= first.at) return next;
      if (last && !next) return otherwise.after(symbol, Math.max(at, last.at + SAME_WITHIN_MS));
      const other = otherwise.after(symbol, at);
      return next && next.at <= other.at + SAME_WITHIN_MS ? next : other;
    },
  };
}

function firstAfter(known: readonly FundingDue[], at: number): number {
  let low = 0;
  let high = known.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((known[middle]?.at ?? 0) > at) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Where rates of candles at `path` may lie: in a folder `funding` among them, or beside theirs. */
const foldersFor = (path: string): readonly string[] => {
  const folder = /\.csv(\.gz)?$/i.test(basename(path)) ? dirname(path) : path;
  return [join(folder, 'funding'), join(dirname(folder), 'funding')];
};

async function readIfThere(file: string): Promise<string | null> {
  try {
    const bytes = await readFile(file);
    return (file.endsWith('.gz') ? await promisify(gunzip)(bytes) : bytes).toString('utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // The second: what is called funding there is a file.
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw new FundingFileError(file, null, `it cannot be read (${code ?? message})`, { cause: error });
  }
}

/** The rates recorded beside candles, by symbol; symbols of which there are none are missing. Throws {@link FundingFileError}. */
export async function fundingBeside(path: string, symbols: readonly string[]): Promise<Map<string, FundingDue[]>> {
  const found = new Map<string, FundingDue[]>();
  for (const symbol of symbols)
    for (const folder of foldersFor(path))
      for (const file of [join(folder, `${symbol}.csv`), join(folder, `${symbol}.csv.gz`)]) {
        const text = found.has(symbol) ? null : await readIfThere(file);
        if (text !== null) found.set(symbol, parseFunding(file, text));
      }
  return found;
}
