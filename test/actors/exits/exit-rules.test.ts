import { describe, expect, it } from 'vitest';
import { decideExit, decideOnPrice, EXIT_DEFAULTS, exitQty } from '../../../src/actors/exits/exit-rules.ts';
import type { Candle, Position } from '../../../src/machines/messages.ts';
import { fc } from '../../fast-check.ts';
import { candle, MINUTE, NOW, position, short } from '../samples.ts';

const rules = { ...EXIT_DEFAULTS, tick: 0.1 };
const decide = (held: Position, bar: Candle, now = bar.ts + MINUTE) => decideExit(held, bar, now, rules);
const gate = (held: Position, bar: Candle, now?: number) => decide(held, bar, now).exit?.gate ?? null;
/** The same market seen in a mirror at 100,000: what is up for one is down for the other. */
const mirrored = ({ open, high, low, close, ts }: Candle): Candle =>
  candle(200_000 - open, 200_000 - low, 200_000 - high, 200_000 - close, ts);

describe('the stop', () => {
  it('is met inside a bar at its price, and at the open where the market opened beyond it', () => {
    expect(decide(position(), candle(99_000, 99_100, 98_400, 99_000)).exit).toMatchObject({
      gate: 'stop',
      price: 98_500,
      all: true,
      fraction: 1,
    });
    expect(decide(position(), candle(98_000, 98_600, 97_900, 98_500)).exit).toMatchObject({
      gate: 'stop',
      price: 98_000,
    });
    expect(decide(short(), candle(102_000, 102_100, 101_400, 101_500)).exit).toMatchObject({
      gate: 'stop',
      price: 102_000,
    });
  });
  it('comes before the rungs when both lie inside one bar', () => {
    const { exit, fired } = decide(position(), candle(100_000, 102_500, 98_400, 101_000));
    expect(exit?.gate).toBe('stop');
    expect(fired).toEqual(['stop', 'tp2', 'tp1']);
  });
  it('moves to break-even, fees included, once a rung is taken', () => {
    const held = position({ rungsTaken: ['tp1'], qty: 0.018 });
    const { updated, exit } = decide(held, candle(100_500, 100_600, 100_300, 100_400));
    expect(exit).toBe(null);
    expect(updated.stopPrice).toBe(100_150);
    expect(decide(held, candle(100_500, 100_600, 100_100, 100_400)).exit).toMatchObject({
      gate: 'stop',
      price: 100_150,
      fraction: 0.6,
    });
  });
});

describe('trailing', () => {
  it('is armed only beyond its activation', () => {
    const at = decide(position({ rungsTaken: ['tp1'] }), candle(101_200, 101_500, 101_100, 101_400));
    expect(at.updated).toMatchObject({ peakPrice: 101_500, stopPrice: 100_150 });
    const beyond = decide(position({ rungsTaken: ['tp1'] }), candle(101_200, 101_600, 101_100, 101_400));
    expect(beyond.updated).toMatchObject({ peakPrice: 101_600, stopPrice: 100_584 });
  });
  it('follows the peak and closes what is left', () => {
    const held = position({ peakPrice: 103_000, stopPrice: 101_970, rungsTaken: ['tp1', 'tp2'], qty: 0.006 });
    expect(gate(held, candle(102_500, 102_900, 102_000, 102_100))).toBe(null);
    expect(decide(held, candle(102_100, 102_200, 101_900, 102_000)).exit).toMatchObject({
      gate: 'trailing',
      price: 101_970,
      all: true,
    });
    expect(decide(held, candle(101_500, 102_200, 101_400, 102_000)).exit).toMatchObject({
      gate: 'trailing',
      price: 101_500,
    });
  });
  it('takes the worst of a bar that rose and fell back: the fall came second', () => {
    const { exit, fired } = decide(position(), candle(100_500, 103_000, 100_400, 102_800));
    expect(exit).toMatchObject({ gate: 'trailing', price: 101_970 });
    expect(fired).toEqual(['trailing', 'tp2', 'tp1']);
  });
});

describe('the liquidation buffer', () => {
  it('comes before everything', () => {
    const thin = position({ liquidationPrice: 98_000, stopPrice: 98_050 });
    const { exit, fired } = decide(thin, candle(99_000, 99_000, 98_040, 98_500));
    expect(exit).toMatchObject({ gate: 'liquidation', price: 98_100 });
    expect(fired).toEqual(['liquidation', 'stop']);
  });
  it('lies where the reference vector says: 54,216.87 and 60,000 give 54,506.02', () => {
    const held = position({
      entryPrice: 60_000,
      liquidationPrice: 54_216.8675,
      stopPrice: 1,
      peakPrice: 60_000,
      troughPrice: 60_000,
    });
    expect(gate(held, candle(55_000, 55_000, 54_506.1, 54_900))).toBe(null);
    expect(gate(held, candle(55_000, 55_000, 54_506.0, 54_900))).toBe('liquidation');
  });
});

