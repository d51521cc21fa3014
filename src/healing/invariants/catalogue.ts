import type { Invariant } from '../invariant.ts';
import { architectureInvariants } from './architecture.ts';
import { feedInvariants } from './feed.ts';
import { healerInvariants } from './healers.ts';
import type { Times } from './judging.ts';
import { marketInvariants } from './market.ts';
import { tradingInvariants } from './trading.ts';
import { vitalInvariants } from './vitals.ts';

/**
 * Everything that must hold of a bot, in the order in which causes come before symptoms.
 * @param symbols those whose features are kept on disk
 */
export const catalogue = (times: Times, symbols: readonly string[]): readonly Invariant[] => [
  ...healerInvariants(times),
  ...vitalInvariants(times),
  ...feedInvariants(times, symbols),
  ...architectureInvariants(times),
  ...marketInvariants(times, symbols),
  ...tradingInvariants(times),
];
