/** The shadow trades with the bot's own exits, kept by the shadow engine over restarts. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DECISIONS_FILE } from '../../src/actors/decision-tracker.ts';
import { REAL_SHADOWS_FILE } from '../../src/actors/real-shadow-keeper.ts';
import { REAL_EXITS_FILE } from '../../src/actors/real-shadow-record.ts';
import { SHADOW_FILE, shadowEngineActor } from '../../src/actors/shadow-engine.ts';
import { signalBusActor } from '../../src/actors/signal-bus.ts';
import { reportOn } from '../../src/cli/report/make-report.ts';
import { readRecords } from '../../src/cli/report/read-records.ts';
import type { Candle } from '../../src/machines/messages.ts';
import { type Laboratory, laboratories } from './laboratory.ts';
import { generated } from './recorded.ts';

const laboratory = laboratories();
const MINUTE = 60_000;
const SYMBOLS = ['BTCUSDT', 'ETHUSDT'];
const begin = async (): Promise<Laboratory> => {
  const t = await laboratory({ symbols: SYMBOLS, pace: { lookMs: 3_600_000, saveMs: 30 * MINUTE } });
  await t.start('signalBus', signalBusActor);
  await t.start('shadowEngine', shadowEngineActor);
  return t;
};
const decide = async (t: Laboratory, signal_id: string, n: number) => {
  const isBlocked = n % 3 !== 0;
  const metadata = {
    blocker: isBlocked ? 'FeeGate' : null,
    blocked_by: isBlocked ? ['FeeGate'] : [],
    passed_by: isBlocked ? ['RiskGuard'] : ['FeeGate', 'RiskGuard', 'SafetyLayer'],
    foretold_by: [],
    size: n % 4 === 0 ? null : { qty: 0.05, leverage: 3 },
  };
  const new_state = isBlocked ? 'blocked' : 'approved';
  await t.post('signalBus', {
    type: 'APPEND',
    record: { event_type: 'state_change', signal_id, old_state: 'evaluating', new_state, reason: null, metadata },
  });
};
/** Seven hours of two symbols with a signal every seven minutes; what happens at some minutes is given. */
async function market(t: Laboratory, meanwhile: Readonly<Record<number, () => Promise<void>>> = {}) {
  const bars = SYMBOLS.map((symbol) => generated(symbol, 420));
  const start = t.clock.now();
  for (let minute = 0; minute < 420; minute++) {
    await t.advance(MINUTE);
    const candles = bars.map((own) => ({ ...own[minute], ts: start + minute * MINUTE }) as Candle);
    await t.tick(candles, ['shadowEngine']);
    if (minute % 7 === 0) {
      const { symbol, close } = candles[(minute / 7) % 2] as Candle;
      const direction = minute % 3 === 0 ? 'LONG' : 'SHORT';
      const signal = t.signal(`n${minute}`, { symbol, price: close, direction, confidence: (minute % 10) / 10 });
      await t.post('signalBus', { type: 'EMIT', signal });
      await decide(t, signal.signalId, minute / 7);
    }
    await meanwhile[minute]?.();
  }
  await t.stop('shadowEngine');
}
const text = (t: Laboratory, file: string) => readFileSync(join(t.dir, file), 'utf8');
const report = async (t: Laboratory) => JSON.stringify(reportOn((await readRecords(t.dir)).book.records, 4), null, 2);
/** What comes of it where nothing happens meanwhile; made once. */
let undisturbed: { readonly exits: string; readonly report: string } | null = null;
const plainly = async () => {
  if (undisturbed !== null) return undisturbed;
  const t = await begin();
  await market(t);
  undisturbed = { exits: text(t, REAL_EXITS_FILE), report: await report(t) };
  return undisturbed;
};
const sorted = (lines: string) => lines.trim().split('\n').sort();

describe('shadow trades with real exits', () => {
  it('are written down beside the fixed ones, which stay what they were', async () => {
    const t = await begin();
    await market(t);
    const real = await t.records(REAL_EXITS_FILE);
    const fixed = await t.records(SHADOW_FILE);
    expect(real.length).toBeGreaterThan(20);
    expect(new Set(real.map(({ signal_id }) => signal_id)).size).toBe(real.length);
    expect(real.every(({ resolved }) => resolved)).toBe(true);
    expect(new Set(real.map(({ exit_reason }) => exit_reason)).size).toBeGreaterThan(1);
    expect(fixed.length).toBeGreaterThan(15);
    expect(fixed.every((one) => one.event_type === 'shadow_trade_outcome' && !('net_usd' in one))).toBe(true);
  });

  it.each([
    ['stopped and started', false, []],
    ['ended by force between two saves', true, []],
    ['ended by force, and without the file of open trades', true, ['gone']],
    ['ended by force, and the file of open trades is torn', true, ['torn']],
  ] as const)('%s in mid-trade, the report is the same to the byte', async (_, byForce, damage) => {
    const plain = await plainly();
    const t = await begin();
    const restart = async () => {
      expect(t.snapshot('shadowEngine').context.open).toBeGreaterThan(0);
      if (byForce) t.cut('shadowEngine');
      else await t.stop('shadowEngine');
      await t.settle();
      if (damage[0] === 'gone') await t.world.files.writeWhole(REAL_SHADOWS_FILE, new Uint8Array());
      if (damage[0] === 'torn') await t.put(REAL_SHADOWS_FILE, '{"version":1,"open":[{"plan"');
      await t.start('shadowEngine', shadowEngineActor);
    };
    await market(t, { 40: restart, 101: restart, 299: restart, 300: restart, 355: restart });
    expect(sorted(text(t, REAL_EXITS_FILE))).toEqual(sorted(plain.exits));
    expect(await report(t)).toBe(plain.report);
  });

  it('are not lost to a disk that refuses, nor written twice', async () => {
    const plain = await plainly();
    const t = await begin();
    await market(t, {
      100: async () => t.refuse(REAL_EXITS_FILE),
      150: async () => {
        t.accept();
        await t.advance(0);
      },
      260: async () => t.refuse(REAL_EXITS_FILE),
      330: async () => {
        // What it could not write dies with it, and is made again from the bars.
        t.cut('shadowEngine');
        t.accept();
        await t.start('shadowEngine', shadowEngineActor);
      },
    });
    expect(sorted(text(t, REAL_EXITS_FILE))).toEqual(sorted(plain.exits));
  });

  it('are not made of decisions of an older version, which say no size', async () => {
    const t = await begin();
    const signal = t.signal('old');
    await t.post('signalBus', { type: 'EMIT', signal });
    await t.post('signalBus', {
      type: 'APPEND',
      record: {
        event_type: 'state_change',
        signal_id: signal.signalId,
        old_state: 'evaluating',
        new_state: 'blocked',
        reason: null,
        metadata: { blocker: 'FeeGate', blocked_by: ['FeeGate'] },
      },
    });
    await t.advance(MINUTE);
    await t.tick([generated('BTCUSDT', 1)[0] as Candle], ['shadowEngine']);
    await t.stop('shadowEngine');
    expect(JSON.parse(await t.text(REAL_SHADOWS_FILE))).toEqual({ version: 1, open: [] });
    expect(await t.world.files.read(DECISIONS_FILE)).toBeNull();
  });
});