describe('the time stop', () => {
  const calm = candle(100_100, 100_200, 100_000, 100_100, NOW + 4 * 60 * MINUTE - MINUTE);
  it('ends what has gone nowhere for 4 h, at the close', () => {
    expect(gate(position(), calm, NOW + 4 * 60 * MINUTE - 1)).toBe(null);
    expect(decide(position(), calm).exit).toMatchObject({ gate: 'time_stop', price: 100_100, all: true });
  });
  it('spares what has reached a rung, unless told not to', () => {
    const held = position({ rungsTaken: ['tp1'], qty: 0.018, stopPrice: 99_000 });
    const above = candle(100_300, 100_400, 100_200, 100_300, calm.ts);
    expect(gate(held, above)).toBe(null);
    expect(decideExit(held, above, NOW + 4 * 60 * MINUTE, { ...rules, timeStopSparesRungs: false }).exit?.gate).toBe(
      'time_stop',
    );
  });
  it('never holds back a stop: there is no minimum time to hold', () => {
    expect(gate(position(), candle(99_000, 99_100, 98_400, 99_000), NOW + 1)).toBe('stop');
  });
});

describe('the rungs', () => {
  it('take 40 % of the first quantity each, once, and leave the rest to trail', () => {
    const first = decide(position(), candle(100_500, 101_100, 100_400, 101_000)).exit;
    expect(first).toMatchObject({ gate: 'tp1', fraction: 0.4, all: false, price: 101_000 });
    const second = decide(
      position({ qty: 0.018, rungsTaken: ['tp1'] }),
      candle(101_500, 102_100, 101_400, 102_000),
    ).exit;
    expect(second).toMatchObject({ gate: 'tp2', fraction: 0.4, all: false, price: 102_000 });
    expect(gate(position({ qty: 0.006, rungsTaken: ['tp1', 'tp2'] }), candle(102_500, 103_100, 102_400, 103_000))).toBe(
      null,
    );
  });
  it('are both taken by one order when price jumps over both, at the open if it gapped', () => {
    const { exit, fired } = decide(position(), candle(102_300, 102_400, 102_200, 102_300));
    expect(exit).toMatchObject({ gate: 'tp2', fraction: 0.8, price: 102_300 });
    expect(fired).toEqual(['tp2', 'tp1']);
    // The fill of that order writes `tp2` alone.
    expect(gate(position({ qty: 0.006, rungsTaken: ['tp2'] }), candle(102_300, 102_400, 102_200, 102_300))).toBe(null);
  });
  it('are sized on the lot, at least one lot, and leave nothing smaller than a lot behind', () => {
    const exit = decide(position(), candle(100_500, 101_100, 100_400, 101_000)).exit;
    if (!exit) throw new Error('no exit');
    expect(exitQty(position(), exit, 0.001)).toBe(0.012);
    expect(exitQty(position({ initialQty: 0.002, qty: 0.002 }), exit, 0.001)).toBe(0.001);
    expect(exitQty(position({ initialQty: 0.001, qty: 0.001 }), exit, 0.001)).toBe(0.001);
    expect(exitQty(position({ initialQty: 0.03, qty: 0.012 }), exit, 0.001)).toBe(0.012);
    expect(exitQty(position(), { ...exit, all: true }, 0.001)).toBe(0.03);
  });
});

describe('a bar that began before the position', () => {
  it('counts with its close only: its range may be from before', () => {
    const held = position({ openedAt: NOW + 30_000 });
    const { exit, updated } = decide(held, candle(99_000, 103_000, 97_000, 100_100));
    expect(exit).toBe(null);
    expect(updated).toMatchObject({ peakPrice: 100_100, troughPrice: 100_000 });
  });
});

