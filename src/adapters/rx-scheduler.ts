import { type SchedulerAction, type SchedulerLike, Subscription } from 'rxjs';
import type { Clock } from '../ports/clock.ts';

type Work<State> = (this: SchedulerAction<State>, state?: State) => void;

/** One scheduled piece of work, which may schedule itself again, as RxJS's time operators do. */
class ClockAction<State> extends Subscription implements SchedulerAction<State> {
  readonly #clock: Pick<Clock, 'setTimeout' | 'clearTimeout'>;
  readonly #work: Work<State>;
  #timer: number | null = null;

  constructor(clock: Pick<Clock, 'setTimeout' | 'clearTimeout'>, work: Work<State>) {
    super();
    this.#clock = clock;
    this.#work = work;
  }

  schedule(state?: State, delay = 0): Subscription {
    if (this.closed) return this;
    if (this.#timer !== null) this.#clock.clearTimeout(this.#timer);
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = null;
      if (!this.closed) this.#work.call(this, state);
      if (this.#timer === null) this.unsubscribe();
    }, delay);
    return this;
  }

  override unsubscribe(): void {
    if (this.#timer !== null) this.#clock.clearTimeout(this.#timer);
    this.#timer = null;
    super.unsubscribe();
  }
}

/** RxJS time on a clock: the same object gives both, so that streams and statecharts never disagree about the hour. */
export const schedulerOn = (clock: Pick<Clock, 'now' | 'setTimeout' | 'clearTimeout'>): SchedulerLike => ({
  now: () => clock.now(),
  schedule: <State>(work: Work<State>, delay = 0, state?: State) =>
    new ClockAction<State>(clock, work).schedule(state, delay),
});
