import { SHADOW_NOTIONAL_USD } from '../../../actors/shadow-rules.ts';
import type { Series } from '../../../inspector/contract.ts';
import { GrowingSeries } from '../../../inspector/records/thin.ts';
import { netOf, type ShadowOutcome } from './signals-book.ts';

/** What all signals would have made after fees, cumulative, 1,000 USD each. */
export class ShadowSeries {
  readonly #series: GrowingSeries;
  #sum = 0;

  constructor(windowMs: number) {
    this.#series = new GrowingSeries(windowMs);
  }

  take(outcome: ShadowOutcome): void {
    this.#sum += netOf(outcome) * SHADOW_NOTIONAL_USD;
    this.#series.push(outcome.ts * 1000, this.#sum);
  }

  since(from: number): Series {
    return this.#series.since(from);
  }
}