describe('exits in any market', () => {
  const walk = fc.array(
    fc.tuple(
      fc.double({ min: -0.012, max: 0.012, noNaN: true }),
      fc.double({ min: 0, max: 0.006, noNaN: true }),
      fc.double({ min: 0, max: 0.006, noNaN: true }),
      fc.double({ min: -0.004, max: 0.004, noNaN: true }),
    ),
    { minLength: 1, maxLength: 300 },
  );
  const bars = (steps: readonly (readonly [number, number, number, number])[]): Candle[] => {
    let price = 100_000;
    return steps.map(([move, up, down, gap], index) => {
      const open = price * (1 + gap);
      const close = open * (1 + move);
      price = close;
      return candle(
        open,
        Math.max(open, close) * (1 + up),
        Math.min(open, close) * (1 - down),
        close,
        NOW + index * MINUTE,
      );
    });
  };
  /** Plays a position through, every exit filled at once. */
  const play = (
    opened: Position,
    market: readonly Candle[],
    each: (before: Position, after: Position) => void = () => undefined,
  ) => {
    let held = opened;
    const taken: { gate: string; qty: number; price: number }[] = [];
    for (const bar of market) {
      const { updated, exit } = decide(held, bar);
      each(held, updated);
      held = updated;
      if (!exit) continue;
      const qty = exitQty(held, exit, 0.001);
      taken.push({ gate: exit.gate, qty, price: exit.price });
      held = { ...held, qty: Math.round((held.qty - qty) * 1000) / 1000, rungsTaken: [...held.rungsTaken, exit.gate] };
      if (held.qty === 0) break;
    }
    return { held, taken };
  };

  it('never loosen a stop, forget a peak, or take more than there is', () => {
    fc.assert(
      fc.property(walk, fc.boolean(), (steps, isLong) => {
        const market = bars(steps);
        const { held, taken } = play(isLong ? position() : short(), market, (before, after) => {
          const tighter = isLong ? after.stopPrice - before.stopPrice : before.stopPrice - after.stopPrice;
          expect(tighter).toBeGreaterThanOrEqual(0);
          expect(after.peakPrice).toBeGreaterThanOrEqual(before.peakPrice);
          expect(after.troughPrice).toBeLessThanOrEqual(before.troughPrice);
        });
        const sum = taken.reduce((total, { qty }) => total + qty, held.qty);
        expect(sum).toBeCloseTo(0.03, 9);
        for (const rung of ['tp1', 'tp2'])
          expect(taken.filter(({ gate: fired }) => fired === rung).length).toBeLessThanOrEqual(1);
      }),
    );
  });
  it('are within the range of their bar, and beyond the last rung only by a gap', () => {
    fc.assert(
      fc.property(walk, (steps) => {
        for (const bar of bars(steps)) {
          const { exit } = decide(position(), bar);
          if (!exit) continue;
          expect(exit.price).toBeGreaterThanOrEqual(bar.low - 0.1);
          expect(exit.price).toBeLessThanOrEqual(bar.high + 0.1);
        }
      }),
    );
  });
  it('are for a short what they are for a long in a mirror', () => {
    fc.assert(
      fc.property(walk, (steps) => {
        const market = bars(steps).map((bar) => ({
          ...bar,
          open: Math.round(bar.open),
          high: Math.round(bar.high),
          low: Math.round(bar.low),
          close: Math.round(bar.close),
        }));
        // Trailing is a fraction of the best price and so no mirror image; the other gates are.
        const untrailed = { ...rules, trailing: { activation: 10, distance: 1 } };
        for (const bar of market) {
          const long = decideExit(position(), bar, bar.ts + MINUTE, untrailed);
          const other = decideExit(short(), mirrored(bar), bar.ts + MINUTE, untrailed);
          expect(other.fired).toEqual(long.fired);
          expect(200_000 - (other.exit?.price ?? 0)).toBeCloseTo(long.exit?.price ?? 200_000, 6);
        }
      }),
    );
  });
});

describe('prices between bars', () => {
  const path = fc.array(fc.double({ min: 96_000, max: 104_000, noNaN: true }), { minLength: 1, maxLength: 80 });
  const market = (prices: readonly number[]) =>
    prices.map((price, index) => ({ symbol: 'BTCUSDT', price, at: NOW + (index + 1) * 20_000_000 }));

  it('decide all but what needs a closed bar, loosen no stop, and leave nothing open about their order', () => {
    fc.assert(
      fc.property(path, fc.boolean(), (prices, isLong) => {
        let held = isLong ? position() : short();
        for (const quote of market(prices)) {
          const { updated, exit, fired } = decideOnPrice(held, quote, rules);
          expect(fired).not.toContain('time_stop');
          expect(exit?.ambiguous ?? false).toBe(false);
          expect((updated.stopPrice - held.stopPrice) * (isLong ? 1 : -1)).toBeGreaterThanOrEqual(0);
          // However short it was held: no time to hold comes before the stop.
          if (isLong && quote.price <= held.stopPrice)
            expect(['liquidation', 'stop', 'trailing']).toContain(exit?.gate);
          held = updated;
        }
      }),
    );
  });

  it('decide on a still bar what the bar decides, but for the time stop', () => {
    fc.assert(
      fc.property(path, (prices) => {
        for (const quote of market(prices)) {
          const { price, at } = quote;
          const closed = decideExit(position(), candle(price, price, price, price, at), at, rules);
          const { fired, updated } = decideOnPrice(position(), quote, rules);
          expect(fired).toEqual(closed.fired.filter((one) => one !== 'time_stop'));
          expect(updated).toEqual(closed.updated);
        }
      }),
    );
  });
});

describe('an exit is ambiguous', () => {
  const ambiguous = (held: Position, bar: Candle) => decide(held, bar).exit?.ambiguous;
  it('where stop and rung lie inside one bar, and where the bar both raised the trailing stop and met it', () => {
    expect(ambiguous(position(), candle(100_000, 102_500, 98_400, 101_000))).toBe(true);
    expect(ambiguous(position(), candle(100_500, 103_000, 100_400, 102_800))).toBe(true);
    expect(ambiguous(short(), candle(100_000, 101_600, 98_400, 99_000))).toBe(true);
  });
  it('and not where the bar opened beyond the stop, or holds one of them alone', () => {
    expect(ambiguous(position(), candle(98_000, 102_500, 97_900, 101_000))).toBe(false);
    expect(ambiguous(position(), candle(99_000, 99_100, 98_400, 99_000))).toBe(false);
    expect(ambiguous(position(), candle(100_500, 101_100, 100_400, 101_000))).toBe(false);
  });
});
