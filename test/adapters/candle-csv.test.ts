import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { CandleFileError, readCandles, symbolOf } from '../../src/adapters/candle-csv.ts';
import { fc } from '../fast-check.ts';

const folder = mkdtempSync(join(tmpdir(), 'kintsugi-candles-'));
afterAll(() => rmSync(folder, { recursive: true }));

const HEADER = 'timestamp,open,high,low,close,volume';
const T0 = 1_746_372_780_000;
const row = (minute: number): string => `${T0 + minute * 60_000},95505.4,95506,95502.7,95503,16.536`;

let files = 0;
function put(content: string | Buffer, name = `F${++files}.csv`): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}
const lines = (...rows: string[]): string => put([HEADER, ...rows].join('\n'));
const minutes = (series: { length: number; ts(index: number): number }): number[] =>
  Array.from({ length: series.length }, (_, i) => (series.ts(i) - T0) / 60_000);

async function refusal(path: string): Promise<CandleFileError> {
  try {
    await readCandles(path);
  } catch (error) {
    if (error instanceof CandleFileError) return error;
    throw error;
  }
  throw new Error(`${path} was taken`);
}

describe('a candle file', () => {
  it('is read to the last digit', async () => {
    const series = await readCandles(put(`${HEADER}\n${row(0)}\n${row(1)}\n`, 'BTCUSDT.csv'));
    expect(series.symbol).toBe('BTCUSDT');
    expect(series.badRows).toEqual([]);
    expect(series.candle(1)).toEqual({
      symbol: 'BTCUSDT',
      ts: T0 + 60_000,
      open: 95505.4,
      high: 95506,
      low: 95502.7,
      close: 95503,
      volume: 16.536,
    });
  });

  it('may be gzipped, have a BOM, Windows line ends, blank lines and no newline at the end', async () => {
    const text = `\ufeff${HEADER}\r\n${row(0)}\r\n\r\n${row(1)}\r\n${row(2)}`;
    expect(minutes(await readCandles(put(text)))).toEqual([0, 1, 2]);
    const zipped = await readCandles(put(gzipSync(text), 'ETHUSDT.csv.gz'));
    expect(minutes(zipped)).toEqual([0, 1, 2]);
    expect(zipped.symbol).toBe('ETHUSDT');
    expect(symbolOf('/a.csv/SOLUSDT.CSV.GZ')).toBe('SOLUSDT');
  });

  it('says of every bad row which line it is and what is wrong, skips it, and keeps the rest', async () => {
    const series = await readCandles(
      lines(
        row(0),
        `${T0 + 60_000},1,2,3`, // line 3
        `${T0 + 60_000},1,2,3,4,5,6`,
        `${T0 + 60_000},abc,11,9,10,5`,
        `${T0 + 60_000},,11,9,10,5`,
        `${T0 + 60_000},NaN,11,9,10,5`,
        `${T0 + 60_000},Infinity,11,9,10,5`,
        '', // line 9: blank, counted and not bad
        `${T0 + 60_000},10,11,9,-10,5`,
        `${T0 + 60_000},10,11,9,10,-5`,
        `${T0 + 60_000},10,9,11,10,5`,
        `${T0 + 60_000},10,11,9,12,5`,
        row(0), // line 14: twice
        `${T0 + 60_000},0x10,11,9,10,5`,
        `"${row(1)}"`,
        `"${row(1)}`,
        row(1),
      ),
    );
    expect(series.badRows.map(({ line }) => line)).toEqual([3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16, 17]);
    expect(series.badRows.map(({ reason }) => reason)).toEqual([
      'it has 4 fields instead of 6',
      'it has 7 fields instead of 6',
      'open is "abc", not a number',
      'open is "", not a number',
      'open is "NaN", not a number',
      'open is "Infinity", not a number',
      'a price is not above 0',
      'volume -5 is below 0',
      'high 9 and low 11 do not enclose open 10 and close 10',
      'high 11 and low 9 do not enclose open 10 and close 12',
      `timestamp ${T0} stands there twice`,
      'open is "0x10", not a number',
      expect.stringContaining('timestamp is'),
      expect.stringContaining('timestamp is'),
    ]);
    expect(series.badRows.every(({ file }) => file.startsWith(folder))).toBe(true);
    expect(minutes(series)).toEqual([0, 1]);
  });

  it('loses one row to one wild timestamp, and not all that follow', async () => {
    const ahead = await readCandles(lines(row(0), row(1), row(99_999), row(2), row(3), row(4)));
    expect(minutes(ahead)).toEqual([0, 1, 2, 3, 4]);
    expect(ahead.badRows).toMatchObject([{ line: 4, reason: expect.stringContaining('runs ahead') }]);
    const first = await readCandles(lines(row(500), row(1), row(2), row(3)));
    expect(minutes(first)).toEqual([1, 2, 3]);
    const back = await readCandles(lines(row(5), row(6), row(2), row(7), row(8)));
    expect(minutes(back)).toEqual([5, 6, 7, 8]);
    expect(back.badRows).toMatchObject([{ line: 4, reason: expect.stringContaining('goes backwards') }]);
  });

  it('gives rows that only go forward, and accounts for every line, whatever the order in the file', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 40 }), async (order) => {
        const series = await readCandles(put([HEADER, ...order.map(row)].join('\n'), 'ANY.csv'));
        const times = minutes(series);
        expect(times.every((time, i) => i === 0 || time > (times[i - 1] ?? 0))).toBe(true);
        const bad = series.badRows.map(({ line }) => line);
        expect(new Set(bad).size).toBe(bad.length);
        expect(times).toEqual(order.filter((_, i) => !bad.includes(i + 2)));
      }),
      { numRuns: 60 },
    );
  });
});

