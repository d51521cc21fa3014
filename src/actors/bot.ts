import { type AnyActorRef, type AnyStateMachine, createActor } from 'xstate';
import { HealingBoard } from '../healing/board.ts';
import { chainedLog } from '../healing/chained-log.ts';
import { type ChildSpec, withDependants } from '../healing/child.ts';
import { type Glimpse, glimpsing } from '../healing/inspecting.ts';
import type { Invariant, Remedy } from '../healing/invariant.ts';
import { LedgerUses } from '../healing/ledger-uses.ts';
import { Mailboxes } from '../healing/mailbox.ts';
import type { FlattenAnswer, PauseAnswer, PauseRequest, ResumeAnswer, ResumeRequest } from '../healing/resume.ts';
import { supervisor } from '../healing/supervisor.ts';
import { type RemedyAnswer, type RemedyWish, Wishes } from '../healing/wish.ts';
import { withFastPath } from '../machines/compile/fast-path.ts';
import type { ActorId } from '../machines/messages.ts';
import { says } from '../ports/says.ts';
import type { Mail, World } from '../ports/world.ts';
import { BusHistory } from './bus-history.ts';
import { decisionEngineActor } from './decision-engine.ts';
import { decisionTrackerActor } from './decision-tracker.ts';
import type { Habitat } from './effects.ts';
import { exitGatesActor } from './exit-gates.ts';
import { featureStoreActor } from './feature-store.ts';
import { fileChanges } from './file-changes.ts';
import { fileIntegrityActor } from './file-integrity.ts';
import { GivenNames } from './given-names.ts';
import type { HealingHabitat } from './healer-loop.ts';
import { healingAlerts } from './healing-alerts.ts';
import { healingOperatorActor, LEDGER_FILE } from './healing-operator.ts';
import { heartbeatActor } from './heartbeat.ts';
import { marketFeedActor } from './market-feed.ts';
import { askRemedy, flatten, pause, resume } from './operator-requests.ts';
import { ownedLog } from './owned-log.ts';
import { pipelineMonitorActor } from './pipeline-monitor.ts';
import { recordWriter } from './recorder.ts';
import { safetyLayerActor } from './safety-layer.ts';
import { shadowEngineActor } from './shadow-engine.ts';
import { signalBusActor } from './signal-bus.ts';
import { signalEngineActor } from './signal-engine.ts';
import { stateMachineActor } from './state-machine.ts';
import { tradeExecutionActor } from './trade-execution.ts';

/** How long a component may take to open (it may have a long log to read) before it is stopped by force, ms. */
const START_WITHIN_MS = 120_000;
/** How long a component may take to close before it is stopped by force, ms. */
const STOP_WITHIN_MS = 5_000;

/** A healer that could not open, or fell over too often, is tried again after this long, ms. */
const HEALER_AGAIN_MS = 10_000;

type Component = Exclude<ActorId, 'architectureHealing'>;
type Make = (habitat: HealingHabitat) => AnyStateMachine;

/**
 * The children of the bot in the order of dependency: each starts when those before it stand, and stops before they do.
 * The healer comes before the feed, so that everything is watched before the first tick.
 */
const CHILDREN: readonly (readonly [Component, Make, readonly Component[]])[] = [
  ['signalBus', signalBusActor, []],
  ['safetyLayer', safetyLayerActor, ['signalBus']],
  ['stateMachine', stateMachineActor, ['signalBus']],
  ['tradeExecution', tradeExecutionActor, ['signalBus', 'safetyLayer', 'stateMachine']],
  ['decisionTracker', decisionTrackerActor, []],
  ['exitGates', exitGatesActor, ['tradeExecution']],
  ['shadowEngine', shadowEngineActor, ['signalBus', 'stateMachine']],
  ['decisionEngine', decisionEngineActor, ['safetyLayer', 'stateMachine', 'decisionTracker']],
  ['pipelineMonitor', pipelineMonitorActor, ['stateMachine']],
  ['heartbeat', heartbeatActor, []],
  ['signalEngine', signalEngineActor, ['signalBus', 'heartbeat']],
  ['featureStore', featureStoreActor, ['signalEngine']],
  ['fileIntegrity', fileIntegrityActor, []],
  ['healingOperator', healingOperatorActor, []],
  ['marketFeed', marketFeedActor, ['featureStore', 'exitGates', 'shadowEngine']],
];

export interface Bot {
  readonly root: AnyActorRef;
  readonly mailboxes: Mailboxes;
  readonly board: HealingBoard;
  readonly invariants: readonly Invariant[];
  readonly healing: 'act' | 'observe';
  /** Actors that a remedy would stop or change: what its plan says. */
  readonly affects: HealingHabitat['affects'];
  /** Resets the kill switch on the word of a person. */
  resume(request: ResumeRequest): Promise<ResumeAnswer>;
  /** Puts the kill switch on by hand: entries are blocked until a person resumes, exits go on. */
  pause(request: PauseRequest): Promise<PauseAnswer>;
  /** As {@link pause}, and leaves all that is held at the market. */
  flatten(request: PauseRequest): Promise<FlattenAnswer>;
  /** Has a remedy sent by the healer, with its budget, its ledger and its proof, also while the invariant holds. */
  askRemedy(wish: Omit<RemedyWish, 'ask'>): Promise<RemedyAnswer>;
  start(): void;
  /** Stops all children in reverse order; {@link stopped} resolves when the last has closed. */
  stop(): void;
  readonly stopped: Promise<void>;
}

