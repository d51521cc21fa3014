import { describe, expect, it } from 'vitest';
import { GUARDS } from '../../../src/actors/guards/catalogue.ts';
import { correlationOf, correlationThrottle } from '../../../src/actors/guards/correlation-throttle.ts';
import { feeGate } from '../../../src/actors/guards/fee-gate.ts';
import { askAll, type Guard, type GuardContext } from '../../../src/actors/guards/guard.ts';
import { hourlyCap } from '../../../src/actors/guards/hourly-cap.ts';
import { GUARD_LIMITS } from '../../../src/actors/guards/limits.ts';
import { regimeFilter } from '../../../src/actors/guards/regime-filter.ts';
import { riskGuard } from '../../../src/actors/guards/risk-guard.ts';
import { volatilityGuard } from '../../../src/actors/guards/volatility-guard.ts';
import type { Regime } from '../../../src/machines/messages.ts';
import { context, features, instrument, MINUTE, NOW, position, short, signal } from '../samples.ts';

const passes = (guard: Guard, change: Partial<GuardContext> = {}) => guard.evaluate(context(change)).passes;
const reason = (guard: Guard, change: Partial<GuardContext>) => guard.evaluate(context(change)).reason;
const seeing = (change: Parameters<typeof features>[0]) => ({ signal: signal({ features: features(change) }) });

describe('the guards', () => {
  it('have the names of the field, and let an ordinary signal pass', () => {
    const verdicts = askAll(GUARDS, context());
    expect(verdicts.map(({ guard }) => guard).sort()).toEqual(
      ['CorrelationThrottle', 'FeeGate', 'HourlyCap', 'RegimeFilter', 'RiskGuard', 'VolatilityGuard'].sort(),
    );
    expect(verdicts.filter((verdict) => !verdict.passes)).toEqual([]);
  });

  it('are all asked, also after one has blocked, and every block says why in numbers', () => {
    const hopeless = context({
      ...seeing({ volatility: 0.00001, regime: 'ranging' }),
      equityUsd: 10,
      approvals: Array.from({ length: 9 }, (_, i) => ({ signalId: `${i}`, symbol: 'BTCUSDT', at: NOW })),
      openPositions: ['A', 'B'].map((symbol) => position({ symbol, signalId: symbol })),
    });
    const verdicts = askAll(GUARDS, hopeless);
    expect(verdicts).toHaveLength(GUARDS.length);
    for (const { guard, passes: passed, reason: why, figures } of verdicts) {
      expect(passed, guard).toBe(false);
      expect(why, guard).not.toBe('');
      expect(Object.keys(figures).length, guard).toBeGreaterThan(1);
    }
  });

  it('block what they cannot know', () => {
    const cold = seeing({ volatility: null, regime: 'unknown', bars: 12, stable: false });
    expect(passes(volatilityGuard, cold)).toBe(false);
    expect(passes(feeGate, cold)).toBe(false);
    expect(passes(regimeFilter, cold)).toBe(false);
    expect(passes(riskGuard, { equityUsd: null })).toBe(false);
  });
});

describe('VolatilityGuard', () => {
  it('blocks a market that sleeps, one that rages, and a wide spread', () => {
    const { min, max, maxSpreadBps } = GUARD_LIMITS.volatility;
    expect(passes(volatilityGuard, seeing({ volatility: min }))).toBe(true);
    expect(passes(volatilityGuard, seeing({ volatility: min * 0.99 }))).toBe(false);
    expect(passes(volatilityGuard, seeing({ volatility: max }))).toBe(true);
    expect(passes(volatilityGuard, seeing({ volatility: max * 1.01 }))).toBe(false);
    expect(passes(volatilityGuard, seeing({ spreadBps: maxSpreadBps + 1 }))).toBe(false);
    expect(reason(volatilityGuard, seeing({ volatility: 0.0001 }))).toBe('volatility 0.0100 % a bar is below 0.0250 %');
  });
});

