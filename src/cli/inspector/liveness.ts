import type { Bot } from '../../actors/bot.ts';
import type { StatusReport } from '../../healing/status.ts';
import { sayDuration } from '../../healing/words.ts';
import { silenceOf } from '../../machines/arrivals.ts';
import type { Beat } from '../../ports/guardian.ts';
import type { World } from '../../ports/world.ts';

export interface Liveness {
  readonly alive: boolean;
  readonly ready: boolean;
  readonly says: string;
}

/** A healer that has missed more sweeps than this is not at work. */
const SWEEPS_MISSED = 3;
/** A feed that is silent is the healer's to mend first: the bot is held dead only when that takes this many times as long. */
const SILENCES = 4;

/**
 * Alive is what proves progress: that the event loop turns (or nobody would answer), that the healer sweeps on time, and that
 * ticks go through, where the market has any. A status that says so is no proof.
 */
export function livenessOf(
  bot: Bot,
  world: Pick<World, 'clock' | 'feed' | 'pace'>,
  proof: () => Beat,
  status: () => StatusReport,
): () => Liveness {
  return () => {
    const now = world.clock.now();
    const { ready: isReady, leaving, sweptAt } = proof();
    if (leaving) return { alive: true, ready: false, says: 'it is stopping' };
    const started = now - bot.board.startedAt;
    const sweepAge = now - (sweptAt ?? bot.board.startedAt);
    // The first sweep comes when all that starts before the healer has started, and a long log takes long.
    if (isReady && sweepAge > world.pace.sweepMs * SWEEPS_MISSED)
      return { alive: false, ready: false, says: `the healer has not swept for ${sayDuration(sweepAge)}` };
    const feed = bot.mailboxes.ref('marketFeed')?.getSnapshot();
    const rests = world.feed.recorded || feed?.matches({ running: { work: 'ended' } }) === true;
    const tickAt: number = feed?.context.lastTickAt ?? feed?.context.startedAt ?? now;
    const tickAge = now - tickAt;
    if (isReady && !rests && tickAge > silenceOf(world.feed) * SILENCES)
      return { alive: false, ready: false, says: `no tick has gone through for ${sayDuration(tickAge)}` };
    const went = rests ? 'the market rests' : `the last tick went through ${sayDuration(Math.max(0, tickAge))} ago`;
    const sweeps = sweptAt === null ? 'the healer has not swept yet' : `the healer swept ${sayDuration(sweepAge)} ago`;
    if (!isReady) return { alive: true, ready: false, says: `it is starting, for ${sayDuration(started)}` };
    const isRed = status().status === 'red';
    const says = `${went}, ${sweeps}${isRed ? '; but something is red' : ''}`;
    return { alive: true, ready: !isRed, says };
  };
}
