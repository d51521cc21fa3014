import type { VirtualClock } from '../../adapters/virtual-clock.ts';
import type { AlertSink, Delivered, Notice } from '../../ports/alerts.ts';
import type { Chance } from '../../ports/chance.ts';
import type { Clock } from '../../ports/clock.ts';

const MINUTE_MS = 60_000;
/** Under way there, and the answer back, ms. */
const ANSWER_MS = 300;
/** So many answers are lost, as a fraction: what they were about was taken. */
const ANSWERS_LOST = 0.1;
/** Reached for at least and at most so long in one go, and then not, minutes. */
const REACHED = [5, 60] as const;
const GONE = [1, 20] as const;

/**
 * Whoever is told far away, of what is critical alone: it outlives every process of the bot, cannot be reached at times, and may take what
 * it is never heard to have taken.
 */
export class Pager {
  /** What has arrived, in order; the same notice may be there twice. */
  readonly notices: Notice[] = [];
  readonly #clock: VirtualClock;
  readonly #chance: Chance;
  /** It cannot be reached. */
  isGone = false;
  #isSteady = false;

  constructor(clock: VirtualClock, chance: Chance) {
    this.#clock = clock;
    this.#chance = chance;
    this.#change(false);
  }

  /** It is there from now on. */
  steady(): void {
    this.#isSteady = true;
    this.isGone = false;
  }

  /**
   * As one process sees it, until that is dead.
   * @param isAlive a dead process sends nothing, and hears nothing
   */
  sink(clock: Clock, isAlive: () => boolean): AlertSink {
    const later = (): Promise<void> => new Promise((resolve) => void clock.setTimeout(resolve, ANSWER_MS / 2));
    return {
      id: 'pager',
      atOnce: 20,
      gatherMs: 1_000,
      waitingAtMost: 1_000,
      takesAll: false,
      deliver: async (notices): Promise<Delivered> => {
        await later();
        if (!isAlive()) return new Promise(() => undefined);
        if (this.isGone) return this.#failed('it cannot be reached');
        this.notices.push(...notices);
        const isLost = !this.#isSteady && this.#chance.next() < ANSWERS_LOST;
        await later();
        return isLost ? this.#failed('no answer came') : { ok: true };
      },
    };
  }

  #failed(why: string): Delivered {
    return { ok: false, retry: true, afterMs: null, why };
  }

  #change(isGone: boolean): void {
    this.isGone = isGone && !this.#isSteady;
    const [least, most] = isGone ? GONE : REACHED;
    this.#clock.setTimeout(() => this.#change(!isGone), (least + this.#chance.next() * (most - least)) * MINUTE_MS);
  }
}
