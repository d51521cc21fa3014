/**
 * A strategy is a pure function: from what is known of a symbol now, and one bar ago, to an idea or to none.
 *
 * To add one: write a file beside this one that exports a `Strategy`, add it to `catalogue.ts`, and write a test with
 * two sets of features. It needs no state (what it must remember of the past is a feature, see `indicators.ts`), no clock
 * and no chance; so it gives the same ideas live, in a replay and after a restart. Its `kind` tells `RegimeFilter` in which
 * markets its ideas are allowed.
 */
import type { Direction, Features, Idea } from '../../machines/messages.ts';

/** `trend` follows a move; `reversion` bets on its end. */
export type StrategyKind = 'trend' | 'reversion';

export interface Strategy {
  readonly name: string;
  readonly kind: StrategyKind;
  /**
   * `features` are stable (all indicators are warm) when this is called; `previous` are those of the bar before, or
   * `null` when there was none. Called once a bar and symbol.
   */
  think(features: Features, previous: Features | null): Idea | null;
}

/** Asks every strategy, in order. Features that are not stable yet give no ideas: half-warm indicators cross by themselves. */
export function thinkAll(strategies: readonly Strategy[], features: Features, previous: Features | null): Idea[] {
  if (!features.stable) return [];
  const ideas: Idea[] = [];
  for (const strategy of strategies) {
    const idea = strategy.think(features, previous);
    if (idea) ideas.push(idea);
  }
  return ideas;
}

/** An idea on the symbol of `features`; confidence is clamped to [0, 1] and rounded to three places. */
export function idea(
  strategy: string,
  features: Features,
  direction: Direction,
  confidence: number,
  reason: string,
): Idea {
  const rounded = Math.round(Math.min(1, Math.max(0, confidence)) * 1000) / 1000;
  return { symbol: features.symbol, direction, strategy, confidence: rounded, reason };
}
