import { describe, expect, it } from 'vitest';
import { decideExit, EXIT_DEFAULTS, exitQty } from '../../src/actors/exits/exit-rules.ts';
import { GUARDS } from '../../src/actors/guards/catalogue.ts';
import { askAll } from '../../src/actors/guards/guard.ts';
import { GUARD_LIMITS } from '../../src/actors/guards/limits.ts';
import { indicators } from '../../src/actors/indicators.ts';
import { sizeEntry } from '../../src/actors/sizing.ts';
import { STRATEGIES } from '../../src/actors/strategies/catalogue.ts';
import { thinkAll } from '../../src/actors/strategies/strategy.ts';
import type { Candle, Features, Position, Verdict } from '../../src/machines/messages.ts';
import { feeUsd, liquidationPrice, minus, pnlUsd } from '../../src/ports/money.ts';
import { recorded } from './recorded.ts';
import { instrument } from './samples.ts';

/** Ten days by default; `KINTSUGI_CALIBRATION_DAYS=30` for the whole month, with the table of what was counted. */
const DAYS = Number(process.env.KINTSUGI_CALIBRATION_DAYS ?? 10);
const SYMBOLS = ['BNBUSDT', 'BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'XRPUSDT'];
const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;
const START_USD = 10_000;

class Tally {
  readonly #counts = new Map<string, number>();
  add(name: string): void {
    this.#counts.set(name, this.of(name) + 1);
  }
  of(name: string): number {
    return this.#counts.get(name) ?? 0;
  }
  get table(): Record<string, number> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

/** The rules alone, played on recorded minutes: every order is filled at once, at the price that called for it. */
function play(symbols: readonly string[]) {
  const feeds = symbols.map((symbol) => recorded(symbol, DAYS * 1_440).candles);
  const byTime = new Map<number, Candle[]>();
  for (const candle of feeds.flat()) byTime.set(candle.ts, [...(byTime.get(candle.ts) ?? []), candle]);
  const sets = new Map(symbols.map((symbol) => [symbol, indicators()]));
  const features = new Map<string, Features>();
  const ideas = new Tally();
  const blocks = new Tally();
  const onlyBlocker = new Tally();
  const exits = new Tally();
  const approvals: { signalId: string; symbol: string; at: number }[] = [];
  let positions: Position[] = [];
  let cash = START_USD;
  let day = -1;
  let dayStart = START_USD;
  let signals = 0;
  let approved = 0;

  const equity = () =>
    positions.reduce(
      (sum, { direction, entryPrice, symbol, qty }) =>
        sum + pnlUsd(direction, entryPrice, features.get(symbol)?.price ?? entryPrice, qty),
      cash,
    );
  const market = (symbol: string, price: number) =>
    instrument({ symbol, tick: 0.0001, lot: price > 10_000 ? 0.001 : price > 100 ? 0.01 : 0.1, minNotionalUsd: 5 });

  for (const [ts, candles] of [...byTime].sort(([a], [b]) => a - b)) {
    const now = ts + MINUTE;
    for (const candle of candles) {
      positions = positions.flatMap((held) => {
        if (held.symbol !== candle.symbol) return [held];
        const { updated, exit } = decideExit(held, candle, now, { ...EXIT_DEFAULTS, tick: 0.0001 });
        if (!exit) return [updated];
        const { lot, takerFee } = market(candle.symbol, exit.price);
        const qty = exitQty(updated, exit, lot);
        cash += pnlUsd(held.direction, held.entryPrice, exit.price, qty) - feeUsd(exit.price, qty, takerFee);
        exits.add(exit.gate);
        const left = minus(updated.qty, qty);
        return left > 0 ? [{ ...updated, qty: left, rungsTaken: [...updated.rungsTaken, exit.gate] }] : [];
      });
    }
    for (const candle of candles) {
      const before = features.get(candle.symbol) ?? null;
      const known = sets.get(candle.symbol)?.add(candle);
      if (!known) continue;
      features.set(candle.symbol, known);
      for (const thought of thinkAll(STRATEGIES, known, before)) {
        signals++;
        ideas.add(thought.strategy);
        const equityUsd = equity();
        if (Math.floor(now / DAY) !== day) {
          day = Math.floor(now / DAY);
          dayStart = equityUsd;
        }
        const signalId = `${thought.symbol}_${now}_${signals}`;
        const traded = market(candle.symbol, known.price);
        const verdicts: Verdict[] = askAll(GUARDS, {
          signal: { ...thought, signalId, at: now, price: known.price, features: known },
          now,
          equityUsd,
          pnlTodayUsd: equityUsd - dayStart,
          openPositions: positions,
          entriesUnderWay: [],
          approvals: approvals.slice(-50),
          features,
          instrument: traded,
          limits: GUARD_LIMITS,
        });
        const against = verdicts.filter(({ passes }) => !passes);
        for (const { guard } of against) blocks.add(guard);
        const [only, another] = against;
        if (only && !another) onlyBlocker.add(only.guard);
        if (only) continue;
        const size = sizeEntry({
          direction: thought.direction,
          price: known.price,
          equityUsd,
          instrument: traded,
          rules: GUARD_LIMITS.sizing,
        });
        if ('refused' in size) throw new Error(`RiskGuard let pass what cannot be sized: ${size.refused}`);
        approved++;
        approvals.push({ signalId, symbol: thought.symbol, at: now });
        const fee = feeUsd(known.price, size.qty, traded.takerFee);
        cash -= fee;
        positions.push({
          signalId,
          symbol: thought.symbol,
          direction: thought.direction,
          strategy: thought.strategy,
          entryPrice: known.price,
          qty: size.qty,
          initialQty: size.qty,
          leverage: size.leverage,
          marginUsd: size.marginUsd,
          liquidationPrice: liquidationPrice(
            thought.direction,
            known.price,
            size.qty,
            size.marginUsd,
            traded.maintenanceMargin,
          ),
          stopPrice: size.stopPrice,
          peakPrice: known.price,
          troughPrice: known.price,
          rungsTaken: [],
          openedAt: now,
          orderId: signalId,
          feesUsd: fee,
          realisedUsd: 0,
          fundingUsd: 0,
          costUsd: known.price * size.qty,
        });
      }
    }
  }
  const symbolDays = feeds.reduce((sum, feed) => sum + feed.length, 0) / 1_440;
  return { ideas, blocks, onlyBlocker, exits, signals, approved, symbolDays, equityUsd: equity() };
}

const report = (
  title: string,
  { ideas, blocks, onlyBlocker, exits, signals, approved, symbolDays, equityUsd }: ReturnType<typeof play>,
): void => {
  const perDay = Object.entries(ideas.table).map(([name, count]) => `${name} ${(count / symbolDays).toFixed(1)}`);
  const share = GUARDS.map(
    ({ name }) => `${name} ${((100 * blocks.of(name)) / signals).toFixed(1)} % (alone ${onlyBlocker.of(name)})`,
  );
  process.stdout.write(
    `${title}: ${signals} signals in ${symbolDays.toFixed(0)} symbol days, per symbol and day: ${perDay.join(', ')}\n` +
      `  blocked by: ${share.join(', ')}\n  approved ${approved}; exits ${JSON.stringify(exits.table)}; equity ${equityUsd.toFixed(2)} of ${START_USD}\n`,
  );
};

describe('the rules on recorded minutes', () => {
  const five = play(SYMBOLS);
  if (process.env.KINTSUGI_CALIBRATION_DAYS) {
    report('five symbols', five);
    report('BTCUSDT', play(['BTCUSDT']));
  }

  it('give signals from every strategy, and not hundreds a day', () => {
    for (const { name } of STRATEGIES) {
      expect(five.ideas.of(name), name).toBeGreaterThan(0);
      expect(five.ideas.of(name) / five.symbolDays, name).toBeLessThan(100);
    }
  });
  it('let some signals pass, and every guard blocks some', () => {
    expect(five.approved).toBeGreaterThan(0);
    for (const { name } of GUARDS) expect(five.blocks.of(name), name).toBeGreaterThan(0);
  });
  it('end what they begin: positions are left by more than one gate', () => {
    expect(Object.keys(five.exits.table).length).toBeGreaterThan(1);
  });
});
