import type { AnyActorRef, AnyStateMachine } from 'xstate';
import { provided } from '../machines/compile/provided.ts';
import type { RemedyOrder } from '../machines/life.ts';
import { type ActorId, type Evidence, SIGNAL_STATES, type SignalState } from '../machines/messages.ts';
import { type PipelineFigures, type StateMachineEvent, stateMachine } from '../machines/state-machine.ts';
import type { TimerId } from '../ports/clock.ts';
import { type Step, stepName } from './bus-history.ts';
import { type Habitat, lifeEffects } from './effects.ts';
import { readRecord, type SignalGenerated, type StateChange, signalOf } from './records.ts';
import { forgottenIn } from './retention.ts';
import { SignalRegistry } from './signal-registry.ts';

/** DESIGN §3: stuck after an hour without a change, old two hours after birth. */
export const STUCK_AFTER_MS = 3_600_000;
export const OLD_AFTER_MS = 7_200_000;
/** So many are expired before others get a turn. */
const SLICE = 200;
const SHOWN = 20;

type ExpireEvent = Extract<StateMachineEvent, { type: 'EXPIRE' }>;

/** `stateMachine` at work: the registry of all signals, rebuilt from the bus at every start. */
export function stateMachineActor(habitat: Habitat): AnyStateMachine {
  const { world, mail } = habitat;
  const { clock } = world;
  const { unlogged } = habitat.history;
  const registry = new SignalRegistry();
  /** What is needed of a signal until it is decided and executed. */
  const signals = new Map<string, SignalGenerated>();
  /** Finishes an expiry that is under way. */
  const expiries = new Set<() => void>();
  let refused = 0;
  let self: AnyActorRef | null = null;

  const figures = (): PipelineFigures => {
    const now = clock.now();
    const byState = registry.counts();
    return {
      at: now,
      total: SIGNAL_STATES.reduce((sum, state) => sum + byState[state], 0),
      byState,
      stuckCount: registry.stuckIds(now, STUCK_AFTER_MS).length,
      oldCount: registry.oldIds(now, OLD_AFTER_MS).length,
      unknownStates: registry
        .unknown()
        .slice(0, SHOWN)
        .map(({ id }) => id),
      oldestChangeAt: registry.oldestChange,
      refused,
    };
  };

  const count = (): void => {
    const now = figures();
    self?.send({ type: 'FIGURES', figures: now });
    const stuck = registry.stuckIds(clock.now(), STUCK_AFTER_MS).slice(0, SHOWN);
    mail.post('pipelineMonitor', { type: 'PIPELINE', figures: now, stuck });
  };

  const remember = (record: SignalGenerated): void => {
    signals.set(record.signal_id, record);
    registry.add({
      id: record.signal_id,
      symbol: record.signal.symbol,
      direction: record.signal.direction,
      at: record.ts * 1000,
    });
  };

  /** The state is written by us and known already; one that is not, or does not exist, is kept for healing to see. */
  const learnState = (record: StateChange): void => {
    const life = registry.get(record.signal_id);
    if (life && life.state === record.new_state) return;
    registry.setState(record.signal_id, record.new_state, record.ts * 1000, 'open');
  };

  const forget = (signalId: string, state: string): void => {
    if (isState(state) && state !== 'generated' && state !== 'evaluating' && state !== 'approved')
      signals.delete(signalId);
  };

  const replay = async (): Promise<void> => {
    // One that gets into the log while that is read may be in neither: the reading had gone past its end.
    const waiting = stepsUnderWay();
    for await (const raw of habitat.history.replay()) {
      const forgotten = forgottenIn(raw);
      if (forgotten) registry.alreadyFinished(forgotten);
      const record = readRecord(raw);
      if (record?.event_type === 'signal_generated') remember(record);
      else if (record?.event_type === 'state_change') {
        learnState(record);
        forget(record.signal_id, record.new_state);
      }
    }
    // Asked for by an incarnation before this one: another step would contradict it in the log.
    for (const step of waiting) follow(registry, step);
  };

  /** Steps that were sent to the bus, and are not in the log yet. */
  const stepsUnderWay = (): readonly Step[] =>
    [...unlogged.values()].flatMap((one) => ('step' in one ? [one.step] : []));

  const decide = (record: SignalGenerated, state: SignalState): void =>
    mail.post('decisionEngine', { type: 'DECIDE', signal: signalOf(record), state });
  const execute = (record: SignalGenerated): void =>
    mail.post('tradeExecution', { type: 'EXECUTE', signal: signalOf(record) });

  /** What was under way when the last incarnation ended goes on. Executing is taken up by tradeExecution itself. */
  const resume = (): void => {
    tellUndecided();
    const unsaid = new Set(stepsUnderWay().map(({ signal_id }) => signal_id));
    for (const [id, record] of signals) if (registry.get(id)?.state === 'approved' && !unsaid.has(id)) execute(record);
  };

  const tellUndecided = (): void => {
    for (const [id, record] of signals) {
      const state = registry.get(id)?.state;
      if (state === 'generated' || state === 'evaluating') decide(record, state);
    }
  };

  const take = ({ event }: { event: StateMachineEvent }): void => {
    if (event.type !== 'BUS.RECORD') return;
    const read = readRecord(event.record);
    if (read?.event_type === 'signal_generated') {
      if (registry.get(read.signal_id)) return;
      remember(read);
      decide(read, 'generated');
    }
    if (read?.event_type !== 'state_change') return;
    const { signal_id, new_state } = read;
    if (!(SIGNAL_STATES as readonly string[]).includes(new_state)) {
      registry.setState(signal_id, new_state, read.ts * 1000, 'open');
      count();
      return;
    }
    // Known already, but where an incarnation before this one ordered it while the disk refused.
    follow(registry, read);
    const record = signals.get(signal_id);
    if (new_state === 'approved' && record) execute(record);
    forget(signal_id, new_state);
  };

  /** @returns whether the lifecycle allowed it */
  const move = (signalId: string, to: SignalState, reason: string | null, metadata: object, by: string): boolean => {
    const changed = registry.transition(signalId, to, clock.now());
    if (!changed.ok) {
      refused++;
      world.log.warn(`refused: ${by} wanted ${signalId} to be ${to}: ${changed.reason}`, { signal_id: signalId });
      return false;
    }
    const step = { signal_id: signalId, new_state: to, ts: clock.now() / 1000 };
    unlogged.set(stepName(step), { step });
    mail.post('signalBus', {
      type: 'APPEND',
      record: {
        event_type: 'state_change',
        signal_id: signalId,
        old_state: changed.from,
        new_state: to,
        reason,
        metadata,
      },
    });
    return true;
  };

  const expire = ({ event }: { event: StateMachineEvent }): void => {
    if (event.type !== 'EXPIRE') return;
    const chosen = candidates(event);
    let expired = 0;
    const kept: string[] = [];
    let next = 0;
    let timer: TimerId = 0;
    const slice = (many: number): void => {
      for (const id of chosen.slice(next, next + many)) {
        const done = move(
          id,
          'expired',
          event.reason,
          { incident: event.incident, expired_by: event.from },
          'stateMachine',
        );
        if (done) expired++;
        else kept.push(id);
      }
      next += many;
      if (next < chosen.length) {
        timer = clock.setTimeout(() => {
          if (self?.getSnapshot().status === 'active') slice(SLICE);
        }, 0);
        return;
      }
      expiries.delete(rest);
      answer(event, expired, kept);
      self?.send({ type: 'EXPIRY_DONE' });
      count();
    };
    const rest = (): void => {
      clock.clearTimeout(timer);
      slice(chosen.length);
    };
    expiries.add(rest);
    slice(SLICE);
  };

  const candidates = ({ signalIds, olderThan }: ExpireEvent): readonly string[] => {
    if (signalIds) return signalIds;
    const now = clock.now();
    const age = olderThan ?? STUCK_AFTER_MS;
    const ids = new Set([...registry.stuckIds(now, age), ...registry.oldIds(now, OLD_AFTER_MS)]);
    return [...ids].filter((id) => !registry.intentOpen(id));
  };

  const answer = ({ incident, from: healer }: RemedyOrder, expired: number, kept: readonly string[]): void => {
    const from = healer as ActorId;
    const says = `expired ${expired} signals${kept.length > 0 ? `; ${kept.length} could not be: ${kept.slice(0, 3).join(', ')}` : ''}`;
    if (kept.length > 0 && expired === 0) mail.post(from, { type: 'REMEDY.FAILED', incident, error: says });
    else
      mail.post(from, { type: 'REMEDY.DONE', incident, evidence: { says, figures: { expired, kept: kept.length } } });
  };

  /** A state that does not exist is replaced by what the log's own legal steps come to. */
  const rebuildStates = async (): Promise<Evidence> => {
    const wrong = new Set(registry.unknown().map(({ id }) => id));
    const honest = new SignalRegistry();
    for await (const raw of world.bus.replay()) {
      const record = readRecord(raw);
      if (record === null || !wrong.has(record.signal_id)) continue;
      const at = record.ts * 1000;
      if (record.event_type === 'signal_generated') {
        honest.add({ id: record.signal_id, symbol: record.signal.symbol, direction: record.signal.direction, at });
      } else if (record.event_type === 'state_change') {
        follow(honest, record);
      }
    }
    const rebuilt: string[] = [];
    for (const id of wrong) {
      const life = honest.get(id);
      if (!life)
        throw new Error(`${id} is in a state that does not exist, and the log does not know the signal at all`);
      registry.setState(id, life.state, life.changedAt, life.intent ?? 'open');
      rebuilt.push(`${id}: ${life.state}`);
    }
    count();
    return { says: `rebuilt from the log: ${rebuilt.join(', ') || 'nothing'}`, figures: { rebuilt: rebuilt.length } };
  };

  const life = lifeEffects('stateMachine', habitat, {
    open: async (ref) => {
      self = ref;
      await replay();
    },
    begin: () => {
      count();
      resume();
    },
    files: [],
    repair: (target) =>
      target === 'states' ? rebuildStates() : Promise.reject(new Error(`stateMachine has no ${target} to repair`)),
    close: async () => {
      for (const finish of [...expiries]) finish();
    },
  });
  return provided(stateMachine, {
    actors: life.actors,
    actions: {
      ...life.actions,
      tellUndecided,
      take,
      count,
      expire,
      change: ({ event }) => {
        if (event.type === 'TRANSITION') move(event.signalId, event.to, event.reason, event.metadata, event.by);
      },
      noteIntent: ({ event }) => {
        if (event.type === 'INTENT') registry.intent(event.signalId, event.fate);
      },
    },
  });
}

/** Goes where the log says that a signal has gone, if it is a step from where it is. What expired had no order any more. */
const follow = (registry: SignalRegistry, { signal_id, new_state, ts }: Step): void => {
  if (!isState(new_state)) return;
  if (new_state === 'expired') registry.intent(signal_id, 'closed');
  registry.transition(signal_id, new_state, ts * 1000);
};

const isState = (name: string): name is SignalState => (SIGNAL_STATES as readonly string[]).includes(name);
