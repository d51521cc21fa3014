import type { Bot } from '../actors/bot.ts';
import { LIMITS } from '../healing/budget.ts';
import type { IncidentRecord } from '../healing/ledger.ts';
import type { Known } from '../inspector/known.ts';
import { DAY_MS } from '../inspector/recent-incidents.ts';
import type { World } from '../ports/world.ts';
import { statusOf } from './bot-status.ts';

/** What a running bot cannot say of itself. */
export interface BotFacts extends Pick<Known, 'name' | 'dir' | 'speed' | 'feed' | 'paper' | 'commands'> {
  readonly uptimeSeconds: number;
  /** Of the ledger, in order; see `RecentIncidents`. */
  readonly records: readonly IncidentRecord[];
}

/** What `overviewOf` and `whyOf` need of a running bot, as its healers see it now. */
export function knownOfBot(
  bot: Pick<Bot, 'board' | 'healing' | 'invariants' | 'mailboxes' | 'root'>,
  world: Pick<World, 'alerts' | 'clock' | 'pace'>,
  { uptimeSeconds, ...facts }: BotFacts,
): Known {
  const at = world.clock.now();
  const { board, mailboxes } = bot;
  const lastSweepAt: number | null = mailboxes.ref('healingOperator')?.getSnapshot().context.lastSweepAt ?? null;
  const actors = [...new Set(bot.invariants.map(({ actor }) => actor))];
  return {
    ...facts,
    kind: 'live',
    at,
    status: statusOf(bot, world, uptimeSeconds),
    since: board.startedAt,
    budgets: Object.fromEntries(actors.map((actor) => [actor, board.budgets(actor, at, LIMITS)])),
    alertsSent: world.alerts.toldSince(at - DAY_MS),
    sweep: { last_at: lastSweepAt, every_ms: world.pace.sweepMs },
  };
}
