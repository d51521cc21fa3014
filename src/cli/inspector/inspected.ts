import type { Bot } from '../../actors/bot.ts';
import type { MutableFeed } from '../../adapters/mutable-feed.ts';
import type { StatusReport } from '../../healing/status.ts';
import type { Beat } from '../../ports/guardian.ts';
import type { World } from '../../ports/world.ts';

/** A running bot, for who shows what is inside it. */
export interface Inspected {
  readonly bot: Bot;
  readonly world: World;
  readonly speed: number | 'max';
  readonly feedKind: string;
  /** Orders are paper: events may be sent by hand. */
  readonly isPaper: boolean;
  /** The feed as it can be silenced; `null`: nothing is broken on purpose here. */
  readonly breakable: MutableFeed | null;
  readonly status: () => StatusReport;
  readonly proof: () => Beat;
}
