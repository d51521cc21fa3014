/** States that come seldom or pass in an instant: several faults of different kinds wait for them in a seed, one after the other. */
import type { ActorId } from '../machines/messages.ts';

/** So many wait for a state that comes seldom, */
export const SCOUTS = 5;
/** and for one of the rarest. */
export const SCOUTS_FOR_THE_RAREST = 16;

const RECORDING = ['running.recording.writing', 'running.recording.blocked'] as const;

/** These come to pass early or never: faults wait for them from the beginning. */
export const FIRST: Readonly<Partial<Record<ActorId, readonly string[]>>> = {
  featureStore: ['failed', 'reviving'],
  fileIntegrity: ['failed', 'reviving'],
  pipelineMonitor: ['running.critical'],
  safetyLayer: ['running.positions.missing'],
};

/** As 40 seeds showed it in which one fault waited for each state. */
export const SELDOM: Readonly<Partial<Record<ActorId, readonly string[]>>> = {
  decisionEngine: ['reviving', 'running.deciding.awaitingVeto', 'running.deciding.overdue', ...RECORDING],
  decisionTracker: ['reviving', 'stopping', 'running.blocked', 'running.mending'],
  exitGates: [
    'starting',
    'failed',
    'reviving',
    'running.mending',
    'running.watch.watching',
    'running.watch.exiting',
    'running.watch.blind',
    ...RECORDING,
  ],
  featureStore: ['failed', 'reviving', 'running.market.warming'],
  fileIntegrity: ['failed', 'reviving'],
  heartbeat: ['stopping'],
  healingOperator: ['running.killSwitch.armed', 'running.architecture.down'],
  architectureHealing: ['stopping'],
  marketFeed: ['running.broken'],
  pipelineMonitor: ['running.critical'],
  safetyLayer: [
    'reviving',
    'running.positions.differs',
    'running.positions.missing',
    'running.exchange.disagrees',
    'running.disk.saving',
    'running.disk.unsaved',
  ],
  shadowEngine: ['reviving', 'running.mending', 'running.recording.blocked'],
  signalBus: ['reviving', 'done', 'running.history.lost', 'running.mending'],
  signalEngine: ['reviving', 'running.mending', 'running.thinking.warming', 'running.recording.blocked'],
  stateMachine: ['failed', 'reviving', 'running.mending', 'running.pipeline.empty', 'running.pipeline.stuck'],
  tradeExecution: [
    'reviving',
    'running.mending',
    'running.orders.writing',
    'running.orders.sending',
    'running.orders.awaitingFill',
    'running.orders.overdue',
    'running.orders.unknownFate',
    'running.protection.placing',
    'running.protection.bare',
    'running.protection.moving',
    'running.protection.protected',
    'running.protection.refused',
    'running.books.diverged',
    'running.books.unasked',
  ],
};

/** These come in few seeds, or for a few steps: most kinds wait for each, in every seed in another order. */
export const RAREST: typeof SELDOM = {
  decisionEngine: ['running.deciding.overdue'],
  exitGates: ['reviving', 'running.mending', 'running.watch.exiting', 'running.watch.blind', ...RECORDING],
  featureStore: ['failed', 'reviving', 'running.market.warming'],
  fileIntegrity: ['failed', 'reviving'],
  pipelineMonitor: ['running.critical'],
  safetyLayer: ['running.positions.differs', 'running.positions.missing'],
  signalEngine: ['running.thinking.warming', 'running.mending'],
  tradeExecution: [
    'running.orders.overdue',
    'running.protection.bare',
    'running.protection.refused',
    'running.books.diverged',
  ],
};

/** They come to pass while something is traded, and seldom where much else is broken. */
export const OF_TRADE: ReadonlySet<ActorId> = new Set(['tradeExecution', 'exitGates']);
