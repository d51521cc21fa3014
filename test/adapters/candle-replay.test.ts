import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { CandleFileError } from '../../src/adapters/candle-csv.ts';
import { type CandleReplay, type CandleReplayOptions, openCandleReplay } from '../../src/adapters/candle-replay.ts';
import { VirtualClock } from '../../src/adapters/virtual-clock.ts';
import { Heard } from './feed-listener.ts';

const root = mkdtempSync(join(tmpdir(), 'kintsugi-replay-'));
afterAll(() => rmSync(root, { recursive: true }));

const HEADER = 'timestamp,open,high,low,close,volume';
const T0 = 1_746_372_780_000;
const MINUTE = 60_000;
const row = (minute: number, price = 100): string =>
  `${T0 + minute * MINUTE},${price},${price + 1},${price - 1},${price},${minute + 1}`;

let folders = 0;
/** A folder of candle files: minutes by symbol, or the text of a file. */
function folderOf(files: Record<string, readonly number[] | string>): string {
  const path = join(root, `d${++folders}`);
  mkdirSync(path);
  for (const [name, content] of Object.entries(files)) {
    const text = typeof content === 'string' ? content : [HEADER, ...content.map((m) => row(m))].join('\n');
    writeFileSync(join(path, name), name.endsWith('.gz') ? gzipSync(text) : text);
  }
  return path;
}
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

async function played(replay: CandleReplay) {
  const clock = new VirtualClock((replay.firstAt ?? T0) - 1);
  const heard = new Heard();
  const feed = replay.on(clock);
  feed.start(heard);
  await clock.run({ until: () => false, idle: () => null });
  return { clock, heard, feed };
}
const playedFrom = async (options: CandleReplayOptions) => played(await openCandleReplay(options));
const at = (minute: number): number => T0 + minute * MINUTE;

