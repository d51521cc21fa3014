/** Signals and money as a day might have them. */
import type * as api from '../../src/inspector/contract.ts';
import type { SignalQuery } from '../../src/inspector/source.ts';

const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'XRPUSDT', 'ADAUSDT', 'DOGEUSDT'] as const;
const STRATEGIES = ['trend_following', 'breakout', 'mean_reversion'] as const;
const GUARDS = [
  'fee_gate',
  'volatility_guard',
  'hourly_cap',
  'risk_guard',
  'regime_filter',
  'correlation_throttle',
] as const;
const HOW_MANY = 10_000;
const DAY = 86_400_000;

/** A number from 0 to 1 that is the same for the same n. */
const noise = (n: number): number => {
  const x = Math.sin(n * 12.9898) * 43_758.5453;
  return x - Math.floor(x);
};
const pick = <T>(from: readonly T[], n: number): T => from[Math.floor(noise(n) * from.length)] as T;

function signalAt(now: number, n: number): api.SignalView {
  const at = now - n * (DAY / HOW_MANY);
  const chance = noise(n);
  const blocked = chance < 0.74;
  const state =
    n < 3
      ? pick(['generated', 'evaluating', 'approved', 'executing'] as const, n)
      : blocked
        ? 'learned'
        : chance < 0.76
          ? 'expired'
          : n < 40
            ? 'executed'
            : 'learned';
  return {
    id: `${pick(SYMBOLS, n + 1)}_${at.toFixed(0)}_${Math.floor(noise(n) * 0xffffffff)
      .toString(16)
      .padStart(8, '0')}`,
    symbol: pick(SYMBOLS, n + 1),
    direction: noise(n + 2) < 0.5 ? 'LONG' : 'SHORT',
    strategy: pick(STRATEGIES, n + 3),
    state,
    at: Math.round(at),
    changed_at: Math.round(at + 212),
    confidence: 0.5 + noise(n + 4) / 2,
    price: 100 + noise(n + 5) * 90_000,
    blocked_by: blocked && n >= 3 ? pick(GUARDS, n + 6) : null,
    reason:
      blocked && n >= 3 ? `expected move 0.${Math.floor(noise(n) * 90) + 10} % is less than the fees of 0.12 %` : null,
  };
}

export function signalPage(now: number, { state, symbol, search, before, limit }: SignalQuery): api.SignalPage {
  const all = Array.from({ length: HOW_MANY }, (_, n) => signalAt(now, n)).filter(
    (one) =>
      (state === undefined || one.state === state) &&
      (symbol === undefined || one.symbol === symbol) &&
      (search === undefined || one.id.includes(search) || (one.blocked_by ?? '').includes(search)),
  );
  return { signals: all.filter(({ at }) => before === undefined || at < before).slice(0, limit), total: all.length };
}

export function signalDetail(now: number, id: string): api.SignalDetail | null {
  const found = Array.from({ length: HOW_MANY }, (_, n) => signalAt(now, n)).find((one) => one.id === id);
  if (!found) return null;
  const path = found.blocked_by
    ? ['generated', 'evaluating', 'blocked', 'learned']
    : ['generated', 'evaluating', 'approved', 'executing', 'executed', 'learned'];
  const until = path.indexOf(found.state);
  return {
    ...found,
    steps: path.slice(0, until < 0 ? 2 : until + 1).map((to, n) => ({
      at: found.at + n * 53,
      from: n === 0 ? null : (path[n - 1] ?? null),
      to,
      reason: n === 2 ? (found.reason ?? 'all guards passed') : null,
    })),
    verdicts: GUARDS.map((guard) => ({
      guard,
      passed: guard !== found.blocked_by,
      says: guard === found.blocked_by ? (found.reason ?? '') : 'within its limit',
    })),
    why_not: found.blocked_by ? `${found.blocked_by} blocked it: ${found.reason}.` : null,
    shadow: {
      entry: found.price ?? 1,
      exit: (found.price ?? 1) * 1.004,
      exit_at: found.at + 1_800_000,
      pnl_pct: 0.0028,
      pnl_usd: 2.8,
      exit_reason: 'take_profit',
    },
  };
}

const series = (now: number, seed: number, step: number): api.Series => {
  let value = 0;
  return Array.from({ length: 300 }, (_, n) => {
    value += (noise(n * 7 + seed) - 0.47) * step;
    return [now - DAY + (n * DAY) / 300, Math.round(value * 100) / 100] as const;
  });
};

