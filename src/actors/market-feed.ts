import { interval } from 'rxjs';
import { type AnyActorRef, type AnyStateMachine, fromCallback } from 'xstate';
import { counted } from '../healing/words.ts';
import { silenceOf, suspiciousAfter } from '../machines/arrivals.ts';
import { provided } from '../machines/compile/provided.ts';
import { type MarketFeedContext, type MarketFeedEvent, marketFeed } from '../machines/market-feed.ts';
import type { FeedNotice } from '../ports/market-feed.ts';
import { says } from '../ports/says.ts';
import { type Habitat, lifeEffects } from './effects.ts';
import { priceWindow } from './price-window.ts';
import { isoTime } from './records.ts';

/** `marketFeed` at work: every tick goes to those who watch positions first, then to those who look for new ones. */
export function marketFeedActor(habitat: Habitat): AnyStateMachine {
  const { world, mail } = habitat;

  const tellNotice = (notice: FeedNotice): MarketFeedEvent => {
    if (notice.type === 'gap') {
      const { symbol, from, to, missing } = notice;
      world.log.warn(
        `gap in ${symbol}: ${counted(missing, 'bar')} missing from ${isoTime(from)} to ${isoTime(to)}; none was invented`,
        { symbol, missing },
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

  const listen = fromCallback<MarketFeedEvent, null>(({ sendBack }) => {
    const prices = priceWindow(world.clock, (quotes) => mail.post('exitGates', { type: 'PRICE', quotes }));
    const stop = world.feed.start({
      tick: (tick) => {
        prices.flush(tick.candles.map(({ symbol }) => symbol));
        mail.post('exitGates', { type: 'TICK', tick });
        mail.post('shadowEngine', { type: 'TICK', tick });
        mail.post('featureStore', { type: 'TICK', tick });
        sendBack({ type: 'TICKED', at: tick.at, symbols: tick.candles.map(({ symbol }) => symbol) });
      },
      price: prices.take,
      notice: (notice) => sendBack(tellNotice(notice)),
      failed: (error) => sendBack({ type: 'FEED_FAILED', error: error.message }),
    });
    return () => {
      prices.stop();
      stop();
    };
  });

  const prober = fromCallback<MarketFeedEvent, null>(({ sendBack }) => {
    const { clock, pace } = world;
    const asking = interval(pace.checkMs, clock.scheduler).subscribe(() =>
      sendBack({ type: 'PROBE', at: clock.now() }),
    );
    return () => asking.unsubscribe();
  });

  /** Those that have been silent for long and were not asked after since: a silence is a suspicion, and no more. */
  const ask = ({ context, event, self }: { context: MarketFeedContext; event: MarketFeedEvent; self: AnyActorRef }) => {
    if (event.type !== 'PROBE') return;
    const askedAt = event.at;
    for (const [symbol, seen] of Object.entries(context.arrivals)) {
      const limit = suspiciousAfter(seen, silenceOf(world.feed));
      const asked = context.probes[symbol]?.askedAt ?? 0;
      if (askedAt - seen.lastAt <= limit || askedAt - asked < limit / 2) continue;
      world.pending.track(world.feed.newest(symbol)).then(
        (newestAt) => self.send({ type: 'PROBED', symbol, askedAt, newestAt, error: null }),
        (error: unknown) => self.send({ type: 'PROBED', symbol, askedAt, newestAt: null, error: says(error) }),
      );
    }
  };

  const life = lifeEffects('marketFeed', habitat, {
    open: async () => undefined,
    files: [],
    repair: (target) => Promise.reject(new Error(`marketFeed has no ${target} to repair; restart it`)),
    close: async () => undefined,
  });
  return provided(marketFeed, { actors: { ...life.actors, listen, prober }, actions: { ...life.actions, ask } });
}
