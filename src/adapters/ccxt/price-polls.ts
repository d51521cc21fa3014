import type { Clock, TimerId } from '../../ports/clock.ts';
import type { Lane } from './bar-closing.ts';
import type { ExchangeTime } from './exchange-time.ts';
import type { PriceSource } from './price-streams.ts';

/** How often each symbol is asked for, ms. */
const POLL_MS = 5_000;

export interface PricePollOptions {
  readonly lanes: readonly Lane[];
  readonly time: ExchangeTime;
  readonly clock: Clock;
  readonly moved: (lane: Lane) => void;
  readonly ask: (lane: Lane) => void;
}

/** Prices by asking, for exchanges that have no stream of bars. */
export function pricePolls({ lanes, time, clock, moved, ask }: PricePollOptions): PriceSource {
  let polls = 0;
  let timer: TimerId = 0;
  const arm = (): void => {
    timer = clock.setTimeout(() => {
      arm();
      polls++;
      for (const lane of lanes) ask(lane);
    }, POLL_MS);
  };
  arm();
  return {
    answered: (lane, answer) => {
      if (answer instanceof Error) return;
      // Each answer stands for itself: no answer proves that nothing came between it and the one before.
      lane.keeper.streamed(answer, polls, time.now());
      moved(lane);
    },
    stop: () => clock.clearTimeout(timer),
  };
}
