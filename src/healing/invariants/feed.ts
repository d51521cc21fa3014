/** Where prices come in: the root cause of much. Quiet is not dead: a silence is asked after before it counts. */
import { silenceOf, suspiciousAfter } from '../../machines/arrivals.ts';
import type { MarketFeedContext } from '../../machines/market-feed.ts';
import type { Component } from '../../machines/messages.ts';
import type { Finding, Invariant, View } from '../invariant.ts';
import {
  about,
  broken,
  fromFirstBar,
  holds,
  isAlive,
  mailDrains,
  type Subject,
  type Times,
  unknown,
} from './judging.ts';

// Not one of the thirteen, so it stands in no component's status; its incidents are told like all others.
const feed: Subject = { component: 'market_feed' as unknown as Component, actor: 'marketFeed' };

/** Asked for every symbol in every round: XState's `matches` would take longer than all the rest of it. */
export const feedHasEnded = (view: View): boolean => view.sight('marketFeed')?.snapshot.value.running?.work === 'ended';

const restsIn = (view: View, { recorded }: Times): string | null => {
  if (recorded) return 'prices are a recording: what is missing in it cannot be had by asking again';
  return feedHasEnded(view) ? 'the feed has ended' : null;
};

/** What the silence of one symbol comes to. */
function judge(symbol: string, { arrivals, probes }: MarketFeedContext, { now }: View, times: Times): Finding {
  const seen = arrivals[symbol];
  if (!seen) return holds(now, `no candle of ${symbol} has arrived since the feed started`);
  const silent = now - seen.lastAt;
  const limit = suspiciousAfter(seen, silenceOf({ intervalMs: times.barMs }));
  const figures = { silent_ms: silent, limit_ms: Math.round(limit) };
  if (silent <= limit) return holds(now, `${symbol}: the last candle is ${silent} ms old`, figures);
  const probe = probes[symbol];
  if (!probe || probe.askedAt < seen.lastAt + limit)
    return unknown(now, `${symbol} has been silent for ${silent} ms; its source is being asked`, figures);
  if (probe.error !== null)
    return unknown(
      now,
      `${symbol} has been silent for ${silent} ms, and its source does not answer: ${probe.error}`,
      figures,
    );
  if (probe.newestAt !== null && probe.newestAt <= seen.lastAt)
    return holds(now, `${symbol} is quiet, not dead: its source has nothing newer`, {
      ...figures,
      asked_at: probe.askedAt,
    });
  return broken(now, `${symbol} has been silent for ${silent} ms, and its source has newer candles`, figures);
}

export function feedInvariants(times: Times, symbols: readonly string[]): readonly Invariant[] {
  const limit = silenceOf({ intervalMs: times.barMs });
  const proofWithinMs = times.barMs * 3 + 5_000;
  return [
    isAlive(feed),
    mailDrains(feed),
    {
      id: 'market_feed/fresh',
      ...feed,
      severity: 'high',
      dependsOn: ['market_feed/alive', 'market_feed/mail-drains'],
      patienceMs: 0,
      ...fromFirstBar(times),
      proofWithinMs,
      timed: true,
      holds: about<MarketFeedContext>('marketFeed', ({ lastTickAt, startedAt }, view) => {
        const rests = restsIn(view, times);
        if (rests !== null) return holds(view.now, rests);
        const since = lastTickAt ?? startedAt;
        if (since === null) return unknown(view.now, 'it has just connected');
        const silent = view.now - since;
        const figures = { silent_ms: silent, limit_ms: limit };
        if (silent > limit) return broken(view.now, `no candle of any symbol for ${silent} ms`, figures);
        return lastTickAt === null
          ? unknown(view.now, 'no candle has arrived yet', figures)
          : holds(view.now, `the last candle is ${silent} ms old`, figures);
      }),
      remedies: [{ type: 'RESTART' }],
    },
    ...symbols.map(
      (symbol): Invariant => ({
        id: `market_feed/${symbol}-fresh`,
        ...feed,
        severity: 'medium',
        dependsOn: ['market_feed/alive', 'market_feed/fresh'],
        patienceMs: 0,
        proofWithinMs,
        timed: true,
        holds: about<MarketFeedContext>('marketFeed', (context, view) => {
          const rests = restsIn(view, times);
          return rests === null ? judge(symbol, context, view, times) : holds(view.now, rests);
        }),
        remedies: [{ type: 'RESTART' }],
      }),
    ),
  ];
}
