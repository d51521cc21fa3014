import type { Contest } from './contest.ts';
import { events } from './contests/events.ts';
import { fleet, fleetCost } from './contests/fleet.ts';
import { detected, healing, inspection, restart, unreportedRestart } from './contests/healing.ts';
import { lives, memory } from './contests/lives.ts';
import { arming, due, pipeline, shadow } from './contests/trading.ts';

/** In the order of issue 8; last those of issue 9. */
export const CONTESTS: readonly Contest[] = [
  events,
  lives,
  memory,
  healing,
  inspection,
  detected,
  restart,
  unreportedRestart,
  shadow,
  arming,
  due,
  pipeline,
  fleet,
  fleetCost,
];
