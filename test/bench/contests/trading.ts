/** What a bot does a lot of: shadow trades against every bar, deadlines, and the whole pipeline. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Deadlines } from '../../../src/actors/deadlines.ts';
import { levelAt } from '../../../src/actors/level.ts';
import { SHADOW_RULES, ShadowBook, type ShadowTrade } from '../../../src/actors/shadow-rules.ts';
import { seededChance } from '../../../src/adapters/seeded-chance.ts';
import type { Candle } from '../../../src/machines/messages.ts';
import { recordedFolder } from '../../actors/recorded.ts';
import { type Contest, cpuMs } from '../contest.ts';

const T0 = 1_746_402_300_000;
const OPEN = 100_000;
const SYMBOLS = 50;

/** Trades that are open, and ticks of prices that walk: a tick is a bar of one symbol. */
function market(ticks: number): { readonly trades: readonly ShadowTrade[]; readonly bars: readonly Candle[] } {
  const chance = seededChance(5);
  const prices = Array.from({ length: SYMBOLS }, () => 100);
  const trades = Array.from({ length: OPEN }, (_, n) => ({
    signalId: `s${n}`,
    symbol: `S${n % SYMBOLS}`,
    direction: n % 2 === 0 ? ('LONG' as const) : ('SHORT' as const),
    entryPrice: 100 * (0.995 + 0.01 * chance.next()),
    openedAt: T0,
  }));
  const bars = Array.from({ length: ticks }, (_, n) => {
    const open = prices[n % SYMBOLS] ?? 100;
    const close = open * (1 + 0.002 * (chance.next() - 0.5));
    prices[n % SYMBOLS] = close;
    const [high, low] = [Math.max(open, close) * 1.0001, Math.min(open, close) * 0.9999];
    return { symbol: `S${n % SYMBOLS}`, ts: T0 + Math.floor(n / SYMBOLS) * 1_000, open, high, low, close, volume: 1 };
  });
  return { trades, bars };
}

export const shadow: Contest = {
  name: 'shadow',
  says: 'Ticks against 100,000 open shadow trades of 50 symbols: 10,000 ticks (the loop: as many as it does in a while)',
  unit: 'ticks/s',
  better: 'more',
  us: () => {
    const { trades, bars } = market(10_000);
    const book = new ShadowBook();
    for (const trade of trades) book.open(trade);
    const began = cpuMs();
    let closed = 0;
    for (const bar of bars) closed += book.onCandle(bar, bar.ts + 1_000).length;
    const took = cpuMs() - began;
    if (closed === 0 || closed + book.size !== OPEN) throw new Error(`${closed} closed, ${book.size} open`);
    return (bars.length * 1_000) / took;
  },
  peers: {
    'every open trade on every tick': () => {
      const { trades, bars } = market(150);
      const open = new Map(
        trades.map((one) => {
          const side = one.direction === 'LONG' ? 1 : -1;
          const target = levelAt(one.entryPrice, side * SHADOW_RULES.takeProfit);
          const stop = levelAt(one.entryPrice, -side * SHADOW_RULES.stopLoss);
          return [one.signalId, { ...one, side, target, stop, deadline: one.openedAt + SHADOW_RULES.maxHoldMs }];
        }),
      );
      const began = cpuMs();
      for (const { symbol, ts, high, low } of bars)
        for (const [id, one] of open) {
          if (one.symbol !== symbol) continue;
          const [best, worst] = one.side > 0 ? [high, low] : [low, high];
          if (one.deadline <= ts || (best - one.target) * one.side >= 0 || (worst - one.stop) * one.side <= 0)
            open.delete(id);
        }
      return (bars.length * 1_000) / (cpuMs() - began);
    },
  },
  wanted: { 'every open trade on every tick': 100 },
};

const LIVE = 1_000_000;
function armed(): { readonly deadlines: Deadlines; readonly armNs: number } {
  const deadlines = new Deadlines();
  const began = cpuMs();
  for (let slot = 0; slot < LIVE; slot++) deadlines.set(slot, T0 + slot / 100, true);
  return { deadlines, armNs: ((cpuMs() - began) * 1e6) / LIVE };
}
/** All of them move on, in any order. */
function rearmed(deadlines: Deadlines): number {
  const chance = seededChance(3);
  const slots = Uint32Array.from({ length: LIVE }, () => Math.floor(chance.next() * LIVE));
  const began = cpuMs();
  for (let n = 0; n < LIVE; n++) deadlines.set(slots[n] ?? 0, T0 + 20_000 + n / 100, true);
  return ((cpuMs() - began) * 1e6) / LIVE;
}

export const arming: Contest = {
  name: 'arming',
  says: 'Arming a deadline among 1,000,000; beside it re-arming one, in any order',
  unit: 'ns',
  better: 'less',
  us: () => armed().armNs,
  peers: { 're-arming': () => rearmed(armed().deadlines) },
  limit: 200,
};

export const due: Contest = {
  name: 'due',
  says: 'CPU of the longest look for those that are due, of looks every 10 ms over ten seconds, among 1,000,000 of which most have moved on',
  unit: 'ms',
  better: 'less',
  us: () => {
    const { deadlines } = armed();
    rearmed(deadlines);
    let [longest, found] = [0, 0];
    for (let now = T0; now < T0 + 10_000; now += 10) {
      const began = cpuMs();
      for (const slot of deadlines.before((time) => time <= now)) {
        deadlines.set(slot, now, false);
        found++;
      }
      longest = Math.max(longest, cpuMs() - began);
    }
    if (found === 0) throw new Error('nothing was due');
    return longest;
  },
  peers: {},
  limit: 10,
};

export const pipeline: Contest = {
  name: 'pipeline',
  says: 'Candles of one symbol through the whole bot, recorded minutes to written decisions: thirteen components, healing on, `--speed max`, start and end of the program included',
  unit: 'candles/s',
  better: 'more',
  us: () => {
    const dir = mkdtempSync(join(process.env.BENCH_DIR ?? tmpdir(), 'kintsugi-bench-month-'));
    try {
      const program = join(import.meta.dirname, '../../../src/cli/kintsugi.ts');
      const span = process.env.SPAN ? ['--for', process.env.SPAN] : [];
      const args = [
        'run',
        '--dir',
        dir,
        '--feed',
        `replay:${recordedFolder().btc}`,
        '--speed',
        'max',
        '--json',
        ...span,
      ];
      const began = performance.now();
      const out = execFileSync(process.execPath, [program, ...args], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const { ticks } = JSON.parse(out) as { readonly ticks: number };
      return (ticks * 1_000) / (performance.now() - began);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  },
  peers: {},
  limit: 3_000,
};
