import type { AnyActorRef, AnyStateMachine } from 'xstate';
import { provided } from '../machines/compile/provided.ts';
import type { Features, Signal } from '../machines/messages.ts';
import { type SignalEngineEvent, signalEngine } from '../machines/signal-engine.ts';
import type { LogRecord } from '../ports/event-log.ts';
import { type Habitat, lifeEffects } from './effects.ts';
import { ownedLog } from './owned-log.ts';
import { recordWriter, together } from './recorder.ts';
import { isoTime, readRecord, seconds, signalOf, stamp } from './records.ts';
import { lastIdeaIn } from './retention.ts';
import { STRATEGIES } from './strategies/catalogue.ts';

export const SIGNALS_FILE = 'logs/signals.jsonl';
export const PREDICTIONS_FILE = 'logs/ensemble_predictions.jsonl';

/** A strategy says nothing more about a symbol for this many bars after it spoke. */
const COOLDOWN_BARS = 15;
/** Signals whose decision is awaited, and those that are looked for in the bus at start. */
const AWAITED_AT_MOST = 5_000;

const keepLast = <Value>(map: Map<string, Value>, key: string, value: Value): void => {
  map.set(key, value);
  if (map.size > AWAITED_AT_MOST) map.delete(map.keys().next().value ?? '');
};

/** `signalEngine` at work: owns `logs/signals.jsonl` and `logs/ensemble_predictions.jsonl`. */
export function signalEngineActor(habitat: Habitat): AnyStateMachine {
  const { world, mail } = habitat;
  const predictions = ownedLog(world, PREDICTIONS_FILE);
  const universe = ownedLog(world, SIGNALS_FILE);
  const previous = new Map<string, Features>();
  const spokeAt = new Map<string, number>();
  const awaited = new Map<string, Signal>();
  let self: AnyActorRef | null = null;
  const voice = together((event) => self?.send(event));
  const predictionWriter = recordWriter(world, predictions, voice());
  const universeWriter = recordWriter(world, universe, voice());

  const isQuiet = (key: string, at: number): boolean =>
    at - (spokeAt.get(key) ?? Number.NEGATIVE_INFINITY) < COOLDOWN_BARS * world.feed.intervalMs;

  const emit = (signal: Signal): void => {
    predictionWriter.write({
      ...stamp(signal.at),
      symbol: signal.symbol,
      direction: signal.direction,
      strategy: signal.strategy,
      prob_win: Math.round((0.5 + signal.confidence / 4) * 10_000) / 10_000,
      confidence: signal.confidence,
      size_mult: Math.round((0.5 + signal.confidence) * 100) / 100,
      signal_id: signal.signalId,
    });
    keepLast(awaited, signal.signalId, signal);
    mail.post('signalBus', { type: 'EMIT', signal });
  };

  const think = ({ event }: { event: SignalEngineEvent }): void => {
    if (event.type !== 'FEATURES') return;
    const { at } = event;
    let count = 0;
    for (const features of event.features) {
      const before = previous.get(features.symbol) ?? null;
      previous.set(features.symbol, features);
      if (!features.stable) continue;
      for (const strategy of habitat.settings.strategies ?? STRATEGIES) {
        const idea = strategy.think(features, before);
        const key = `${strategy.name} ${features.symbol}`;
        if (idea === null || isQuiet(key, at)) continue;
        spokeAt.set(key, at);
        const signalId = `${features.symbol}_${at}_${world.chance.hex(8)}`;
        emit({ ...idea, signalId, at, price: features.price, features });
        count++;
      }
    }
    if (count > 0) self?.send({ type: 'EMITTED', count });
    // Last, and only here: the tick has gone through features and strategies, which is the progress a heartbeat may claim.
    mail.post('heartbeat', {
      type: 'PROGRESS',
      at: world.clock.now(),
      tick: at,
      what: `${event.features.length} symbols, ${count} signals`,
    });
  };

  const close = ({ event }: { event: SignalEngineEvent }): void => {
    if (event.type !== 'DECIDED') return;
    const signal = awaited.get(event.signalId);
    if (!signal) return;
    awaited.delete(event.signalId);
    universeWriter.write({
      ts: Math.floor(seconds(signal.at)),
      ts_iso: isoTime(signal.at),
      symbol: signal.symbol,
      side: signal.direction,
      disposition: event.disposition,
      entry_price: signal.price,
      intelligence: {
        ensemble: signal.confidence,
        regime: signal.features.regime,
        volatility: signal.features.volatility,
        rsi: signal.features.rsi,
      },
      block_reason: event.reason,
      block_gate: event.gate,
      context: { strategy: signal.strategy },
      counterfactual_pending: event.disposition !== 'EXECUTED',
      signal_id: signal.signalId,
    });
  };

  const spoke = ({ strategy, symbol, at }: Signal): void => {
    const who = `${strategy} ${symbol}`;
    spokeAt.set(who, Math.max(at, spokeAt.get(who) ?? 0));
  };

  /** Who spoke lately, and whose decision was not written down yet: the bus knows the one, and our own log the other. */
  const recall = async (): Promise<void> => {
    const born = new Map<string, LogRecord>();
    for await (const raw of habitat.history.replay()) {
      const idea = readRecord(lastIdeaIn(raw));
      if (idea?.event_type === 'signal_generated') spoke(signalOf(idea));
      if (raw.event_type === 'signal_generated') keepLast(born, String(raw.signal_id), raw);
    }
    const decided = new Set<string>();
    for await (const { signal_id } of universe.log.replay())
      if (born.has(String(signal_id))) decided.add(String(signal_id));
    for (const raw of born.values()) {
      const record = readRecord(raw);
      if (record?.event_type !== 'signal_generated') continue;
      const signal = signalOf(record);
      spoke(signal);
      if (!decided.has(signal.signalId)) awaited.set(signal.signalId, signal);
    }
  };

  const life = lifeEffects('signalEngine', habitat, {
    open: async (ref) => {
      self = ref;
      await predictions.open();
      await universe.open();
      await recall();
    },
    files: [predictions, universe],
    repair: (target) => (target === SIGNALS_FILE ? universe.repair() : predictions.repair()),
    close: async () => {
      await predictionWriter.settle();
      await universeWriter.settle();
      await predictions.close();
      await universe.close();
    },
  });
  return provided(signalEngine, {
    actors: life.actors,
    actions: {
      ...life.actions,
      think,
      close,
      recordAgain: () => {
        predictionWriter.again();
        universeWriter.again();
      },
    },
  });
}