export function fixtureTrading(now: number, empty: boolean, trouble = false): api.TradingView {
  const real = empty ? [] : series(now, 1, 9);
  const equity: api.Series = real.map(([at, usd]) => [at, 10_000 + usd] as const);
  let peak = Number.NEGATIVE_INFINITY;
  const drawdown: api.Series = equity.map(([at, usd]) => {
    peak = Math.max(peak, usd);
    return [at, 1 - usd / peak] as const;
  });
  const guard = (
    name: string,
    blocked: number,
    saved: number | null,
    low: number,
    high: number,
  ): api.TradingView['guards'][number] => ({
    guard: name,
    blocked,
    shadows: saved === null ? 12 : blocked - 3,
    saved_usd: saved,
    interval: saved === null ? null : [low, high],
    verdict: saved === null ? 'not enough data' : low > 0 ? 'saves' : high < 0 ? 'costs' : 'no evidence',
  });
  return {
    at: now,
    window_ms: DAY,
    funnel: empty
      ? []
      : [
          { stage: 'Signals', count: 4_812, lost: null },
          { stage: 'Decided', count: 4_790, lost: '22 expired' },
          { stage: 'Passed guards', count: 1_204, lost: '3,586 blocked' },
          { stage: 'Passed safety', count: 1_180, lost: '24 blocked' },
          { stage: 'Executed', count: 1_176, lost: '4 rejected' },
          { stage: 'Closed', count: 1_169, lost: '7 open' },
        ],
    by_state: empty
      ? {}
      : {
          generated: 1,
          evaluating: 2,
          approved: 0,
          executing: 1,
          executed: 7,
          blocked: 3,
          expired: 22,
          learned: 4_776,
        },
    ages: [
      { up_to_ms: 1_000, by_state: empty ? {} : { generated: 1, evaluating: 1 } },
      { up_to_ms: 60_000, by_state: empty ? {} : { evaluating: 1, executing: 1 } },
      { up_to_ms: 3_600_000, by_state: empty ? {} : { executed: 5 } },
      {
        up_to_ms: null,
        by_state: empty ? {} : trouble ? { evaluating: 2, approved: 1, executed: 2 } : { executed: 2 },
      },
    ],
    oldest_unfinished_ms: empty ? null : trouble ? 6_300_000 : 4_200,
    signal_to_order_ms: empty ? null : 212,
    stuck: trouble ? 3 : 0,
    stuck_after_ms: 3_600_000,
    equity,
    drawdown,
    real,
    // In trouble the shadow engine has stopped an hour ago.
    shadow: empty ? [] : series(now, 5, 7).slice(0, trouble ? -14 : undefined),
    max_drawdown: drawdown.reduce((most, [, part]) => Math.max(most, part), 0),
    positions: empty
      ? []
      : [
          {
            symbol: 'BTCUSDT',
            side: 'LONG',
            strategy: 'breakout',
            qty: 0.012,
            entry: 91_204.1,
            mark: 91_410.6,
            pnl_usd: 2.478,
            funding_usd: -0.12,
            leverage: 3,
            liquidation: 61_871.2,
            opened_at: new Date(now - 1_800_000).toISOString(),
          },
          {
            symbol: 'SOLUSDT',
            side: 'SHORT',
            strategy: 'trend_following',
            qty: 8,
            entry: 204.12,
            mark: 204.98,
            pnl_usd: -6.88,
            funding_usd: 0.05,
            leverage: 3,
            liquidation: 271.3,
            opened_at: new Date(now - 5_400_000).toISOString(),
          },
        ],
    trades: empty
      ? { closed: 0, won: 0, realised_usd: 0, fees_usd: 0, funding_usd: 0 }
      : { closed: 1_169, won: 521, realised_usd: real.at(-1)?.[1] ?? 0, fees_usd: 412.7, funding_usd: -18.4 },
    guards: empty
      ? []
      : [
          guard('fee_gate', 812, 412.3, 210, 611),
          guard('volatility_guard', 640, 188.1, 44, 330),
          guard('hourly_cap', 118, 22.9, -40, 85),
          guard('risk_guard', 1_687, 12, -180, 204),
          guard('regime_filter', 233, -36.4, -120, 47),
          guard('correlation_throttle', 96, -81.7, -140, -22),
          guard('safety_layer', 24, null, 0, 0),
        ],
    why_not: empty
      ? []
      : [
          { by: 'risk_guard', reason: 'most positions are open', count: 1_687, example: signalAt(now, 10).id },
          { by: 'fee_gate', reason: 'expected move is less than the fees', count: 812, example: signalAt(now, 20).id },
          { by: 'volatility_guard', reason: 'volatility above its limit', count: 640, example: signalAt(now, 30).id },
          {
            by: 'regime_filter',
            reason: 'against the regime of the market',
            count: 233,
            example: signalAt(now, 60).id,
          },
          { by: 'hourly_cap', reason: 'enough trades in this hour', count: 118, example: signalAt(now, 70).id },
          {
            by: 'correlation_throttle',
            reason: 'too much of the same is held',
            count: 96,
            example: signalAt(now, 80).id,
          },
          { by: 'safety_layer', reason: 'exposure would be above its limit', count: 24, example: signalAt(now, 90).id },
          { by: 'expired', reason: 'went stale before it was decided', count: 22, example: signalAt(now, 50).id },
        ],
  };
}