describe('FeeGate', () => {
  it('wants the expected move to be several times the round trip', () => {
    // 2 x 0.05 % fee, 2 x 2 bps slippage, 0.5 bps spread = 0.145 %; four times that over sqrt(240) bars.
    const enough = (4 * 0.00145) / Math.sqrt(240);
    expect(passes(feeGate, seeing({ volatility: enough * 1.001 }))).toBe(true);
    expect(passes(feeGate, seeing({ volatility: enough * 0.999 }))).toBe(false);
    expect(
      passes(feeGate, { ...seeing({ volatility: enough * 1.001 }), instrument: instrument({ takerFee: 0.001 }) }),
    ).toBe(false);
  });
});

describe('RegimeFilter', () => {
  it('keeps trend followers out of ranges and reversion out of trends', () => {
    const allowed = (strategy: string, regime: Regime) =>
      passes(regimeFilter, { signal: signal({ strategy, features: features({ regime }) }) });
    expect(
      ['trending', 'volatile', 'ranging', 'unknown'].map((regime) => allowed('ema_cross', regime as Regime)),
    ).toEqual([true, true, false, false]);
    expect(
      ['trending', 'volatile', 'ranging', 'unknown'].map((regime) => allowed('rsi_reversion', regime as Regime)),
    ).toEqual([false, true, true, false]);
  });
  it('blocks a strategy of unknown kind, whatever its name', () => {
    expect(passes(regimeFilter, { signal: signal({ strategy: 'moon_phase' }) })).toBe(false);
    expect(passes(regimeFilter, { signal: signal({ strategy: 'constructor' }) })).toBe(false);
  });
});

describe('HourlyCap', () => {
  const approval = (symbol: string, minutesAgo: number, signalId = `${symbol}-${minutesAgo}`) => ({
    signalId,
    symbol,
    at: NOW - minutesAgo * MINUTE,
  });
  it('counts the last hour, on the symbol and overall', () => {
    expect(passes(hourlyCap, { approvals: [approval('BTCUSDT', 59)] })).toBe(false);
    expect(passes(hourlyCap, { approvals: [approval('BTCUSDT', 60)] })).toBe(true);
    const others = ['A', 'B', 'C', 'D'].map((symbol) => approval(symbol, 5));
    expect(passes(hourlyCap, { approvals: others })).toBe(false);
    expect(passes(hourlyCap, { approvals: others.slice(1) })).toBe(true);
  });
  it('does not count the signal itself', () => {
    expect(passes(hourlyCap, { approvals: [approval('BTCUSDT', 0, signal().signalId)] })).toBe(true);
  });
});

describe('RiskGuard', () => {
  const elsewhere = (count: number) =>
    Array.from({ length: count }, (_, i) => position({ symbol: `S${i}`, signalId: `s${i}`, qty: 0.001 }));
  it('bounds how many positions are open or under way', () => {
    expect(passes(riskGuard, { openPositions: elsewhere(3) })).toBe(true);
    expect(passes(riskGuard, { openPositions: elsewhere(4) })).toBe(false);
    const underWay = [{ signalId: 'x', symbol: 'X', direction: 'LONG', notionalUsd: 100 }] as const;
    expect(passes(riskGuard, { openPositions: elsewhere(3), entriesUnderWay: underWay })).toBe(false);
  });
  it('counts an entry that has become a position once', () => {
    const held = elsewhere(3);
    const underWay = held.map(({ signalId, symbol, direction }) => ({ signalId, symbol, direction, notionalUsd: 100 }));
    expect(passes(riskGuard, { openPositions: held, entriesUnderWay: underWay })).toBe(true);
  });
  it('allows one position per symbol, since the exchange nets them', () => {
    expect(passes(riskGuard, { openPositions: [position()] })).toBe(false);
    expect(reason(riskGuard, { openPositions: [short()] })).toMatch(/the other way/);
  });
  it('bounds exposure against equity, at the latest price', () => {
    const held = [position({ symbol: 'ETHUSDT', signalId: 'e', qty: 4, entryPrice: 2_500 })];
    expect(passes(riskGuard, { openPositions: held })).toBe(true);
    const risen = new Map([['ETHUSDT', features({ symbol: 'ETHUSDT', price: 3_000 })]]);
    expect(reason(riskGuard, { openPositions: held, features: risen })).toMatch(
      /exposure would be 1\.5\d times equity, at most 1\.5/,
    );
  });
  it('bounds what is at stake at the stop, fees included', () => {
    expect(passes(riskGuard, { instrument: instrument({ takerFee: 0.01 }) })).toBe(false);
    const bold = { ...GUARD_LIMITS, sizing: { ...GUARD_LIMITS.sizing, riskFraction: 0.01, maxNotional: 1 } };
    expect(reason(riskGuard, { limits: bold })).toMatch(/at stake/);
  });
  it('stops a day that has lost 3 %', () => {
    expect(passes(riskGuard, { pnlTodayUsd: -290, equityUsd: 9_710 })).toBe(true);
    expect(passes(riskGuard, { pnlTodayUsd: -300, equityUsd: 9_700 })).toBe(false);
  });
  it('blocks what is too small for the exchange, and says so', () => {
    expect(reason(riskGuard, { equityUsd: 200 })).toMatch(/no less than 100 USD/);
  });
});

