/** The safety layer's verdict on one signal: the last before an entry. Pure. */

import type { Position, Signal, Verdict } from '../machines/messages.ts';
import type { Entries } from '../machines/safety-layer.ts';
import { figure } from './guards/guard.ts';

/** Positions and reserved places together are never more than this. */
export const MAX_OPEN_POSITIONS = 10;

/** A place held for an entry that was let through and is not a position yet. */
export interface Reservation {
  readonly symbol: string;
  /** The most it can come to. */
  readonly notionalUsd: number;
  readonly at: number;
}

export interface VetoContext {
  readonly entries: Entries;
  readonly positions: readonly Position[];
  readonly reservations: ReadonlyMap<string, Reservation>;
  readonly equityUsd: number | null;
  /** Notional of everything held, as a multiple of equity. */
  readonly maxExposure: number;
  /** The most this entry can come to. */
  readonly notionalUsd: number;
}

const NAME = 'SafetyLayer';

/** Names everything that speaks against it. What is not known speaks against it too. */
export function veto(signal: Signal, context: VetoContext): Verdict {
  const { entries, positions, reservations, equityUsd, maxExposure, notionalUsd } = context;
  const others = [...reservations].filter(([id]) => id !== signal.signalId).map(([, reservation]) => reservation);
  const places = positions.length + others.length;
  const held = positions.reduce((sum, { qty, entryPrice }) => sum + qty * entryPrice, 0);
  const reserved = others.reduce((sum, reservation) => sum + reservation.notionalUsd, 0);
  const against: string[] = [];
  if (!entries.open) against.push(entries.why);
  if (positions.some(({ symbol }) => symbol === signal.symbol)) against.push(`${signal.symbol} is held already`);
  if (others.some(({ symbol }) => symbol === signal.symbol)) against.push(`an entry of ${signal.symbol} is under way`);
  if (places >= MAX_OPEN_POSITIONS)
    against.push(`${positions.length} positions and ${others.length} entries under way, at most ${MAX_OPEN_POSITIONS}`);
  const exposure = equityUsd !== null && equityUsd > 0 ? (held + reserved + notionalUsd) / equityUsd : null;
  if (exposure === null)
    against.push(equityUsd === null ? 'the equity is not known' : `the equity is ${equityUsd} USD`);
  else if (exposure > maxExposure)
    against.push(`exposure could come to ${exposure.toFixed(2)} times equity, at most ${maxExposure}`);
  return {
    guard: NAME,
    passes: against.length === 0,
    reason: against.join('; ') || `${places} places of ${MAX_OPEN_POSITIONS} are taken`,
    figures: {
      open_positions: positions.length,
      entries_under_way: others.length,
      max_open_positions: MAX_OPEN_POSITIONS,
      exposure: exposure === null ? 'unknown' : figure(exposure),
      max_exposure: maxExposure,
    },
  };
}
