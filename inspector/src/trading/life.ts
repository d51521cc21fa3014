/** The life of a signal, as stretches of time. */
import type { SignalDetail } from '../../../src/inspector/contract.ts';
import { known } from './known.ts';

export interface Stretch {
  readonly state: string;
  readonly at: number | null;
  /** How long it was in it; `null` in the last state, and where a moment is not known. */
  readonly lasted: number | null;
  readonly reason: string | null;
  /** Its last state. */
  readonly last: boolean;
}

export function stretchesOf(steps: SignalDetail['steps']): readonly Stretch[] {
  return steps.map(({ to, at, reason }, index) => {
    const begun = known(at);
    const ended = known(steps[index + 1]?.at);
    return {
      state: to,
      at: begun,
      lasted: begun === null || ended === null ? null : Math.max(0, ended - begun),
      reason,
      last: index === steps.length - 1,
    };
  });
}
