import type { Candle, Tick } from '../../machines/messages.ts';
import type { FeedNotice } from '../../ports/market-feed.ts';
import type { BarKeeper } from './bar-keeper.ts';

/** Those whose bar is there wait so long for a symbol whose bar cannot be had, ms; and so long when it was late before. */
const PATIENCE_MS = 10_000;
const PATIENCE_WITH_THE_LATE_MS = 2_000;

/**
 * Puts the bars that closed at the same moment together, in order of time and of symbols. A symbol whose bar the exchange does
 * not have is passed over; for one that cannot be asked after, the others wait a while. When nothing is known of any symbol,
 * nothing is told, however long it takes: no bar is lost to an outage.
 */
export class TickAssembly {
  readonly #keepers: readonly BarKeeper[];
  readonly #late = new Set<string>();
  readonly #missing = new Map<string, number>();
  /** Since when a bar of this moment is there, ms; what is caught up may have closed long ago. */
  #ready: { readonly open: number; readonly since: number } | null = null;

  constructor(keepers: readonly BarKeeper[]) {
    this.#keepers = [...keepers].sort((a, b) => (a.symbol < b.symbol ? -1 : 1));
  }

  /** The next tick and the gaps before its bars, or `null` when there is none yet. */
  next(now: number): { readonly tick: Tick; readonly gaps: readonly FeedNotice[] } | null {
    for (;;) {
      const open = Math.min(...this.#keepers.map(({ next }) => next));
      const turn = this.#keepers.filter(({ next }) => next === open);
      const reached = Math.max(...this.#keepers.map((keeper) => keeper.reached));
      const dues = turn.map((keeper) => ({ keeper, due: keeper.due(now, reached) }));
      const ready = dues.flatMap(({ due }) => (due.is === 'ready' ? [due.candle] : []));
      const waiting = dues.filter(({ due }) => due.is === 'waiting');
      if (ready.length > 0 && this.#ready?.open !== open) this.#ready = { open, since: now };
      const waited = now - (this.#ready?.since ?? now);
      const isHeldUp = waiting.some(({ keeper }) => waited < this.#patienceWith(keeper));
      if (waiting.length > 0 && (ready.length === 0 || isHeldUp)) return null;

      const at = turn[0]?.closesAt ?? open;
      const gaps = ready.flatMap((candle) => this.#gapBefore(candle, at));
      for (const { keeper, due } of dues) {
        if (due.is === 'waiting') this.#late.add(keeper.symbol);
        else this.#late.delete(keeper.symbol);
        if (due.is === 'ready') this.#missing.delete(keeper.symbol);
        else this.#missing.set(keeper.symbol, (this.#missing.get(keeper.symbol) ?? 0) + 1);
        keeper.advance();
      }
      if (ready.length > 0) return { tick: { at, candles: ready }, gaps };
    }
  }

  #patienceWith({ symbol }: BarKeeper): number {
    return this.#late.has(symbol) ? PATIENCE_WITH_THE_LATE_MS : PATIENCE_MS;
  }

  #gapBefore({ symbol, ts }: Candle, at: number): readonly FeedNotice[] {
    const missing = this.#missing.get(symbol) ?? 0;
    return missing > 0 ? [{ type: 'gap', symbol, from: ts - missing * (at - ts), to: ts, missing }] : [];
  }
}
