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
    const at = index * HEADER.length;
    const value = (column: number): number => this.#columns[at + column] ?? 0;
    return {
      symbol: this.symbol,
      ts: value(0),
      open: value(1),
      high: value(2),
      low: value(3),
      close: value(4),
      volume: value(5),
    };
  }
}

/** 1973 and 5138: times in seconds or microseconds are not taken for milliseconds. */
const EARLIEST = 1e11;
const LATEST = 1e14;
/** `Number` alone would take an empty field for 0 and `0x10` for 16. */
const NUMBER = /^\s*[+-]?[\d.]+(e[+-]?\d+)?\s*$/i;
/** How much of a wrong header or field is shown: it may be anything. */
const SHOWN = 80;
/** Longest line, characters; what has none is no candle file. */
const LONGEST_LINE = 4_096;

/** So many more bad rows than usable ones, and it is no candle file: each would be kept, and told of. */
const MOST_BAD = 1_000;

/** What is wrong with a row, or `null`. */
function faultOf(row: readonly string[], values: readonly number[]): string | null {
  if (row.length !== HEADER.length) return `it has ${row.length} fields instead of ${HEADER.length}`;
  const wrong = HEADER.findIndex((_, index) => !NUMBER.test(row[index] ?? '') || !Number.isFinite(values[index]));
  if (wrong >= 0) return `${HEADER[wrong]} is "${row[wrong]?.slice(0, SHOWN)}", not a number`;
  const [ts = 0, open = 0, high = 0, low = 0, close = 0, volume = 0] = values;
  if (!Number.isInteger(ts) || ts < EARLIEST || ts >= LATEST) return `timestamp ${row[0]} is not a time in ms`;
  if (open <= 0 || high <= 0 || low <= 0 || close <= 0) return 'a price is not above 0';
  if (volume < 0) return `volume ${volume} is below 0`;
  if (high < Math.max(open, close, low) || low > Math.min(open, close)) {
    return `high ${high} and low ${low} do not enclose open ${open} and close ${close}`;
  }
  return null;
}

interface Row {
  readonly values: readonly number[];
  readonly line: number;
}
const tsOf = (row: Row | null): number => row?.values[0] ?? Number.NEGATIVE_INFINITY;

/**
 * Rows in order of time. A row that goes backwards is bad; but when two in succession go forward from the row before the
 * last, it was the last that ran ahead: one wild timestamp costs one row, not all that follow.
 */
class RowsInOrder {
  readonly bad: { line: number; reason: string }[] = [];
  readonly #values: number[] = [];
  #before: Row | null = null;
  #last: Row | null = null;
  #refused: Row | null = null;

  take(row: Row): void {
    const refused = this.#refused;
    this.#refused = null;
    if (tsOf(row) > tsOf(this.#last)) this.#keep(row);
    else if (tsOf(row) === tsOf(this.#last)) this.refuse(row.line, `timestamp ${tsOf(row)} stands there twice`);
    else if (refused && this.#last && tsOf(row) > tsOf(refused)) {
      this.bad.pop();
      this.refuse(this.#last.line, `timestamp ${tsOf(this.#last)} runs ahead of the rows after it`);
      this.#last = refused;
      this.#keep(row);
    } else {
      this.refuse(row.line, `timestamp ${tsOf(row)} goes backwards (after ${tsOf(this.#last)})`);
      if (tsOf(row) > tsOf(this.#before)) this.#refused = row;
    }
  }

  refuse(line: number, reason: string): void {
    this.bad.push({ line, reason });
  }

  /** So many bad rows that it is none of ours, however long it goes on. */
  get isHopeless(): boolean {
    return this.bad.length > MOST_BAD + this.#values.length / HEADER.length;
  }

  /** All values, row by row. */
  end(): readonly number[] {
    this.#settle();
    return this.#values;
  }

  #keep(row: Row): void {
    this.#settle();
    this.#before = this.#last;
    this.#last = row;
  }

  /** Only the last row can still turn out to be wrong. */
  #settle(): void {
    for (const value of this.#last?.values ?? []) this.#values.push(value);
  }
}

/** `BTCUSDT.csv.gz` holds BTCUSDT. */
export const symbolOf = (file: string): string => basename(file).replace(/\.csv(\.gz)?$/i, '');

/**
 * Reads `timestamp,open,high,low,close,volume` (ms, quote prices, base volume), plain or gzipped. A bad row is skipped and
 * kept with its line number; a file that is no candle file throws {@link CandleFileError}.
 */
export async function readCandles(file: string): Promise<CandleSeries> {
  const ordered = new RowsInOrder();
  let header = false;
  const parser = parse({
    bom: true,
    info: true,
    quote: false,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: LONGEST_LINE,
  });
  parser.on('readable', () => {
    for (let read = parser.read(); read !== null; read = parser.read()) {
      const { record, info } = read as { record: string[]; info: Info };
      if (!header) {
        header = true;
        if (record.map((name) => name.trim()).join() !== HEADER.join()) {
          const found = `the header is ${JSON.stringify(record.join().slice(0, SHOWN))} instead of "${HEADER.join()}"`;
          parser.destroy(new CandleFileError(file, info.lines, found, 'Give the file that header, or convert it'));
          return;
        }
        continue;
      }
      const values = record.map(Number);
      const fault = faultOf(record, values);
      if (fault !== null) ordered.refuse(info.lines, fault);
      else ordered.take({ values, line: info.lines });
      if (ordered.isHopeless) {
        const { line, reason } = ordered.bad[0] ?? { line: info.lines, reason: 'it cannot be read' };
        const found = `most rows cannot be used, ${ordered.bad.length} of the first ${info.lines}; the first is this: ${reason}`;
        parser.destroy(new CandleFileError(file, line, found, 'Is it a file of candles?'));
        return;
      }
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
  const rows = ordered.end();
  const badRows = ordered.bad.map((row) => ({ file, ...row })).sort((a, b) => a.line - b.line);
  if (rows.length === 0) {
    const why = badRows[0] ? `; the first bad row is line ${badRows[0].line}: ${badRows[0].reason}` : '';
    throw new CandleFileError(file, null, `it holds no usable row${why}`, 'A replay needs at least one bar');
  }
  return new CandleSeries(symbolOf(file), rows, badRows);
}
