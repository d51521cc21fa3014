import type { Bot } from '../actors/bot.ts';
import { LIMITS } from '../healing/budget.ts';
import type { IncidentRecord } from '../healing/ledger.ts';
import type { Known } from '../inspector/known.ts';
import { DAY_MS } from '../inspector/recent-incidents.ts';
import type { World } from '../ports/world.ts';

/** What a running bot cannot say of itself. */
export interface BotFacts extends Pick<Known, 'name' | 'dir' | 'speed' | 'status' | 'feed' | 'paper' | 'commands'> {
  /** Of the ledger, in order; see `RecentIncidents`. */
  readonly records: readonly IncidentRecord[];
}

/** What `overviewOf` and `whyOf` need of a running bot, as its healers see it now. */
export function knownOfBot(
  bot: Pick<Bot, 'board' | 'invariants' | 'mailboxes'>,
  world: Pick<World, 'alerts' | 'clock' | 'pace'>,
  facts: BotFacts,
): Known {
  const at = world.clock.now();
  const { board, mailboxes } = bot;
  const lastSweepAt: number | null = mailboxes.ref('healingOperator')?.getSnapshot().context.lastSweepAt ?? null;
  const actors = [...new Set(bot.invariants.map(({ actor }) => actor))];
  return {
    ...facts,
    kind: 'live',
    at,
    since: board.judgedSince,
    budgets: Object.fromEntries(actors.map((actor) => [actor, board.budgets(actor, at, LIMITS)])),
    alertsSent: world.alerts.toldSince(at - DAY_MS),
    sweep: { last_at: lastSweepAt, every_ms: world.pace.sweepMs },
  };
}
