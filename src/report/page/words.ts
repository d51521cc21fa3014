/** Numbers as people read them: the same on the terminal and on the page. */
import type { Verdict } from '../verdict.ts';
import type { Interval } from '../wilson.ts';

export const NONE = '–';
const signed = (value: number, digits: number): string => `${value > 0 ? '+' : ''}${value.toFixed(digits)}`;

export const inUsd = (usd: number | null): string =>
  usd === null ? NONE : usd.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
export const inR = (r: number | null): string => (r === null ? NONE : signed(r, 3));
export const inShare = (share: number | null): string => (share === null ? NONE : `${(share * 100).toFixed(1)} %`);
export const inCount = (count: number): string => count.toLocaleString('en-US');

export function between(interval: Interval | null, word: (value: number) => string): string {
  return interval === null ? NONE : `${word(interval[0])} to ${word(interval[1])}`;
}

/** `2025-06-09` */
export const day = (iso: string | null): string => (iso === null ? NONE : iso.slice(0, 10));

/** A verdict in figures: selectivity, its interval, p, what could have been detected, independent trades blocked and passed, days. */
export const verdictFigures = (verdict: Verdict): readonly string[] => [
  inR(verdict.selectivity_r),
  between(verdict.interval_r, inR),
  verdict.p === null ? NONE : verdict.p.toFixed(3),
  verdict.detectable_r === null ? NONE : `±${verdict.detectable_r.toFixed(3)}`,
  `${verdict.n_eff.blocked.toFixed(0)} / ${verdict.n_eff.passed.toFixed(0)}`,
  String(verdict.days),
];
