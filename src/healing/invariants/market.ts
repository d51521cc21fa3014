/** Prices come in, become features, become signals, and a heart that beats for nothing else. */

import { silenceOf } from '../../machines/arrivals.ts';
import type { FeatureStoreContext } from '../../machines/feature-store.ts';
import type { HeartbeatContext } from '../../machines/heartbeat.ts';
import { stillAfter } from '../../machines/heartbeat.ts';
import type { MarketFeedContext } from '../../machines/market-feed.ts';
import type { ActorId } from '../../machines/messages.ts';
import type { SignalEngineContext } from '../../machines/signal-engine.ts';
import type { Invariant, View } from '../invariant.ts';
import { feedHasEnded } from './feed.ts';
import {
  about,
  broken,
  fileIsSound,
  fromFirstBar,
  holds,
  isAlive,
  mailDrains,
  running,
  type Subject,
  type Times,
  unknown,
} from './judging.ts';

const featureStore: Subject = { component: 'feature_store', actor: 'featureStore' };
const signalEngine: Subject = { component: 'signal_engine', actor: 'signalEngine' };
const heartbeat: Subject = { component: 'heartbeat', actor: 'heartbeat' };

/** When the feed last gave a tick that others must have seen, ms; `null` before the first. */
export const lastTickAt = (view: View): number | null =>
  running<MarketFeedContext>(view, 'marketFeed')?.lastTickAt ?? null;

/** How far an actor lags behind the feed before it counts, ms. */
const lagLimit = ({ barMs }: Times): number => silenceOf({ intervalMs: barMs });

/** Nobody waits for candles any more, or for those that are missing. */
const feedRests = (view: View, { recorded }: Times): boolean => recorded || feedHasEnded(view);

/** What an actor has done of the market, against what the market did, and against time. */
const keepsUp = (view: View, doneAt: number | null, times: Times, what: string) => {
  const limit = lagLimit(times);
  const tickAt = lastTickAt(view);
  if (doneAt === null) {
    if (tickAt === null) return holds(view.now, 'no candle has arrived yet', { last_tick: null });
    const age = view.now - tickAt;
    return age > limit
      ? broken(view.now, `${what} nothing since it started, while candles arrive`, { last_tick: tickAt })
      : unknown(view.now, `${what} nothing yet`);
  }
  const age = view.now - doneAt;
  if (age > limit && !feedRests(view, times))
    return broken(view.now, `the last candle ${what} is ${age} ms old`, { age_ms: age, limit_ms: limit });
  const behind = Math.max(0, (tickAt ?? doneAt) - doneAt);
  const figures = { behind_ms: behind, limit_ms: limit };
  return behind <= limit
    ? holds(view.now, `it is ${behind} ms behind the feed`, figures)
    : broken(view.now, `candles arrive, but it is ${behind} ms behind them`, figures);
};

/** The first actor on the way of a tick that has stood still: restarting anything behind it would help nobody. */
const stillest =
  (times: Times) =>
  (view: View): ActorId => {
    const now = view.now;
    const tickAt = lastTickAt(view);
    if (tickAt === null || now - tickAt > stillAfter(times.barMs)) return 'marketFeed';
    const features = running<FeatureStoreContext>(view, 'featureStore');
    if (!features || tickAt - (features.updatedAt ?? 0) > lagLimit(times)) return 'featureStore';
    const engine = running<SignalEngineContext>(view, 'signalEngine');
    if (!engine || tickAt - (engine.lastFeaturesAt ?? 0) > lagLimit(times)) return 'signalEngine';
    return 'heartbeat';
  };