describe('a file that is no candle file', () => {
  it('is named, with what was found and what to do', async () => {
    const header = await refusal(put(`time,open,high,low,close,volume\n${row(0)}`, 'wrong.csv'));
    expect(header.line).toBe(1);
    expect(header.file).toBe(join(folder, 'wrong.csv'));
    expect(header.message).toBe(
      `${join(folder, 'wrong.csv')}, line 1: the header is "time,open,high,low,close,volume" instead of "${HEADER}". Give the file that header, or convert it`,
    );
    expect((await refusal(put(`${row(0)}\n${row(1)}`))).message).toContain('the header is');
    expect((await refusal(put(`${HEADER},trades\n`))).message).toContain('the header is');
    expect((await refusal(put(''))).message).toContain('it is empty');
    expect((await refusal(put(`${HEADER}\n`))).message).toContain('no usable row');
    expect((await refusal(join(folder, 'nowhere.csv'))).message).toContain('there is no such file');
    expect((await refusal(folder)).message).toContain('it is a folder');
  });

  it('is refused when its archive is broken or cut off', async () => {
    const zipped = gzipSync([HEADER, ...Array.from({ length: 5_000 }, (_, i) => row(i))].join('\n'));
    expect((await refusal(put('no gzip', 'a.csv.gz'))).message).toContain('cannot be read (Z_DATA_ERROR)');
    const cut = await refusal(put(zipped.subarray(0, zipped.length / 2), 'b.csv.gz'));
    expect(cut.message).toContain('cannot be read (Z_BUF_ERROR)');
    expect(cut.cause).toBeInstanceOf(Error);
  });

  it('is refused when its times are in seconds or microseconds', async () => {
    const seconds = await refusal(lines('1746372780,10,11,9,10,5', '1746372840,10,11,9,10,5'));
    expect(seconds.message).toContain('line 2: timestamp 1746372780 is not a time in ms');
    expect((await refusal(lines('1746372780000000,10,11,9,10,5'))).message).toContain('is not a time in ms');
  });

  it('is refused when most of it is none, instead of telling of every row', async () => {
    const junk = Array.from({ length: 3_000 }, () => 'x');
    const { message, line } = await refusal(lines(row(0), ...junk, row(1)));
    expect(message).toContain('most rows cannot be used, 1001 of the first 1003; the first is this: it has 1 fields');
    expect(line).toBe(3);
    // Every row twice is half a file of candles.
    const twice = Array.from({ length: 1_500 }, (_, i) => [row(i), row(i)]).flat();
    expect((await readCandles(lines(...twice))).length).toBe(1_500);
  });

  it('never floods the terminal, whatever it holds', async () => {
    const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 7919) % 256));
    const error = await refusal(put(bytes));
    expect(error.message.length).toBeLessThan(1_000);
    expect((await refusal(put('x'.repeat(1_000_000)))).message.length).toBeLessThan(1_000);
  });
});
