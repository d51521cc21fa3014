/** Candle files of any bytes: bars that make sense, or an error that names the file. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { CandleFileError, type CandleSeries, readCandles } from '../../src/adapters/candle-csv.ts';
import { fc } from '../fast-check.ts';
import { FUZZ_TIMEOUT_MS, fuzz, GROWS_AT_MOST } from './fuzzing.ts';
import { mutated } from './mutated.ts';

const HEADER = 'timestamp,open,high,low,close,volume\n';
const row = (i: number): string =>
  `${1_700_000_000_000 + i * 60_000},${100 + i},${101 + i},${99 + i},${100.5 + i},${i}\n`;
const PLAIN = [1, 5, 40].map((n) => Buffer.from(HEADER + Array.from({ length: n }, (_, i) => row(i)).join('')));
const folder = mkdtempSync(join(tmpdir(), 'kintsugi-fuzz-candles-'));

async function read(bytes: Uint8Array, gz: boolean): Promise<CandleSeries | CandleFileError> {
  const file = join(folder, `BTCUSDT.csv${gz ? '.gz' : ''}`);
  writeFileSync(file, bytes);
  try {
    return await readCandles(file);
  } catch (error) {
    if (!(error instanceof CandleFileError)) throw error;
    expect(error.message).toContain(file);
    return error;
  } finally {
    expect(readFileSync(file).equals(bytes)).toBe(true);
  }
}

function expectBars(series: CandleSeries, bytes: number): void {
  let last = 0;
  for (let i = 0; i < series.length; i++) {
    const { ts, open, high, low, close, volume } = series.candle(i);
    expect(ts).toBeGreaterThan(last);
    for (const price of [open, high, low, close]) expect(price > 0 && Number.isFinite(price)).toBe(true);
    expect(low <= Math.min(open, close) && high >= Math.max(open, close) && volume >= 0).toBe(true);
    last = ts;
  }
  for (const { line, reason } of series.badRows) expect(line > 1 && line <= bytes + 1 && reason !== '').toBe(true);
}

describe('a candle file of any bytes', () => {
  it(
    'gives bars in order, or an error that names the file',
    async () => {
      await fuzz(mutated(PLAIN), 400, async (bytes) => {
        const series = await read(bytes, false);
        if (!(series instanceof Error)) expectBars(series, bytes.length);
      });
    },
    FUZZ_TIMEOUT_MS,
  );

  it(
    'packed, too: what is damaged within and around',
    async () => {
      const inside = mutated(PLAIN).map((bytes) => gzipSync(bytes));
      const around = mutated(PLAIN.map((bytes) => gzipSync(bytes)));
      await fuzz(fc.oneof(inside, around), 200, async (bytes) => {
        const series = await read(bytes, true);
        if (!(series instanceof Error)) expectBars(series, 1_000_000);
      });
    },
    FUZZ_TIMEOUT_MS,
  );

  it(
    'that unpacks to a thousand times its size is told of in bounded memory',
    async () => {
      for (const line of ['\n', 'x\n', `${'0'.repeat(4_000)}\n`, '0'.repeat(4_000), row(1)]) {
        const before = process.memoryUsage().rss;
        const bomb = gzipSync(line.repeat(Math.ceil((4 * 1024 * 1024) / line.length)));
        // Members of a gzip file follow each other.
        const series = await read(Buffer.concat([gzipSync(HEADER + row(0)), bomb]), true);
        if (!(series instanceof Error)) expect(series.length).toBe(1);
        expect(process.memoryUsage().rss - before, JSON.stringify(line.slice(0, 9))).toBeLessThan(GROWS_AT_MOST);
      }
    },
    FUZZ_TIMEOUT_MS,
  );
});