export function marketInvariants(times: Times, symbols: readonly string[]): readonly Invariant[] {
  const proofWithinMs = times.barMs * 2 + 5_000;
  return [
    isAlive(featureStore),
    mailDrains(featureStore),
    fileIsSound(
      featureStore,
      { path: 'feature_store', content: 'its owner judges it', target: 'files', id: 'feature_store/folder-exists' },
      times,
    ),
    fileIsSound(
      featureStore,
      {
        path: 'feature_store/intelligence',
        content: 'its owner judges it',
        target: 'files',
        id: 'feature_store/intelligence-folder-exists',
      },
      times,
    ),
    ...['intelligence/summary', ...symbols].map((name) =>
      fileIsSound(
        featureStore,
        {
          path: `feature_store/${name}.json`,
          content: 'its owner judges it',
          target: 'files',
          severity: 'medium',
          dependsOn: ['feature_store/folder-exists', 'feature_store/intelligence-folder-exists'],
        },
        times,
      ),
    ),
    {
      id: 'feature_store/features-fresh',
      ...featureStore,
      severity: 'high',
      dependsOn: ['feature_store/alive', 'feature_store/mail-drains', 'market_feed/fresh'],
      patienceMs: 0,
      ...fromFirstBar(times),
      timed: true,
      proofWithinMs,
      holds: about<FeatureStoreContext>('featureStore', ({ updatedAt }, view) =>
        keepsUp(view, updatedAt, times, 'it has computed'),
      ),
      remedies: [{ type: 'RESTART' }],
    },

    isAlive(signalEngine),
    mailDrains(signalEngine),
    fileIsSound(
      signalEngine,
      { path: 'logs/signals.jsonl', content: 'file integrity judges it', target: 'logs/signals.jsonl' },
      times,
    ),
    fileIsSound(
      signalEngine,
      {
        path: 'logs/ensemble_predictions.jsonl',
        content: 'file integrity judges it',
        target: 'logs/ensemble_predictions.jsonl',
      },
      times,
    ),
    {
      id: 'signal_engine/makes-progress',
      ...signalEngine,
      severity: 'high',
      dependsOn: [
        'signal_engine/alive',
        'signal_engine/mail-drains',
        'feature_store/features-fresh',
        'feature_store/alive',
        'market_feed/fresh',
      ],
      patienceMs: 0,
      ...fromFirstBar(times),
      timed: true,
      proofWithinMs,
      holds: about<SignalEngineContext>('signalEngine', ({ lastFeaturesAt }, view) =>
        keepsUp(view, lastFeaturesAt, times, 'it has looked at'),
      ),
      remedies: [{ type: 'RESTART' }],
    },

    isAlive(heartbeat),
    mailDrains(heartbeat),
    {
      ...fileIsSound(
        heartbeat,
        {
          path: 'logs/.bot_heartbeat',
          content: 'file integrity judges it',
          target: 'file',
          id: 'heartbeat/file-exists',
        },
        times,
      ),
      dependsOn: ['heartbeat/alive', 'heartbeat/progress'],
      proofWithinMs: proofWithinMs + times.lookMs,
      // A heartbeat is never repaired: the heart is started anew, and its own next beat is the proof.
      remedies: [{ type: 'RESTART' }],
    },
    {
      id: 'heartbeat/progress',
      ...heartbeat,
      severity: 'critical',
      dependsOn: [
        'heartbeat/alive',
        'market_feed/fresh',
        'feature_store/alive',
        'feature_store/mail-drains',
        'feature_store/features-fresh',
        'signal_engine/alive',
        'signal_engine/mail-drains',
        'signal_engine/makes-progress',
      ],
      patienceMs: 0,
      ...fromFirstBar(times),
      timed: true,
      proofWithinMs,
      holds: about<HeartbeatContext>('heartbeat', ({ lastProgressAt, what }, view) => {
        if (feedHasEnded(view)) return holds(view.now, 'the feed has ended: there is nothing left to make progress on');
        if (lastProgressAt === null) {
          const tickAt = lastTickAt(view);
          return tickAt !== null && view.now - tickAt > stillAfter(times.barMs)
            ? broken(view.now, 'candles came, and no progress ever')
            : unknown(view.now, 'no progress yet');
        }
        const silent = view.now - lastProgressAt;
        const figures = { silent_ms: silent, limit_ms: Math.max(stillAfter(times.barMs), times.barMs * 3) };
        return silent < figures.limit_ms
          ? holds(view.now, `the last progress is ${silent} ms old: ${what}`, figures)
          : broken(view.now, `no progress for ${silent} ms`, figures);
      }),
      remedies: [{ type: 'RESTART', to: stillest(times) }],
    },
  ];
}
