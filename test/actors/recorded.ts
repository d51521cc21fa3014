/** Recorded minutes for tests, or generated ones where the recording is not at hand (a clone may stand elsewhere). */
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Candle } from '../../src/machines/messages.ts';

/** `KINTSUGI_DATA` names another place; where it names none, tests generate their candles. */
const FOLDERS = process.env.KINTSUGI_DATA
  ? [process.env.KINTSUGI_DATA]
  : [resolve(import.meta.dirname, '../../../shared/data'), '/work/shared/data'];

const folderWith = (symbol: string): string | undefined =>
  FOLDERS.map((path) => join(path, '1m')).find((path) => existsSync(join(path, `${symbol}.csv.gz`)));

/** A folder of recorded minutes, a symbol a file; where there is none, a temporary one with a generated week of three. */
export function recordedFolder(): { readonly source: string; readonly folder: string; readonly btc: string } {
  const found = folderWith('BTCUSDT');
  if (found) return { source: found, folder: found, btc: join(found, 'BTCUSDT.csv.gz') };
  const folder = mkdtempSync(join(tmpdir(), 'kintsugi-candles-'));
  for (const symbol of ['BTCUSDT', 'ETHUSDT', 'SOLUSDT']) {
    const rows = generated(symbol, 10_080).map((one) => [one.ts, one.open, one.high, one.low, one.close, one.volume]);
    const header = 'timestamp,open,high,low,close,volume';
    writeFileSync(join(folder, `${symbol}.csv`), `${[header, ...rows.map((row) => row.join(','))].join('\n')}\n`);
  }
  return { source: 'generated', folder, btc: join(folder, 'BTCUSDT.csv') };
}

/** Up to `bars` bars of one symbol, oldest first, and where they come from. */
export function recorded(symbol: string, bars: number): { readonly source: string; readonly candles: Candle[] } {
  const folder = folderWith(symbol);
  if (!folder) return { source: 'generated', candles: generated(symbol, bars) };
  const path = join(folder, `${symbol}.csv.gz`);
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
