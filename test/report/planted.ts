/**
 * Thousands of overlapping shadow trades on recorded minutes (generated ones where there are none), made by the bot's own exits,
 * whose signals come in clusters; and guards that are planted into them.
 */

import { EXIT_DEFAULTS } from '../../src/actors/exits/exit-rules.ts';
import { GUARD_LIMITS } from '../../src/actors/guards/limits.ts';
import type { RealPlan, RealTerms } from '../../src/actors/real-shadow.ts';
import { RealShadowBook } from '../../src/actors/real-shadow-book.ts';
import { realExitRecord } from '../../src/actors/real-shadow-record.ts';
import { instrumentOf } from '../../src/adapters/instruments.ts';
import { seededChance } from '../../src/adapters/seeded-chance.ts';
import { ReportBook } from '../../src/cli/report/report-book.ts';
import type { Chance } from '../../src/ports/chance.ts';
import type { Trade } from '../../src/report/trade.ts';
import { recorded } from '../actors/recorded.ts';

const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'XRPUSDT', 'BNBUSDT'];
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export const termsOf = (symbol: string): RealTerms => {
  const instrument = instrumentOf(symbol);
  return {
    rules: { ...EXIT_DEFAULTS, tick: instrument.tick },
    instrument,
    slippage: GUARD_LIMITS.fees.slippageBps / 10_000,
    intervalMs: MINUTE,
    funding: null,
  };
};

const planOf = (symbol: string, decidedAt: number, price: number, chance: Chance): RealPlan => ({
  signalId: `${symbol}_${decidedAt}_${chance.hex(8)}`,
  symbol,
  direction: chance.next() < 0.5 ? 'LONG' : 'SHORT',
  strategy: 'planted',
  confidence: chance.next(),
  regime: 'unknown',
  decision: 'APPROVED',
  blocker: null,
  blockedBy: [],
  passedBy: [],
  foretoldBy: [],
  decidedAt,
  size: { qty: Math.max(instrumentOf(symbol).lot, Number((3_000 / price).toPrecision(2))), leverage: 3 },
});

/** About 6,000 trades in 30 days. Busy hours and quiet ones; in a busy hour all symbols speak. */
export function plantedTrades(): { readonly source: string; readonly trades: readonly Trade[] } {
  const mood = seededChance(7).fork('mood');
  const busy = Array.from({ length: 24 * 40 }, () => Math.exp(1.1 * mood.gaussian() - 0.6));
  const book = new ReportBook();
  let source = '';
  for (const symbol of SYMBOLS) {
    const chance = seededChance(7).fork(symbol);
    const { source: from, candles } = recorded(symbol, 43_200);
    source = from;
    const shadows = new RealShadowBook();
    const terms = termsOf(symbol);
    const first = candles[0]?.ts ?? 0;
    for (const candle of candles) {
      for (const { shadow, over, at } of shadows.onCandle(candle, terms)) {
        book.outcome(realExitRecord(shadow, over, at, true));
        shadows.recorded(symbol, shadow.plan.signalId);
      }
      const rate = (1.65 / 60) * (busy[Math.floor((candle.ts - first) / HOUR)] ?? 0);
      if (chance.next() < rate) shadows.plan(planOf(symbol, candle.ts + MINUTE, candle.close, chance));
    }
  }
  const trades = [...book.records.trades].sort((a, b) => a.openedAt - b.openedAt || (a.id < b.id ? -1 : 1));
  return { source, trades };
}

/** Moments in spells of some hours, which have nothing to do with what becomes of a trade. */
function spells(from: number, to: number, share: number, chance: Chance): (at: number) => boolean {
  const edges: number[] = [];
  let isOn = chance.next() < share;
  const startsOn = isOn;
  for (let at = from; at < to; isOn = !isOn) {
    at += -Math.log(1 - chance.next()) * 4 * HOUR * (isOn ? share : 1 - share) * 2;
    edges.push(at);
  }
  return (at) => {
    let low = 0;
    let high = edges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((edges[middle] ?? 0) <= at) low = middle + 1;
      else high = middle;
    }
    return startsOn !== (low % 2 === 1);
  };
}

/**
 * A guard that blocks in spells, whatever comes.
 * @param worseBp what is taken off the trades it blocks: 0 is a guard without skill
 */
export function planted(trades: readonly Trade[], share: number, worseBp: number, chance: Chance) {
  const first = trades[0]?.openedAt ?? 0;
  const blocks = spells(first, (trades.at(-1)?.openedAt ?? 0) + 1, share, chance);
  const blocked: Trade[] = [];
  const passed: Trade[] = [];
  for (const trade of trades) {
    if (!blocks(trade.openedAt)) {
      passed.push(trade);
      continue;
    }
    const perR = trade.r === 0 ? 0 : trade.bp / trade.r;
    const bp = trade.bp - worseBp;
    const usd = trade.usd - (worseBp / 10_000) * trade.notionalUsd;
    blocked.push({ ...trade, bp, usd, r: perR === 0 ? trade.r : bp / perR });
  }
  return { blocked, passed };
}