export interface BotParts {
  readonly world: World;
  readonly invariants: readonly Invariant[];
  /** Adds to the habitat of every component (their settings). */
  readonly settings: Habitat['settings'];
  /** `observe`: remedies are planned and recorded, and none is sent. `act` where nothing is said. */
  readonly healing?: 'act' | 'observe';
  /** Called for every inspection event of the system; guarded, never in the path. */
  readonly inspect?: (event: Glimpse) => void;
}

/** Who stops when a remedy is applied: what the supervisor would take, and the child of the operator with it. */
function affectedBy(specs: readonly ChildSpec[], to: string, remedy: Remedy): readonly string[] {
  if (remedy.type !== 'RESTART') return [to];
  const taken = remedy.scope === 'rest' ? withDependants(specs, to) : [to];
  const withChild = taken.flatMap((id) => (id === 'healingOperator' ? [id, 'architectureHealing'] : [id]));
  return [to, ...withChild.filter((id) => id !== to)];
}

/** The root actor: a supervisor over the thirteen components, the feed and the healing operator, flat, with their mailboxes. */
export function createBot({ world, invariants, settings, healing = 'act', inspect }: BotParts): Bot {
  const { clock } = world;
  const jitter = world.chance.fork('supervisor');
  // Chance begins anew with every run of the same seed, and the ledger does not.
  const incidentIds = world.chance.fork(`incidents of epoch ${world.lease.epoch}`);
  const mailboxes = new Mailboxes([...CHILDREN.map(([id]) => id), 'architectureHealing'], () => clock.now());
  const board = new HealingBoard(invariants);
  const { changes, stop: stopWatching } = fileChanges(world);
  let root: AnyActorRef | null = null;
  // In a turn of its own: what a child does in an action must not run the supervisor inside that action.
  const tell = (event: { type: string }) => clock.setTimeout(() => root?.send(event), 0);

  const mail: Mail = {
    post: (to, event) => mailboxes.post(to, event),
    leave: (id, self) => {
      if (mailboxes.ref(id) === self) mailboxes.leave(id);
    },
    announce: (id, incarnation, as, self) => {
      if (id === 'architectureHealing') {
        mailboxes.attach(id, self as AnyActorRef);
        if (as === 'ready') mailboxes.open(id);
        return;
      }
      tell({ type: as === 'ready' ? 'CHILD.READY' : 'CHILD.FAILED', id, incarnation } as { type: string });
    },
  };

  const ledgerUses = new LedgerUses();
  const chain = chainedLog(world.logs.log(LEDGER_FILE, { sequenced: false }), ledgerUses);
  const habitat: HealingHabitat = {
    world,
    mail,
    settings,
    changes,
    history: new BusHistory(world),
    givenNames: new GivenNames(),
    killSwitch: { present: null, untaken: null },
    mailboxes,
    board,
    invariants,
    chain,
    ledgerUses,
    newIncidentId: () => `INC-${incidentIds.hex(10)}`,
    mode: healing,
    affects: (to, remedy) => affectedBy(specs, to, remedy),
    ledgerWriter: recordWriter(world, ownedLog(world, LEDGER_FILE, chain), () => undefined),
    alerts: healingAlerts(world),
    wishes: new Wishes(),
    restart: (id, scope, order) => tell({ type: 'RESTART_CHILD', id, scope, ...order } as { type: string }),
  };

  const specs: ChildSpec[] = CHILDREN.map(([id, make, dependsOn]) => ({
    id,
    logic: () => withFastPath(make(habitat)),
    input: (birth) => ({ ...birth, barMs: world.feed.intervalMs }),
    restart: 'permanent',
    startWithinMs: START_WITHIN_MS,
    stopWithinMs: STOP_WITHIN_MS,
    dependsOn,
    // Whoever else fails is brought back by the healer.
    ...(id === 'healingOperator' ? { retryMs: HEALER_AGAIN_MS } : {}),
  }));

  let finish: () => void = () => undefined;
  const stopped = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const actor = createActor(
    supervisor({
      id: 'bot',
      specs,
      mailboxes,
      now: () => clock.now(),
      chance: () => jitter.next(),
      restartsAfter: 'all-before',
      stopped: () => {
        stopWatching();
        finish();
      },
    }),
    {
      systemId: 'bot',
      clock,
      ...(inspect ? { inspect: glimpsing(inspect, (words) => world.log.error(words)) } : {}),
    },
  );
  root = actor;
  // A root without an error observer ends the process with an uncaught exception (research/xstate.md §0.4).
  actor.subscribe({
    error: (error) => {
      world.log.error(`the root actor failed: ${says(error)}`);
      stopWatching();
      finish();
    },
  });

  return {
    root: actor,
    mailboxes,
    board,
    invariants,
    healing,
    affects: habitat.affects,
    resume: (request) => resume(habitat, request),
    pause: (request) => pause(habitat, request),
    flatten: (request) => flatten(habitat, request),
    askRemedy: (wish) => askRemedy(habitat, wish),
    start: () => {
      board.startedAt = clock.now();
      actor.start();
    },
    stop: () => actor.send({ type: 'STOP' }),
    stopped,
  };
}
