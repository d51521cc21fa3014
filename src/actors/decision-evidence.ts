/** What is kept of a decision besides its outcome, so that later can be told what each guard was worth. Pure. */
import type { Exposure } from '../machines/decision-engine.ts';
import type { Signal, Verdict } from '../machines/messages.ts';
import type { Instrument } from '../ports/broker.ts';
import type { EntryUnderWay } from './guards/guard.ts';
import { type SizingRules, sizeEntry } from './sizing.ts';
import { veto } from './veto.ts';

/** The size a trade would have had; `null` where none could be made. */
export interface SignalSize {
  readonly qty: number;
  readonly leverage: number;
}

/** Which guards blocked and which let pass, as the bus has it. */
export const saidIn = (verdicts: readonly Verdict[]) => ({
  blocked_by: verdicts.filter(({ passes }) => !passes).map(({ guard }) => guard),
  passed_by: verdicts.filter(({ passes }) => passes).map(({ guard }) => guard),
});

/**
 * The size as if nothing else were held: what others have bound is the portfolio's matter, and a signal that was blocked because
 * the account was full would else have no size at all.
 */
export function sizeAlone(
  { direction, price }: Signal,
  equityUsd: number | null,
  instrument: Instrument,
  rules: SizingRules,
): SignalSize | null {
  if (equityUsd === null) return null;
  const size = sizeEntry({ direction, price, equityUsd, instrument, rules });
  return 'refused' in size ? null : { qty: size.qty, leverage: size.leverage };
}

/**
 * Who else would have blocked a signal that the guards block. The safety layer is asked last, because whoever asks it takes a
 * place: what it would have said is told from what the decision engine knows, so that a guard is not called the only obstacle
 * while the kill switch is on.
 */
export function foretold(
  signal: Signal,
  { equityUsd, openPositions, entriesOpen, why }: Exposure,
  maxExposure: number,
  underWay: readonly EntryUnderWay[],
): readonly string[] {
  const { passes, guard } = veto(signal, {
    entries: { open: entriesOpen, why },
    positions: openPositions,
    reservations: new Map(underWay.map((entry) => [entry.signalId, { ...entry, at: signal.at }])),
    equityUsd,
    maxExposure,
    notionalUsd: 0,
  });
  return passes ? [] : [guard];
}
