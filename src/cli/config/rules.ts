/** What settings must be to each other. No schema can say it, so it is asked of the whole. */
import { keyOf, type Path } from './catalogue.ts';
import type { Problem } from './config-error.ts';
import { type Layers, valueAt } from './layers.ts';
import { goesBefore } from './origin.ts';
import type { Configuration } from './schema.ts';

interface Rule {
  /** Two settings that do not go together. */
  readonly between: readonly [Path, Path];
  readonly holds: (one: number, other: number, config: Configuration) => boolean;
  /** What must be; it follows the name of the first. */
  readonly must: string;
  readonly why: string;
}

const below = (one: number, other: number): boolean => one < other;
/** Fractions are read as decimals: 0.4 and 0.6 are a whole. */
const ALMOST = 1e-9;

export const RULES: readonly Rule[] = [
  {
    between: [
      ['guards', 'volatility', 'min'],
      ['guards', 'volatility', 'max'],
    ],
    holds: below,
    must: 'must be below',
    why: 'no market would be neither too calm nor too wild',
  },
  {
    between: [
      ['exits', 'tp1', 'at'],
      ['exits', 'tp2', 'at'],
    ],
    holds: below,
    must: 'must be below',
    why: 'the second rung lies beyond the first',
  },
  {
    between: [
      ['exits', 'tp1', 'fraction'],
      ['exits', 'tp2', 'fraction'],
    ],
    holds: (one, other) => one + other <= 1 + ALMOST,
    must: 'must be at most 1 together with',
    why: 'more than the whole cannot be closed',
  },
  {
    between: [
      ['exits', 'roundTripCost'],
      ['exits', 'tp1', 'at'],
    ],
    holds: below,
    must: 'must be below',
    why: 'the stop that stands at break-even after the first rung would be hit at once',
  },
  {
    between: [
      ['exits', 'liquidationBuffer'],
      ['exits', 'stopFraction'],
    ],
    // Entries have whole leverage, as little as leaves liquidation far enough behind the stop; maintenance margin only brings it nearer.
    holds: (buffer, stop, { leverage, guards: { sizing } }) => {
      const safe = Math.max(1, Math.floor(Math.min(leverage, 1 / (stop * sizing.liquidationDistance))));
      return (1 - buffer) / safe >= stop - ALMOST;
    },
    must: 'must leave more of the way to liquidation than',
    why: 'every position would be left before its stop is reached, and near 1 at once; a lower buffer, or less leverage, helps',
  },
];

/** Which rules the configuration breaks; told of the setting that goes before the other. */
export function brokenRules(config: Configuration, layers: Layers): readonly Problem[] {
  return RULES.flatMap(({ between: [one, other], holds, must, why }): readonly Problem[] => {
    const [a, b] = [Number(valueAt(config, one)), Number(valueAt(config, other))];
    if (holds(a, b, config)) return [];
    const [from, against] = [layers.origin(one), layers.origin(other)];
    const isDefault = (kind: string): string => (kind === 'default' ? ', the default' : '');
    const says = `"${keyOf(one)}": ${a}${isDefault(from.kind)} ${must} "${keyOf(other)}" (${b}${isDefault(against.kind)}): ${why}`;
    return [{ at: goesBefore(against, from) ? against : from, says }];
  });
}
