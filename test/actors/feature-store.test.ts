import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  FEATURE_FOLDER,
  featureStoreActor,
  INTELLIGENCE_FOLDER,
  INTELLIGENCE_SUMMARY,
} from '../../src/actors/feature-store.ts';
import { INDICATOR_DEFAULTS, indicators } from '../../src/actors/indicators.ts';
import type { Candle, Features } from '../../src/machines/messages.ts';
import { bar, START } from './habitat.ts';
import { type Laboratory, laboratories, repairing } from './laboratory.ts';
import { generated } from './recorded.ts';

const laboratory = laboratories();
const MINUTE = 60_000;
const FILE = `${FEATURE_FOLDER}/BTCUSDT.json`;
/** Nothing but bars happens. */
const QUIET = { lookMs: 86_400_000, checkMs: 86_400_000, saveMs: 86_400_000 };
const begin = async (symbols: readonly string[] = ['BTCUSDT'], pace = {}): Promise<Laboratory> => {
  const t = await laboratory({ symbols, pace });
  await t.start('featureStore', featureStoreActor);
  return t;
};
const tick = async (t: Laboratory, ...candles: Candle[]) => t.tick(candles, ['featureStore']);
const work = ({ snapshot }: Laboratory) => snapshot('featureStore').value.running.work;
const context = ({ snapshot }: Laboratory) => snapshot('featureStore').context;
const ground = ({ snapshot }: Laboratory) => snapshot('featureStore').value.running.ground;
const filed = async (t: Laboratory, path = FILE) => JSON.parse(await t.text(path));
const told = (t: Laboratory): Features[] =>
  t.sent('signalEngine', 'FEATURES').flatMap(({ features }) => features as Features[]);
/** Minutes of a market, from now on. */
const minutes = (symbol: string, count: number): Candle[] =>
  generated(symbol, count).map((candle, index) => ({ ...candle, ts: START + index * MINUTE }));
/** Lives through bars without a look at each of them. */
const live = async (t: Laboratory, candles: readonly Candle[]) => {
  for (const candle of candles) {
    await t.later(MINUTE);
    await t.tick([candle], ['featureStore']);
  }
};