describe('a replay of recorded candles', () => {
  it('delivers each bar when it closed, and says when it is over', async () => {
    const replay = await openCandleReplay({ path: join(folderOf({ 'BTCUSDT.csv': range(0, 5) }), 'BTCUSDT.csv') });
    expect(replay).toMatchObject({ symbols: ['BTCUSDT'], intervalMs: MINUTE, rows: 5, firstAt: at(1), lastAt: at(5) });
    const { heard, clock } = await played(replay);
    expect(heard.ticks.map((tick) => tick.at)).toEqual([1, 2, 3, 4, 5].map(at));
    expect(heard.candles('BTCUSDT').map(({ ts }) => ts)).toEqual([0, 1, 2, 3, 4].map(at));
    expect(heard.notices).toEqual([{ type: 'ended' }]);
    expect(heard.order.at(-1)).toBe('ended');
    expect(clock.now()).toBe(at(5));
  });

  it('merges the files of a folder by time: one tick a closing time, symbols in order', async () => {
    const path = folderOf({ 'SOLUSDT.csv.gz': range(2, 6), 'BTCUSDT.csv': range(0, 4), 'notes.txt': 'not candles' });
    const replay = await openCandleReplay({ path });
    expect(replay.symbols).toEqual(['BTCUSDT', 'SOLUSDT']);
    const { heard } = await played(replay);
    expect(heard.ticks.map(({ candles }) => candles.map(({ symbol }) => symbol).join())).toEqual([
      'BTCUSDT',
      'BTCUSDT',
      'BTCUSDT,SOLUSDT',
      'BTCUSDT,SOLUSDT',
      'SOLUSDT',
      'SOLUSDT',
    ]);
    for (const tick of heard.ticks) for (const candle of tick.candles) expect(candle.ts + MINUTE).toBe(tick.at);
  });

  it('sees gaps, says them per symbol with the number of bars missing, and fills nothing', async () => {
    const path = folderOf({ 'A.csv': [0, 1, 2, 5, 6, 7, 8, 20], 'B.csv': range(0, 21) });
    const { heard } = await playedFrom({ path });
    expect(heard.gaps()).toEqual([
      { type: 'gap', symbol: 'A', from: at(3), to: at(5), missing: 2 },
      { type: 'gap', symbol: 'A', from: at(9), to: at(20), missing: 11 },
    ]);
    expect(heard.candles('A').map(({ ts }) => (ts - T0) / MINUTE)).toEqual([0, 1, 2, 5, 6, 7, 8, 20]);
    expect(heard.candles('B')).toHaveLength(21);
    expect(heard.order.indexOf('gap')).toBeLessThan(heard.order.indexOf(`tick ${at(6)}`));
  });

  it('finds the length of a bar in the files: the most common step', async () => {
    const five = await openCandleReplay({ path: folderOf({ 'A.csv': [0, 5, 10, 11, 15, 20, 40] }) });
    expect(five.intervalMs).toBe(5 * MINUTE);
    expect((await openCandleReplay({ path: folderOf({ 'A.csv': [0] }) })).intervalMs).toBe(MINUTE);
  });

  it('tells of bad rows by file and line, once, also when it is started again', async () => {
    const path = folderOf({ 'A.csv': [HEADER, row(0), 'rubbish', row(1), row(1), row(2)].join('\n') });
    const replay = await openCandleReplay({ path });
    expect(replay.badRows.map(({ line }) => line)).toEqual([3, 5]);
    const clock = new VirtualClock(at(0));
    const feed = replay.on(clock);
    const heard = new Heard();
    feed.start(heard)();
    feed.start(heard);
    clock.advanceTo(at(10));
    expect(heard.notices).toMatchObject([
      { type: 'bad-row', file: join(path, 'A.csv'), line: 3, reason: 'it has 1 fields instead of 6' },
      { type: 'bad-row', line: 5 },
      { type: 'ended' },
    ]);
    expect(heard.ticks).toHaveLength(3);
  });

  it('goes on where it was stopped, with nothing twice and nothing lost, one timer at a time', async () => {
    const clock = new VirtualClock(at(0));
    const feed = (await openCandleReplay({ path: folderOf({ 'A.csv': range(0, 50) }) })).on(clock);
    const heard = new Heard();
    let stop = feed.start(heard);
    for (const minute of [7, 19, 33]) {
      clock.advanceTo(at(minute));
      expect(clock.pending).toBe(1);
      stop();
      expect(clock.pending).toBe(0);
      stop = feed.start(heard);
    }
    clock.advanceTo(at(60));
    expect(heard.candles('A').map(({ ts }) => (ts - T0) / MINUTE)).toEqual(range(0, 50));
  });

  it('stops within a tick when its listener stops it', async () => {
    const clock = new VirtualClock(at(0));
    const feed = (await openCandleReplay({ path: folderOf({ 'A.csv': range(0, 5) }) })).on(clock);
    let stop = (): void => undefined;
    let ticks = 0;
    stop = feed.start({
      tick: () => {
        if (++ticks === 2) stop();
      },
      price: () => undefined,
      notice: () => undefined,
      failed: () => undefined,
    });
    clock.advanceTo(at(60));
    expect(ticks).toBe(2);
  });

  it('takes what closed before a resume as history, and goes on after it', async () => {
    const path = folderOf({ 'A.csv': range(0, 10), 'B.csv': range(3, 8) });
    const replay = await openCandleReplay({ path, after: at(5) });
    expect(replay.firstAt).toBe(at(6));
    const feed = replay.on(new VirtualClock(at(5)));
    expect(feed.recent('A', 100).map(({ ts }) => (ts - T0) / MINUTE)).toEqual([0, 1, 2, 3, 4]);
    expect(feed.recent('A', 2).map(({ ts }) => (ts - T0) / MINUTE)).toEqual([3, 4]);
    expect(feed.recent('B', 100).map(({ ts }) => (ts - T0) / MINUTE)).toEqual([3, 4]);
    expect(feed.recent('C', 1)).toEqual([]);
    const { heard } = await played(replay);
    expect(heard.ticks.map((tick) => tick.at)).toEqual([6, 7, 8, 9, 10].map(at));
    const over = await openCandleReplay({ path, after: at(99) });
    expect(over.firstAt).toBeNull();
    expect((await played(over)).heard.order).toEqual(['ended']);
  });

  it('has heard of a bar in `recent` when it is delivered, and of none after it', async () => {
    const clock = new VirtualClock(at(0));
    const feed = (await openCandleReplay({ path: folderOf({ 'A.csv': range(0, 5) }) })).on(clock);
    const latest: (number | undefined)[] = [];
    feed.start({
      tick: ({ candles }) => latest.push(feed.recent('A', 1)[0]?.ts === candles[0]?.ts ? 1 : 0),
      price: () => undefined,
      notice: () => undefined,
      failed: () => undefined,
    });
    clock.advanceTo(at(9));
    expect(latest).toEqual([1, 1, 1, 1, 1]);
  });

  it('replays only the symbols asked for', async () => {
    const path = folderOf({ 'A.csv': range(0, 3), 'B.csv': range(0, 3), 'C.csv': 'broken, and not asked for' });
    expect((await openCandleReplay({ path, symbols: ['B', 'A'] })).symbols).toEqual(['A', 'B']);
  });
});