describe('CorrelationThrottle', () => {
  const mine = features();
  const same = features({ symbol: 'ETHUSDT', returns: mine.returns.map((r) => 2 * r) });
  const opposite = features({ symbol: 'SOLUSDT', returns: mine.returns.map((r) => -r) });
  const unrelated = features({ symbol: 'XRPUSDT', returns: mine.returns.map((_, i) => Math.cos(i * 1.7)) });
  const known = new Map([mine, same, opposite, unrelated].map((one) => [one.symbol, one]));
  const holding = (...held: readonly (readonly [string, 'LONG' | 'SHORT'])[]) => ({
    features: known,
    openPositions: held.map(([symbol, direction], i) => position({ symbol, direction, signalId: `${i}` })),
  });
  const strict = { limits: { ...GUARD_LIMITS, correlation: { ...GUARD_LIMITS.correlation, tolerated: 0 } } };

  it('sees the same bet under another name, also the other way round', () => {
    expect(passes(correlationThrottle, { ...strict, ...holding(['ETHUSDT', 'LONG']) })).toBe(false);
    expect(passes(correlationThrottle, { ...strict, ...holding(['SOLUSDT', 'SHORT']) })).toBe(false);
  });
  it('lets a hedge and an unrelated bet pass', () => {
    expect(
      passes(correlationThrottle, {
        ...strict,
        ...holding(['ETHUSDT', 'SHORT'], ['SOLUSDT', 'LONG'], ['XRPUSDT', 'LONG']),
      }),
    ).toBe(true);
  });
  it('tolerates one by default, not two', () => {
    expect(passes(correlationThrottle, holding(['ETHUSDT', 'LONG']))).toBe(true);
    expect(passes(correlationThrottle, holding(['ETHUSDT', 'LONG'], ['SOLUSDT', 'SHORT']))).toBe(false);
  });
  it('counts a correlation it cannot know as correlated', () => {
    expect(reason(correlationThrottle, { ...strict, ...holding(['NEWUSDT', 'SHORT']) })).toMatch(/NEWUSDT \(unknown\)/);
  });
  it('aligns two symbols by time', () => {
    const later = features({ at: NOW + 3 * MINUTE, returns: [...mine.returns.slice(3), 0.01, -0.02, 0.03] });
    expect(correlationOf(mine, later, MINUTE, 30)).toBeCloseTo(1, 10);
    expect(correlationOf(later, mine, MINUTE, 30)).toBeCloseTo(1, 10);
    expect(correlationOf(mine, { ...later, at: NOW + 40 * MINUTE }, MINUTE, 30)).toBe(null);
    expect(correlationOf(mine, features({ returns: mine.returns.map(() => 0) }), MINUTE, 30)).toBe(null);
  });
});