describe('the feature store', () => {
  it('writes what is known of a symbol after a bar: times in both forms, null for what is not known, no series', async () => {
    const t = await begin();
    await t.advance(MINUTE);
    await tick(t, bar('BTCUSDT', 100_000, t.clock.now()));
    await t.advance(1_000);
    expect(await filed(t)).toEqual({
      symbol: 'BTCUSDT',
      bars: 1,
      price: 100_000,
      stable: false,
      emaFast: null,
      emaSlow: null,
      rsi: null,
      atr: null,
      donchianHigh: null,
      donchianLow: null,
      volatility: null,
      regime: 'unknown',
      spreadBps: INDICATOR_DEFAULTS.spreadBps,
      fundingRate: INDICATOR_DEFAULTS.fundingRate,
      timestamp: '2026-01-05T00:01:00.000Z',
      ts: START / 1000 + 60,
    });
    expect(await filed(t, INTELLIGENCE_SUMMARY)).toEqual({
      timestamp: expect.stringMatching(/Z$/),
      ts: expect.any(Number),
      symbols: { BTCUSDT: { price: 100_000, regime: 'unknown', volatility: null } },
    });
  });

  it('tells those who decide and those who look for signals the same, every bar, before anything is on disk', async () => {
    const t = await begin(['BTCUSDT', 'ETHUSDT']);
    t.refuse(FILE, 'writeWhole');
    await tick(t, bar('BTCUSDT', 100_000, t.clock.now()), bar('ETHUSDT', 2_000, t.clock.now()));
    const [one] = t.sent('signalEngine', 'FEATURES');
    expect(one).toMatchObject({
      at: t.clock.now(),
      features: [
        { symbol: 'BTCUSDT', price: 100_000, at: t.clock.now(), bars: 1 },
        { symbol: 'ETHUSDT', price: 2_000, at: t.clock.now(), bars: 1 },
      ],
    });
    expect(t.sent('decisionEngine', 'FEATURES')).toEqual([one]);
    expect(context(t)).toMatchObject({ updatedAt: t.clock.now() });
  });

  it('waits, warms up, and is fresh when every symbol of the feed has all its indicators', async () => {
    const t = await begin(['BTCUSDT', 'ETHUSDT'], QUIET);
    expect(work(t)).toMatchObject({ market: 'warming' });
    expect(context(t)).toMatchObject({ fresh: 0, warming: 2 });
    await live(t, minutes('BTCUSDT', 200));
    expect(told(t).at(-1)).toMatchObject({ stable: true });
    expect(context(t)).toMatchObject({ fresh: 1, warming: 1 });
    expect(work(t)).toMatchObject({ market: 'warming' });
    await live(t, minutes('ETHUSDT', 200));
    expect(context(t)).toMatchObject({ fresh: 2, warming: 0 });
    expect(work(t)).toMatchObject({ market: 'fresh' });
  });

  it('knows after a restart what it would know without one, also where a bar came meanwhile', async () => {
    const t = await begin(['BTCUSDT'], QUIET);
    const market = minutes('BTCUSDT', 700);
    await live(t, market.slice(0, 690));
    await t.stop('featureStore');
    // These bars come twice: by the feed's memory, and by the mail that waited.
    await live(t, market.slice(690, 693));
    await t.start('featureStore', featureStoreActor);
    await live(t, market.slice(693));
    const never = indicators({ barMs: MINUTE });
    const continuous = market.map((candle) => never.add(candle)).at(-1);
    const { bars: _, ...known } = told(t).at(-1) ?? ({} as Features);
    const { bars: __, ...expected } = continuous ?? ({} as Features);
    expect(expected.stable).toBe(true);
    expect(known).toEqual(expected);
    expect(work(t)).toMatchObject({ market: 'fresh' });
  });

  it('knows the past of the feed before the first bar comes', async () => {
    const t = await laboratory();
    await t.tick([bar('BTCUSDT', 100_000, t.clock.now())], []);
    await t.start('featureStore', featureStoreActor);
    await t.advance(1_000);
    expect(await filed(t)).toMatchObject({ price: 100_000, ts: START / 1000 });
    expect(told(t)).toEqual([]);
  });

  it('saves at most once in the time between two saves, and the latest', async () => {
    const t = await begin();
    for (let i = 0; i < 5; i++) {
      await tick(t, bar('BTCUSDT', 100_000 + i, START + i * MINUTE));
      await t.later(100);
    }
    expect(t.tried('writeWhole', FILE)).toBe(1);
    await t.advance(1_500);
    expect(await filed(t)).toMatchObject({ price: 100_004, bars: 5 });
  });

  it('says that it is unsaved while the disk refuses, goes on telling, and saves the latest when it takes it', async () => {
    const t = await begin();
    await tick(t, bar('BTCUSDT', 100_000, START + MINUTE));
    await t.advance(1_000);
    expect(work(t)).toMatchObject({ disk: 'saved' });
    const { savedAt } = context(t);
    t.refuse(FILE, 'writeWhole');
    await tick(t, bar('BTCUSDT', 100_001, START + 2 * MINUTE));
    await t.advance(2_000);
    await tick(t, bar('BTCUSDT', 100_002, START + 3 * MINUTE));
    expect(work(t)).toMatchObject({ disk: 'unsaved' });
    expect(context(t)).toMatchObject({ saveError: expect.stringContaining('ENOSPC') });
    expect(context(t).savedAt).toBeLessThanOrEqual(savedAt + 1_000);
    expect(told(t)).toHaveLength(3);
    expect(await filed(t)).toMatchObject({ price: 100_000 });
    t.accept();
    await t.advance(2_000);
    expect(await filed(t)).toMatchObject({ price: 100_002 });
    expect(work(t)).toMatchObject({ disk: 'saved' });
    expect(context(t).saveError).toBe(null);
  });

  it('saves the latest before it stops', async () => {
    const t = await begin();
    await tick(t, bar('BTCUSDT', 100_000, START + MINUTE));
    await tick(t, bar('BTCUSDT', 100_001, START + 2 * MINUTE));
    expect(await filed(t)).toMatchObject({ price: 100_000 });
    await t.stop('featureStore');
    expect(await filed(t)).toMatchObject({ price: 100_001 });
    expect(t.snapshot('featureStore').status).toBe('done');
  });

  it('sees that its folders are gone, and makes them and all files anew', async () => {
    const t = await begin();
    await tick(t, bar('BTCUSDT', 100_000, START + MINUTE));
    await t.advance(1_000);
    expect(ground(t)).toBe('sound');
    await rename(join(t.dir, FEATURE_FOLDER), join(t.dir, 'away'));
    t.refuse(FILE, 'writeWhole');
    await t.changed(FEATURE_FOLDER);
    expect(ground(t)).toBe('damaged');
    expect(context(t).life.files[INTELLIGENCE_FOLDER]).toMatchObject({ exists: false });
    t.accept();
    await t.post('featureStore', repairing(FEATURE_FOLDER));
    expect(await filed(t)).toMatchObject({ price: 100_000 });
    expect(ground(t)).toBe('sound');
    expect(t.sent('healingOperator', 'REMEDY.DONE')).toMatchObject([
      { evidence: { figures: { folders: 2, symbols: 1 } } },
    ]);
  });

  it('puts what cannot be read into quarantine before it writes it anew', async () => {
    const t = await begin();
    await tick(t, bar('BTCUSDT', 100_000, START + MINUTE));
    await t.put(FILE, '{"price": 1');
    await t.changed(FILE);
    expect(ground(t)).toBe('damaged');
    await t.post('featureStore', repairing(FILE));
    expect(await filed(t)).toMatchObject({ price: 100_000 });
    const [entry] = await t.world.quarantine.list();
    expect(entry?.source).toBe(FILE);
    expect(await t.text(entry?.file ?? '')).toBe('{"price": 1');
  });

  it('does not miss what it has not written yet', async () => {
    const t = await begin();
    await t.advance(5_000);
    expect(ground(t)).toBe('sound');
    expect(await t.world.files.read(FILE)).toBe(null);
  });
});
