/** Numbers as people read them: the same on the terminal and on the page. */
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
