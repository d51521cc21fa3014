import type { AnyActorRef, AnyStateMachine } from 'xstate';
import { z } from 'zod';
import { provided } from '../machines/compile/provided.ts';
import type { ActorId, Evidence, Signal } from '../machines/messages.ts';
import { type SignalBusEvent, signalBus } from '../machines/signal-bus.ts';
import type { Appended, LogRecord } from '../ports/event-log.ts';
import { says } from '../ports/says.ts';
import { type Habitat, lifeEffects } from './effects.ts';
import { ownedLog } from './owned-log.ts';
import { appendFirst } from './recorder.ts';
import { POSITIONS_FILE, SIGNAL_BUS_FILE, seconds, stamp } from './records.ts';
import { refusalsOf } from './refusals.ts';

type Record = Readonly<{ [field: string]: unknown }>;

/** Who is told of a record once it is on disk. */
const READERS: Readonly<{ [eventType: string]: readonly ActorId[] }> = {
  signal_generated: ['stateMachine', 'shadowEngine'],
  state_change: ['stateMachine', 'shadowEngine', 'tradeExecution'],
  order_intent: ['tradeExecution'],
  position_change: ['tradeExecution'],
  funding_payment: ['tradeExecution'],
};

/** Records of others that prove there was a past. The healer's, the alerts and the log for people prove nothing of trading. */
const WITNESSES = [
  'logs/signals.jsonl',
  'logs/signal_decisions.jsonl',
  'logs/shadow_trade_outcomes.jsonl',
  'logs/exit_runtime_events.jsonl',
];

/** The part of a signal that is kept for good: the figures of its moment, without the series behind them. */
const signalRecord = (signal: Signal): Record => {
  const { returns: _, ...features } = signal.features;
  return {
    symbol: signal.symbol,
    direction: signal.direction,
    ts: seconds(signal.at),
    timestamp: stamp(signal.at).timestamp,
    price: signal.price,
    strategy: signal.strategy,
    confidence: signal.confidence,
    entry_reason: signal.reason,
    regime: signal.features.regime,
    features: { ...features, returns: [] },
  };
};

