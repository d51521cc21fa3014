import { type AnyStateMachine, fromCallback } from 'xstate';
import { type MarketFeedEvent, marketFeed } from '../machines/market-feed.ts';
import type { FeedNotice } from '../ports/market-feed.ts';
import { type Habitat, lifeEffects } from './effects.ts';
import { isoTime } from './records.ts';

/** `marketFeed` at work: every tick goes to those who watch positions first, then to those who look for new ones. */
export function marketFeedActor(habitat: Habitat): AnyStateMachine {
  const { world, mail } = habitat;

  const tellNotice = (notice: FeedNotice): MarketFeedEvent => {
    if (notice.type === 'gap') {
      const { symbol, from, to, missing } = notice;
      world.log.warn(
        `gap in ${symbol}: ${missing} bars missing from ${isoTime(from)} to ${isoTime(to)}; none was invented`,
        {
          symbol,
          missing,
        },
      );
      return { type: 'GAP', missing };
    }
    if (notice.type === 'bad-row') {
      world.log.warn(`${notice.file}, line ${notice.line}: ${notice.reason}; the row was skipped`);
      return { type: 'BAD_ROW' };
    }
    world.log.info('the feed has ended');
    return { type: 'ENDED' };
  };

  const listen = fromCallback<MarketFeedEvent, null>(({ sendBack }) =>
    world.feed.start({
      tick: (tick) => {
        mail.post('exitGates', { type: 'TICK', tick });
        mail.post('shadowEngine', { type: 'TICK', tick });
        mail.post('featureStore', { type: 'TICK', tick });
        sendBack({ type: 'TICKED', at: tick.at, symbols: tick.candles.length });
      },
      notice: (notice) => sendBack(tellNotice(notice)),
      failed: (error) => sendBack({ type: 'FEED_FAILED', error: error.message }),
    }),
  );

  const life = lifeEffects('marketFeed', habitat, {
    open: async () => undefined,
    files: [],
    repair: (target) => Promise.reject(new Error(`marketFeed has no ${target} to repair; restart it`)),
    close: async () => undefined,
  });
  return marketFeed.provide({ actors: { ...life.actors, listen }, actions: life.actions });
}
