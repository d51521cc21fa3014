import { describe, expect, it } from 'vitest';
import { POSITIONS_FILE } from '../../src/actors/records.ts';
import { constantFunding } from '../../src/adapters/funding-rates.ts';
import type { SubmitFault } from '../../src/adapters/paper-broker.ts';
import { seededChance } from '../../src/adapters/seeded-chance.ts';
import type { Intent } from '../../src/machines/messages.ts';
import { minus, notionalUsd, plus } from '../../src/ports/money.ts';
import { bar } from './habitat.ts';
import { MAKERS, tradingBot } from './trading.ts';

const MINUTES = 60;
const PRICES = { BTCUSDT: 100_000, ETHUSDT: 2_000, SOLUSDT: 150 };
type Name = keyof typeof MAKERS;
const NAMES = Object.keys(MAKERS) as Name[];

/** An hour in which orders get lost and refused, and actors are stopped and cut off as chance has it. */
async function run(seed: number) {
  const chance = seededChance(seed).fork('trouble');
  const sent: { intent: Intent; fault: SubmitFault }[] = [];
  const calm = { now: false };
  const t = await tradingBot({
    seed,
    prices: PRICES,
    // Often, and of a size that shows.
    funding: constantFunding(0.0003, 420_000),
    pace: { checkMs: 5_000, lookMs: 60_000, saveMs: 60_000 },
    onSubmit: (intent) => {
      const roll = chance.next();
      const fault: SubmitFault = calm.now
        ? 'ok'
        : roll < 0.12
          ? 'timeout-before'
          : roll < 0.24
            ? 'timeout-after'
            : roll < 0.34
              ? 'reject'
              : 'ok';
      sent.push({ intent, fault });
      return fault;
    },
  });
  const prices = new Map(Object.entries(PRICES));
  const signals: string[] = [];
  const minute = async (trouble: boolean) => {
    const candles = [...prices].map(([symbol, before]) => {
      const close = Number((before * Math.exp(chance.gaussian() * 0.006)).toFixed(2));
      const edge = Math.abs(chance.gaussian()) * 0.002;
      prices.set(symbol, close);
      const change = {
        open: before,
        high: Math.max(before, close) * (1 + edge),
        low: Math.min(before, close) * (1 - edge),
      };
      return bar(symbol, close, t.clock.now(), { ...change, volume: 5 });
    });
    await t.tick(candles);
    if (trouble && chance.next() < 0.5) {
      const [symbol = 'BTCUSDT', price = 1] = [...prices][Math.floor(chance.next() * prices.size)] ?? [];
      const { signal } = await t.decide(symbol, chance.next() < 0.5 ? 'LONG' : 'SHORT', price);
      signals.push(signal.signalId);
    }
    const pause = Math.floor(chance.next() * 500);
    await t.advance(pause);
    if (trouble && chance.next() < 0.2) {
      const name = NAMES[Math.floor(chance.next() * NAMES.length)] ?? 'tradeExecution';
      // The bus is only ever stopped: what it has not written when it is cut off is lost with it.
      await t.restart(name, name === 'signalBus' || chance.next() < 0.5 ? 'stop' : 'cut');
    }
    await t.advance(60_000 - pause);
  };
  for (let i = 0; i < MINUTES; i++) await minute(true);
  calm.now = true;
  for (let i = 0; i < 3; i++) await minute(false);
  return { t, sent, signals };
}

describe('after any run with partial fills, refusals, lost answers and restarts', () => {
  it.each(Array.from({ length: 12 }, (_, i) => i + 1))(
    'positions = fold of the log = broker = file, and no intent was ever two orders (seed %i)',
    async (seed) => {
      const { t, sent, signals } = await run(seed);
      try {
        const { differences, orders } = t.snapshot('tradeExecution').context;
        expect(differences).toEqual([]);
        expect(orders).toMatchObject({ unknown: 0, writing: 0 });
        const book = await t.fold();
        const held = await t.held();
        expect(book.net()).toEqual(held);
        expect(t.snapshot('safetyLayer').context.open).toBe(book.openCount);
        expect(t.snapshot('exitGates').context.watch.open).toBe(book.openCount);
        expect(t.snapshot('safetyLayer').value.running.work).toMatchObject({ positions: 'verified', disk: 'saved' });
        for (const { signalId } of book.open()) expect(await t.filed()).toContain(signalId);
        expect((await t.world.files.read(POSITIONS_FILE))?.length).toBeGreaterThan(0);

        // An order the exchange has had is never sent again, and there is one entry a signal.
        const taken = sent.filter(({ fault }) => fault !== 'timeout-before').map(({ intent }) => intent.clientOrderId);
        expect(new Set(taken).size).toBe(taken.length);
        expect(t.lines.filter(({ level }) => level === 'error')).toEqual([]);

        // The money is all there: what the account has, is what it began with and the results of its positions.
        const soFar = book
          .open()
          .reduce((sum, one) => plus(sum, plus(minus(one.realisedUsd, one.feesUsd), one.fundingUsd)), 0);
        const marks = new Map<string, number>();
        for (const { event } of t.posts.filter(({ event }) => event.type === 'TICK')) {
          const { candles } = event.tick as { candles: { symbol: string; close: number }[] };
          for (const { symbol, close } of candles) marks.set(symbol, close);
        }
        const open = book.open().reduce((sum, { symbol, direction, qty, costUsd }) => {
          const value = notionalUsd(marks.get(symbol) ?? Number.NaN, qty);
          return plus(sum, direction === 'LONG' ? minus(value, costUsd) : minus(costUsd, value));
        }, 0);
        const made = plus(book.totals.netPnlUsd, plus(soFar, open));
        expect(await t.broker.equityUsd()).toBe(plus(10_000, made));
        expect((await t.broker.fundingSince(0)).length).toBeGreaterThan(3);

        for (const signalId of signals)
          expect(['learned', 'executed', 'expired', 'blocked']).toContain(await t.stateOf(signalId));
        // A lost answer never became a refusal: what was filled was executed.
        const filled = new Set(
          (await t.bus()).flatMap((record) => (record.event_type === 'position_change' ? [record.signal_id] : [])),
        );
        for (const signalId of filled) expect(['learned', 'executed']).toContain(await t.stateOf(signalId));
        const executed = (await Promise.all(signals.map((id) => t.stateOf(id)))).filter(
          (state) => state === 'executed',
        );
        expect(executed.length).toBe(book.openCount);
        expect(sent.length).toBeGreaterThan(10);
      } finally {
        await t.end();
      }
    },
  );

  it('the same seed gives the same log, byte for byte', async () => {
    const [one, two] = [await run(99), await run(99)];
    const bytes = await Promise.all([one, two].map(({ t }) => t.world.files.read('logs/signal_bus.jsonl')));
    expect(bytes[0]?.length).toBeGreaterThan(10_000);
    expect(Buffer.compare(bytes[0] ?? new Uint8Array(), bytes[1] ?? new Uint8Array())).toBe(0);
    await one.t.end();
    await two.t.end();
  });
});
