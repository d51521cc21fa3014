import { describe, expect, it } from 'vitest';
import { STRATEGIES } from '../../../src/actors/strategies/catalogue.ts';
import { donchianBreakout } from '../../../src/actors/strategies/donchian-breakout.ts';
import { emaCross } from '../../../src/actors/strategies/ema-cross.ts';
import { rsiReversion } from '../../../src/actors/strategies/rsi-reversion.ts';
import { type Strategy, thinkAll } from '../../../src/actors/strategies/strategy.ts';
import type { Features } from '../../../src/machines/messages.ts';
import { features } from '../samples.ts';

/** ATR is 50: the averages stand `atrs` of it apart. */
const apart = (atrs: number) => features({ emaFast: 100_000 + 50 * atrs, emaSlow: 100_000 });
const thinks = (strategy: Strategy, before: Features, now: Features) => strategy.think(now, before)?.direction ?? null;

describe('the EMA cross', () => {
  it('goes with the fast average when it leaves the slow one by 0.3 ATR', () => {
    expect(thinks(emaCross, apart(0.1), apart(0.31))).toBe('LONG');
    expect(thinks(emaCross, apart(-0.1), apart(-0.31))).toBe('SHORT');
  });
  it('has no idea while they are close, after the crossing, or when they drift', () => {
    expect(thinks(emaCross, apart(-0.1), apart(0.29))).toBe(null);
    expect(thinks(emaCross, apart(0.31), apart(0.6))).toBe(null);
    expect(thinks(emaCross, apart(0.29), apart(0.31))).toBe(null);
  });
});

describe('the RSI reversion', () => {
  const at = (rsi: number) => features({ rsi });
  it('waits for the way back: over 30 from below, under 70 from above', () => {
    expect(thinks(rsiReversion, at(25), at(31))).toBe('LONG');
    expect(thinks(rsiReversion, at(75), at(69))).toBe('SHORT');
  });
  it('has no idea on the way there, nor in between', () => {
    expect(thinks(rsiReversion, at(31), at(25))).toBe(null);
    expect(thinks(rsiReversion, at(69), at(75))).toBe(null);
    expect(thinks(rsiReversion, at(40), at(60))).toBe(null);
  });
  it('does not take the RSI of a flat market (100 by definition) for an overbought one', () => {
    expect(thinks(rsiReversion, features({ rsi: 100, atr: 0 }), features({ rsi: 60 }))).toBe(null);
  });
  it('is surer the deeper the market was', () => {
    const shallow = rsiReversion.think(at(31), at(29))?.confidence ?? 0;
    const deep = rsiReversion.think(at(31), at(18))?.confidence ?? 0;
    expect(deep).toBeGreaterThan(shallow);
  });
});

describe('the Donchian breakout', () => {
  const at = (price: number) => features({ price });
  it('follows a close 0.75 ATR outside of the channel', () => {
    expect(thinks(donchianBreakout, at(100_000), at(100_140))).toBe('LONG');
    expect(thinks(donchianBreakout, at(100_000), at(99_860))).toBe('SHORT');
  });
  it('has no idea when the channel is only touched, or was broken already', () => {
    expect(thinks(donchianBreakout, at(100_000), at(100_130))).toBe(null);
    expect(thinks(donchianBreakout, at(100_120), at(100_200))).toBe(null);
  });
});

describe('every strategy', () => {
  it('has a name of its own', () => {
    expect(new Set(STRATEGIES.map(({ name }) => name)).size).toBe(STRATEGIES.length);
  });
  it('has no idea without a bar before, or with indicators that are not there', () => {
    const empty = features({
      emaFast: null,
      emaSlow: null,
      rsi: null,
      atr: null,
      donchianHigh: null,
      donchianLow: null,
    });
    for (const strategy of STRATEGIES) {
      expect(strategy.think(features(), null), strategy.name).toBe(null);
      expect(strategy.think(empty, features()), strategy.name).toBe(null);
      expect(strategy.think(features({ price: 101_000, rsi: 31, emaFast: 100_100 }), empty), strategy.name).toBe(null);
    }
  });
  it('says why in numbers, and how sure it is between 0 and 1', () => {
    const ideas = [
      emaCross.think(apart(5), apart(-5)),
      rsiReversion.think(features({ rsi: 50 }), features({ rsi: 0.1 })),
      donchianBreakout.think(features({ price: 200_000 }), features()),
    ];
    for (const idea of ideas) {
      expect(idea?.reason).toMatch(/\d/);
      expect(idea?.confidence).toBe(1);
      expect(idea?.symbol).toBe('BTCUSDT');
    }
  });
  it('is not asked before the indicators are stable', () => {
    const eager: Strategy = {
      name: 'eager',
      kind: 'trend',
      think: ({ symbol }) => ({ symbol, direction: 'LONG', strategy: 'eager', confidence: 1, reason: '1' }),
    };
    expect(thinkAll([eager], features({ stable: false }), features())).toEqual([]);
    expect(thinkAll([eager, eager], features(), null)).toHaveLength(2);
  });
});
