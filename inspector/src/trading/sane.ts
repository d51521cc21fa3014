/** The answer of the server as the page can rely on it: lists are lists, names are names. Numbers are looked at where they are shown. */
import type { TradingView } from '../../../src/inspector/contract.ts';
import { known } from './known.ts';
import { clean } from './thin.ts';

const list = <T extends object>(raw: readonly T[] | null | undefined): readonly T[] =>
  Array.isArray(raw) ? raw.filter((one): one is T => typeof one === 'object' && one !== null) : [];
const text = (raw: unknown, otherwise: string): string => (typeof raw === 'string' && raw !== '' ? raw : otherwise);
const counts = (raw: unknown): Readonly<Record<string, number>> =>
  typeof raw === 'object' && raw !== null ? (raw as Readonly<Record<string, number>>) : {};

export function sane(raw: TradingView): TradingView {
  return {
    ...raw,
    funnel: list(raw.funnel).map((one) => ({ ...one, stage: text(one.stage, 'unnamed') })),
    by_state: counts(raw.by_state),
    ages: list(raw.ages).map((one) => ({ ...one, by_state: counts(one.by_state) })),
    equity: clean(raw.equity),
    drawdown: clean(raw.drawdown),
    real: clean(raw.real),
    shadow: clean(raw.shadow),
    max_drawdown: known(raw.max_drawdown),
    positions: list(raw.positions).map((one) => ({ ...one, symbol: text(one.symbol, 'unnamed') })),
    trades: raw.trades ?? {
      closed: Number.NaN,
      won: Number.NaN,
      realised_usd: Number.NaN,
      fees_usd: Number.NaN,
      funding_usd: Number.NaN,
    },
    guards: list(raw.guards).map((one) => ({ ...one, guard: text(one.guard, 'unnamed') })),
    why_not: list(raw.why_not).map((one) => ({
      ...one,
      by: text(one.by, 'unnamed'),
      reason: text(one.reason, 'no reason was written down'),
    })),
  };
}
