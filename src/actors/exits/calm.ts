/**
 * Between which prices nothing happens to a position. Most bars touch none of its levels, and make no new peak or trough: a
 * comparison with what was worked out once tells them apart from the others.
 */
import type { Candle, Position } from '../../machines/messages.ts';
import { levelAt } from '../level.ts';
import { bufferOf, type ExitRules, rungTaken, standingOf } from './exit-rules.ts';

/** A bar from `lowest` to `highest`, above `above` and below `below`, that closes before `before`, changes nothing. */
export interface Calm {
  readonly above: number;
  readonly below: number;
  readonly lowest: number;
  readonly highest: number;
  readonly before: number;
}

/** @returns `null` where the next bar changes something at any rate: its stop is due to be raised */
export function calmOf(position: Position, rules: ExitRules): Calm | null {
  const { stop, hasRung } = standingOf(position, rules);
  if (stop !== position.stopPrice) return null;
  const { entryPrice, peakPrice, troughPrice, openedAt } = position;
  const isLong = position.direction === 'LONG';
  const buffer = bufferOf(position, rules);
  const rungs = (['tp1', 'tp2'] as const)
    .filter((gate) => !rungTaken(position, gate))
    .map((gate) => levelAt(entryPrice, isLong ? rules[gate].at : -rules[gate].at));
  return {
    above: isLong ? Math.max(buffer, stop) : Math.max(...rungs),
    below: isLong ? Math.min(...rungs) : Math.min(buffer, stop),
    lowest: troughPrice,
    highest: peakPrice,
    before: hasRung && rules.timeStopSparesRungs ? Number.POSITIVE_INFINITY : openedAt + rules.timeStopMs,
  };
}

/** @param now when the bar closes. What is no number is never calm */
export const isCalm = ({ above, below, lowest, highest, before }: Calm, { low, high }: Candle, now: number): boolean =>
  low > above && high < below && low >= lowest && high <= highest && now < before;