/** `signalBus` at work: owns `logs/signal_bus.jsonl`, and tells the readers of a record when it is durable. */
export function signalBusActor(habitat: Habitat): AnyStateMachine {
  const { world, mail, history } = habitat;
  const log = ownedLog(world, SIGNAL_BUS_FILE, world.bus);
  const refusals = refusalsOf(world.log, SIGNAL_BUS_FILE);
  let lastSeq = 0;
  let self: AnyActorRef | null = null;
  /** What is known to have been lost with an earlier log. */
  let loss: string | null = null;

  /** Another may have come after this one while the disk was at work. */
  const tellSelf = (event: SignalBusEvent): void => {
    if (self?.getSnapshot().status === 'active') self.send(event);
  };

  const publish = (record: Record, place: Appended): void => {
    history.take(record, place);
    for (const reader of READERS[String(record.event_type)] ?? []) mail.post(reader, { type: 'BUS.RECORD', record });
  };

  /** One batch at a time: a batch that failed is never overtaken by a later one. */
  const pump = (): void => {
    if (history.writing || history.unwritten.length === 0) return;
    history.writing = appendFirst(log, history.unwritten, (record) => record).then((appending) => {
      const { taken, refused, unwritable, places, refusal } = appending;
      history.writing = null;
      const tried = taken.length + refused.length + unwritable.length;
      history.unwritten = [...refused, ...history.unwritten.slice(tried)];
      const waiting = history.unwritten.length;
      lastSeq = places.at(-1)?.seq ?? lastSeq;
      for (const { message } of unwritable) world.log.error(`an event was given up: ${message}`);
      for (const [index, record] of taken.entries()) publish(record, places[index] as Appended);
      if (taken.length + unwritable.length > 0)
        tellSelf({ type: 'APPENDED', count: taken.length, lastSeq, waiting, unsaved: history.unsaved });
      if (refused.length === 0) {
        refusals.took();
        return pump();
      }
      refusals.refused(refusal, waiting);
      tellSelf({ type: 'APPEND_REFUSED', error: says(refusal), waiting, at: world.clock.now() });
    });
  };
  const settled = async (): Promise<void> => {
    while (history.writing) await history.writing;
  };

  const stamped = (event_type: string, rest: Record): Record => ({
    event_type,
    event_id: history.newEventId(),
    ...rest,
    ...stamp(world.clock.now()),
  });

  const write = ({ event }: { event: SignalBusEvent }): void => {
    const now = world.clock.now();
    const event_id = history.newEventId();
    if (event.type === 'EMIT') {
      const { signal } = event;
      history.unwritten.push({
        event_type: 'signal_generated',
        event_id,
        signal_id: signal.signalId,
        ...stamp(signal.at),
        source: signal.strategy,
        signal: signalRecord(signal),
        state: 'generated',
      });
    } else if (event.type === 'APPEND') {
      const { event_type, signal_id, ...rest } = event.record;
      history.unwritten.push({ event_type, event_id, signal_id, ...rest, ...stamp(now) });
    }
    pump();
  };

  const witness = async (): Promise<string | null> => {
    for (const path of WITNESSES) {
      const stat = await world.files.stat(path);
      if (stat !== null && stat.size > 0) return path;
    }
    const open = await openPositions();
    if (open === null) return `${POSITIONS_FILE}, which cannot be read`;
    return open > 0 ? `${POSITIONS_FILE} with ${open} open positions` : null;
  };
  /** `null` where the file does not tell: it may list any. */
  const openPositions = async (): Promise<number | null> => {
    const loaded = await world.store.load(POSITIONS_FILE, z.looseObject({ open_positions: z.array(z.unknown()) }));
    if (loaded.ok) return loaded.value.open_positions.length;
    return loaded.missing ? 0 : null;
  };

  const proveHistory = async (): Promise<Evidence> => {
    const held = await world.broker.positions();
    const open = await openPositions();
    if (held.length > 0 || open !== 0) {
      const found = `the broker holds ${held.length} positions and ${POSITIONS_FILE} ${open === null ? 'cannot be read' : `lists ${open}`}`;
      throw new Error(`what the log lost may be needed: ${found}; restore logs/signal_bus.jsonl from a backup`);
    }
    const words = 'nobody needs what the log lost: the broker is flat and no position is open';
    const explained = stamped('history_explained', { says: words });
    history.take(explained, await log.append(explained));
    tellSelf({ type: 'HISTORY', lost: false, says: words });
    return { says: words, figures: { broker_positions: 0, open_positions: 0 } };
  };

  /** The loss is the first record of the log that came after it: no restart forgets it. */
  const begunAnew = async (existed: boolean, sealed: number): Promise<void> => {
    const found = sealed > 0 ? `${sealed} records in its sealed segments` : await witness();
    const { lost } = await log.open();
    if (found === null) return;
    const words = `${SIGNAL_BUS_FILE} was ${existed ? 'empty' : 'missing'} at start, but there is ${found}`;
    await log.append(stamped('history_lost', { says: words, ...(lost ? { lost } : {}) }));
  };

  const endLost = ([from, to]: readonly [number, number]): string =>
    `the end of ${SIGNAL_BUS_FILE} was lost while nobody had it open: seq ${from} to ${to} stand nowhere any more`;

  /** What is lost of the past and not explained; `null` where nothing is. */
  const lossOnRecord = async (archived: boolean): Promise<string | null> => {
    let told: LogRecord | null = null;
    for await (const record of history.replay())
      if (record.event_type === 'history_lost' || record.event_type === 'history_explained') told = record;
    if (told?.event_type === 'history_lost') return String(told.says);
    if (told !== null || !archived || history.fromCheckpoint) return null;
    const words = 'the oldest segments of the log were taken away, and no checkpoint tells what they said';
    const lost = stamped('history_lost', { says: words });
    history.take(lost, await log.append(lost));
    return words;
  };

  /** What the log says may be another story afterwards: its readers' next start is told the present one. */
  const mendLog = async (): Promise<Evidence> => {
    const evidence = await log.repair();
    await history.catchUp('log alone');
    return evidence;
  };

  const saveCheckpoint = async (): Promise<Evidence> => {
    const before = history.unsaved;
    await history.save();
    tellSelf({ type: 'CHECKPOINT', unsaved: history.unsaved });
    return {
      says: `the checkpoint was written; it lacked ${before} records`,
      figures: { before, unsaved: history.unsaved },
    };
  };

  const life = lifeEffects('signalBus', habitat, {
    open: async (ref) => {
      self = ref;
      // One that was cut off in the middle of it may still be writing.
      await settled();
      const { existed, records, archived, lost } = await log.open({ create: 'never' });
      // One without a record tells no more than one that is missing: the disk may have refused to record the loss.
      if (!existed || records === 0) await begunAnew(existed, records);
      else if (lost) await log.append(stamped('history_lost', { says: endLost(lost), lost }));
      await history.catchUp();
      loss = await lossOnRecord(archived);
    },
    begin: (ref) => {
      ref.send({ type: 'HISTORY', lost: loss !== null, says: loss ?? '' });
      const waiting = history.unwritten.length;
      if (waiting > 0) ref.send({ type: 'CARRIED_OVER', waiting });
      pump();
    },
    files: [log],
    repair: (target) =>
      target === 'history' ? proveHistory() : target === 'checkpoint' ? saveCheckpoint() : mendLog(),
    close: async () => {
      pump();
      await settled();
      const waiting = history.unwritten.length;
      if (waiting > 0)
        world.log.error(
          `${waiting} events are not in ${SIGNAL_BUS_FILE}; they are lost if the bot ends before it can be written`,
        );
      else await history.save();
      await log.close();
    },
  });
  return provided(signalBus, { actors: life.actors, actions: { ...life.actions, write, retry: pump } });
}
