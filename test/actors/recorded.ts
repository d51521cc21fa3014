/** Recorded minutes for tests, or generated ones where the recording is not at hand (a clone may stand elsewhere). */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Candle } from '../../src/machines/messages.ts';

const FOLDERS = [
  process.env.KINTSUGI_DATA ?? '',
  resolve(import.meta.dirname, '../../../shared/data'),
  '/work/shared/data',
].filter((folder) => folder !== '');

/** Up to `bars` bars of one symbol, oldest first, and where they come from. */
export function recorded(symbol: string, bars: number): { readonly source: string; readonly candles: Candle[] } {
  const folder = FOLDERS.find((path) => existsSync(join(path, '1m', `${symbol}.csv.gz`)));
  if (!folder) return { source: 'generated', candles: generated(symbol, bars) };
  const path = join(folder, '1m', `${symbol}.csv.gz`);
  const rows = gunzipSync(readFileSync(path))
    .toString('utf8')
    .split('\n')
    .slice(1, bars + 1);
  const candles = rows
    .filter((row) => row !== '')
    .map((row) => {
      const [ts = 0, open = 0, high = 0, low = 0, close = 0, volume = 0] = row.split(',').map(Number);
      return { symbol, ts, open, high, low, close, volume };
    });
  return { source: path, candles };
}

/**
 * A seeded random walk whose volatility and drift change now and then, so that every regime occurs. Symbols share most of
 * their noise, as the majors do, so that correlation occurs too.
 */
export function generated(symbol: string, bars: number): Candle[] {
  const own = normals([...symbol].reduce((hash, letter) => (hash * 31 + letter.charCodeAt(0)) >>> 0, 7));
  const market = normals(1);
  const mood = normals(2);
  let price = 100_000;
  let scale = 0.0005;
  let drift = 0;
  return Array.from({ length: bars }, (_, index) => {
    if (index % 180 === 0) {
      scale = 0.0006 * Math.exp(0.6 * mood());
      drift = scale * 0.4 * mood();
    }
    const open = price;
    const close = open * Math.exp(drift + scale * (0.95 * market() + 0.31 * own()));
    const high = Math.max(open, close) * (1 + 0.3 * scale * Math.abs(own()));
    const low = Math.min(open, close) * (1 - 0.3 * scale * Math.abs(own()));
    price = close;
    return { symbol, ts: 1_746_316_800_000 + index * 60_000, open, high, low, close, volume: 1 };
  });
}

/** Normally distributed numbers from a seed. */
function normals(seed: number): () => number {
  let state = seed;
  const uniform = () => {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}