describe('a replay that cannot be', () => {
  const refused = async (options: CandleReplayOptions): Promise<string> => {
    const error = await openCandleReplay(options).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CandleFileError);
    return (error as CandleFileError).message;
  };

  it('says which path, what was found and what to do', async () => {
    const two = folderOf({ 'A.csv': range(0, 3), 'B.csv': range(0, 3) });
    expect(await refused({ path: join(root, 'nowhere') })).toBe(
      `${join(root, 'nowhere')}: there is no such file or folder. Check the path after replay:`,
    );
    expect(await refused({ path: folderOf({ 'notes.txt': '' }) })).toContain('holds no .csv or .csv.gz file');
    expect(await refused({ path: two, symbols: ['A', 'Z'] })).toContain('no file for Z. There are: A, B');
    expect(await refused({ path: join(two, 'A.csv'), symbols: ['B'] })).toContain('it holds A, not B');
    expect(await refused({ path: folderOf({ 'A.csv': range(0, 3), 'B.csv': 'x' }) })).toMatch(
      /B\.csv, line 1: the header/,
    );
    const twice = folderOf({ 'A.csv': range(0, 3), 'A.csv.gz': range(0, 3) });
    expect(await refused({ path: twice })).toContain('two files for A');
    const fives = Array.from({ length: 12 }, (_, i) => i * 5);
    const mixed = folderOf({ 'A.csv': range(0, 60), 'B.csv': fives });
    expect(await refused({ path: mixed })).toContain('bars of B are 300 s long, and most of the others 60 s');
    expect((await openCandleReplay({ path: mixed, symbols: ['B'] })).intervalMs).toBe(5 * MINUTE);
    const named = join(folderOf({ 'A.txt': range(0, 3) }), 'A.txt');
    expect(await refused({ path: named })).toContain('A.txt: its name ends neither in .csv nor in .csv.gz');
  });
});

const data = [
  process.env.KINTSUGI_DATA ?? '',
  resolve(import.meta.dirname, '../../../shared/data'),
  '/work/shared/data',
].find((path) => path !== '' && existsSync(join(path, '1m')));

describe.skipIf(data === undefined)('the recorded month', () => {
  it('loads five symbols, 233,000 bars, and replays every one of them in order', async () => {
    const replay = await openCandleReplay({ path: join(data ?? '', '1m') });
    expect(replay.rows).toBe(43_199 * 3 + 43_200 + 60_191);
    expect(replay.badRows).toEqual([]);
    const { heard } = await played(replay);
    expect(heard.ticks.reduce((sum, { candles }) => sum + candles.length, 0)).toBe(replay.rows);
    expect(heard.ticks.every((tick, i) => i === 0 || tick.at > (heard.ticks[i - 1]?.at ?? 0))).toBe(true);
    expect(heard.gaps()).toEqual([]);
  });

  it('finds the 94 gaps of a recording that has 94', async () => {
    const { heard } = await playedFrom({ path: join(data ?? '', 'gaps', 'BTCUSD-2016-10.csv.gz') });
    expect(heard.gaps()).toHaveLength(94);
    expect(heard.gaps().reduce((sum, gap) => sum + gap.missing, 0)).toBe(104);
    expect(heard.ticks).toHaveLength(4_216);
  });
});
