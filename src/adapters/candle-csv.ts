import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { type Info, parse } from 'csv-parse';
import type { Candle } from '../machines/messages.ts';

const HEADER = ['timestamp', 'open', 'high', 'low', 'close', 'volume'] as const;

/** A candle file that cannot be used: which, where, what was found, and what to do. */
export class CandleFileError extends Error {
  readonly file: string;
  readonly line: number | null;
  constructor(file: string, line: number | null, found: string, advice: string, options?: ErrorOptions) {
    super(`${file}${line === null ? '' : `, line ${line}`}: ${found}. ${advice}`, options);
    this.name = 'CandleFileError';
    this.file = file;
    this.line = line;
  }
}

export interface BadRow {
  readonly file: string;
  /** Counted from 1; the header is line 1. */
  readonly line: number;
  readonly reason: string;
}

/** The bars of one file, column by column: 60,000 rows are 2.9 MB, and no object is made before it is needed. */
export class CandleSeries {
  readonly symbol: string;
  readonly badRows: readonly BadRow[];
  readonly #columns: Float64Array;
  readonly length: number;

  constructor(symbol: string, rows: readonly number[], badRows: readonly BadRow[]) {
    this.symbol = symbol;
    this.badRows = badRows;
    this.#columns = Float64Array.from(rows);
    this.length = rows.length / HEADER.length;
  }

  /** Opening time of bar `index`, ms. */
  ts(index: number): number {
    return this.#columns[index * HEADER.length] ?? Number.NaN;
  }

  candle(index: number): Candle {
    const [ts = 0, open = 0, high = 0, low = 0, close = 0, volume = 0] = this.#columns.subarray(
      index * HEADER.length,
      (index + 1) * HEADER.length,
    );
    return { symbol: this.symbol, ts, open, high, low, close, volume };
  }
}

/** What is wrong with a row, or `null`. */
function faultOf(row: readonly string[], values: readonly number[], lastTs: number): string | null {
  if (row.length !== HEADER.length) return `it has ${row.length} fields instead of ${HEADER.length}`;
  const wrong = HEADER.findIndex((_, index) => (row[index] ?? '').trim() === '' || !Number.isFinite(values[index]));
  if (wrong >= 0) return `${HEADER[wrong]} is "${row[wrong]}", not a number`;
  const [ts = 0, open = 0, high = 0, low = 0, close = 0, volume = 0] = values;
  if (!Number.isInteger(ts) || ts <= 0) return `timestamp ${row[0]} is not a time in ms`;
  if (open <= 0 || high <= 0 || low <= 0 || close <= 0) return 'a price is not above 0';
  if (volume < 0) return `volume ${volume} is below 0`;
  if (high < Math.max(open, close, low) || low > Math.min(open, close)) {
    return `high ${high} and low ${low} do not enclose open ${open} and close ${close}`;
  }
  if (ts === lastTs) return `timestamp ${ts} stands there twice`;
  if (ts < lastTs) return `timestamp ${ts} goes backwards (after ${lastTs})`;
  return null;
}

/** `BTCUSDT.csv.gz` holds BTCUSDT. */
export const symbolOf = (file: string): string => basename(file).replace(/\.csv(\.gz)?$/i, '');

/**
 * Reads `timestamp,open,high,low,close,volume` (ms, quote prices, base volume), plain or gzipped. A bad row is skipped and
 * kept with its line number; a file that is no candle file throws {@link CandleFileError}.
 */
export async function readCandles(file: string): Promise<CandleSeries> {
  const rows: number[] = [];
  const badRows: BadRow[] = [];
  let header = false;
  let lastTs = Number.NEGATIVE_INFINITY;
  const parser = parse({ bom: true, info: true, relax_column_count: true, relax_quotes: true, skip_empty_lines: true });
  parser.on('readable', () => {
    for (let read = parser.read(); read !== null; read = parser.read()) {
      const { record, info } = read as { record: string[]; info: Info };
      if (!header) {
        header = true;
        if (record.map((name) => name.trim()).join() !== HEADER.join()) {
          const found = `the header is "${record.join()}" instead of "${HEADER.join()}"`;
          parser.destroy(new CandleFileError(file, 1, found, 'Give the file that header, or convert it'));
          return;
        }
        continue;
      }
      const values = record.map(Number);
      const fault = faultOf(record, values, lastTs);
      if (fault !== null) {
        badRows.push({ file, line: info.lines, reason: fault });
        continue;
      }
      lastTs = values[0] ?? lastTs;
      for (const value of values) rows.push(value);
    }
  });
  const source = createReadStream(file);
  try {
    if (file.toLowerCase().endsWith('.gz')) await pipeline(source, createGunzip(), parser);
    else await pipeline(source, parser);
  } catch (error) {
    if (error instanceof CandleFileError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT')
      throw new CandleFileError(file, null, 'there is no such file', 'Check the path after replay:');
    if (code === 'EISDIR')
      throw new CandleFileError(file, null, 'it is a folder', 'Name its CSV files .csv or .csv.gz');
    throw new CandleFileError(file, null, `it cannot be read (${code ?? message})`, 'Is it a CSV or CSV.gz file?', {
      cause: error,
    });
  }
  if (!header) throw new CandleFileError(file, null, 'it is empty', `The first line must be ${HEADER.join()}`);
  if (rows.length === 0) {
    const why = badRows[0] ? `; the first bad row is line ${badRows[0].line}: ${badRows[0].reason}` : '';
    throw new CandleFileError(file, null, `it holds no usable row${why}`, 'A replay needs at least one bar');
  }
  return new CandleSeries(symbolOf(file), rows, badRows);
}
