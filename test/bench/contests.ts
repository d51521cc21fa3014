import type { Contest } from './contest.ts';
import { events } from './contests/events.ts';
import { lives, memory } from './contests/lives.ts';

/** In the order of issue 8. */
export const CONTESTS: readonly Contest[] = [events, lives, memory];
