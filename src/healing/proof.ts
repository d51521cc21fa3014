/** How long an invariant holds before that is believed: what is judged by age holds for everybody who was just born. */
import type { Incident } from './incident.ts';
import type { Finding, Invariant } from './invariant.ts';

/** Of the invariants that take their time to be proven, by id. */
export interface Spans {
  /** Since when each holds without a break, ms. */
  readonly holdsSince: ReadonlyMap<string, number>;
  /** How long each that is broken now had held before, ms. */
  readonly heldMs: ReadonlyMap<string, number>;
  /** By which rung each was healed last, and when, ms. */
  readonly healed: ReadonlyMap<string, { readonly rung: number; readonly at: number }>;
}

export const NO_SPANS: Spans = { holdsSince: new Map(), heldMs: new Map(), healed: new Map() };

/** What broke after so long breaks again after so long, and a little: a look may come late. */
const LONGER = 1.5;

/** The spans after another look. */
export function spansAfter(
  before: Spans,
  invariants: readonly Invariant[],
  findings: ReadonlyMap<string, Finding>,
  now: number,
): Spans {
  const timed = invariants.filter(({ provenAfterMs }) => provenAfterMs !== undefined);
  if (timed.length === 0) return before;
  const holdsSince = new Map<string, number>();
  const heldMs = new Map<string, number>();
  for (const { id } of timed) {
    const { holds, isMoot } = findings.get(id) ?? { holds: null };
    const since = before.holdsSince.get(id) ?? now;
    if (holds === true && !isMoot) holdsSince.set(id, since);
    if (holds === false) heldMs.set(id, before.heldMs.get(id) ?? now - since);
  }
  return { ...before, holdsSince, heldMs };
}

/** How long the invariant of an incident must hold before that is proof, ms. */
export function proofMs({
  invariant,
  heldMs = 0,
  relapse,
}: Pick<Incident, 'invariant' | 'heldMs' | 'relapse'>): number {
  const { provenAfterMs = 0, proofWithinMs } = invariant;
  const asItBroke = heldMs * LONGER;
  if (relapse) return Math.max(asItBroke, provenAfterMs === 'as it broke' ? 0 : provenAfterMs);
  return provenAfterMs === 'as it broke' ? Math.min(asItBroke, proofWithinMs) : provenAfterMs;
}

/** Until when what holds now is to hold before an incident that is not under a remedy is over, ms. */
export function restsAt(incident: Incident, { holdsSince }: Spans): number {
  const since = holdsSince.get(incident.invariant.id);
  return since === undefined || incident.attempts.length === 0 ? 0 : since + proofMs(incident);
}
