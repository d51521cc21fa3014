import { correlationThrottle } from './correlation-throttle.ts';
import { feeGate } from './fee-gate.ts';
import type { Guard } from './guard.ts';
import { hourlyCap } from './hourly-cap.ts';
import { regimeFilter } from './regime-filter.ts';
import { riskGuard } from './risk-guard.ts';
import { volatilityGuard } from './volatility-guard.ts';

/** The guards, in the order in which a block is attributed: the first that blocks is the `blocker_component`. */
export const GUARDS: readonly Guard[] = [
  volatilityGuard,
  regimeFilter,
  feeGate,
  riskGuard,
  correlationThrottle,
  hourlyCap,
];
