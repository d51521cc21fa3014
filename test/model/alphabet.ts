/** What every machine can be told, with the figures that decide its guards. Times in ms. */
import type { AnyStateMachine } from 'xstate';
import { architectureHealing } from '../../src/machines/architecture-healing.ts';
import { decisionEngine } from '../../src/machines/decision-engine.ts';
import { decisionTracker } from '../../src/machines/decision-tracker.ts';
import { exitGates } from '../../src/machines/exit-gates.ts';
import { featureStore } from '../../src/machines/feature-store.ts';
import { fileIntegrity } from '../../src/machines/file-integrity.ts';
import { healingOperator } from '../../src/machines/healing-operator.ts';
import { heartbeat } from '../../src/machines/heartbeat.ts';
import { marketFeed } from '../../src/machines/market-feed.ts';
import { pipelineMonitor } from '../../src/machines/pipeline-monitor.ts';
import { safetyLayer } from '../../src/machines/safety-layer.ts';
import { shadowEngine } from '../../src/machines/shadow-engine.ts';
import { signalBus } from '../../src/machines/signal-bus.ts';
import { signalEngine } from '../../src/machines/signal-engine.ts';
import { stateMachine } from '../../src/machines/state-machine.ts';
import { tradeExecution } from '../../src/machines/trade-execution.ts';
import type { Told } from './walk.ts';

/** A machine, its own events, and the part of its context that decides guards. */
export interface Subject {
  readonly machine: AnyStateMachine;
  readonly events: readonly Told[];
  readonly remembers?: (context: Record<string, unknown>) => unknown;
  /** Regions that look at no other are walked apart, each with its own events: together they would be walked in each other's states. */
  readonly apart?: readonly (readonly Told[])[];
  /** It expires signals itself, or has them expired: it does not refuse EXPIRE. */
  readonly expires?: true;
}

export const order = (incident: string) => ({ incident, reason: 'a test', from: 'healingOperator' });
const evidence = { says: 'a test', figures: {} };
const file = (badLines: number) => ({ exists: true, writable: true, badLines, says: '', checkedAt: 0 });

/** The life all share. */
export const OPENED: Told = { type: 'OPENED' };
export const LIFE: readonly Told[] = [
  OPENED,
  { type: 'OPEN_FAILED', error: 'no rights' },
  { type: 'FILE_SEEN', path: 'logs/a.jsonl', evidence: file(0) },
  { type: 'FILE_SEEN', path: 'logs/a.jsonl', evidence: file(1) },
  { type: 'REPAIR', target: 'log', evidence, ...order('i-1') },
  { type: 'REPAIRED', evidence },
  { type: 'REPAIR_FAILED', error: 'the disk is full' },
  { type: 'RESTART', ...order('i-2') },
  { type: 'EXPIRE', ...order('i-3') },
  { type: 'STOP' },
  { type: 'CLOSED' },
];
const MENDING = LIFE.filter(({ type }) => type.startsWith('REPAIR'));
const CHECKS: readonly Told[] = [0, 60_000, 600_000].map((at) => ({ type: 'CHECK', at }));

const RECORDER: readonly Told[] = [
  { type: 'RECORDING' },
  { type: 'RECORDED', count: 2, waiting: 0 },
  { type: 'RECORDED', count: 1, waiting: 3 },
  { type: 'RECORD_REFUSED', error: 'ENOSPC', waiting: 4, at: 1 },
  ...MENDING,
];

const VITALS = {
  loopP99Ms: 1,
  loopMaxMs: 2,
  rssBytes: 3,
  heapUsedBytes: 4,
  heapLimitBytes: 5,
  openFiles: 6,
  openFilesLimit: 7,
  clockJumpMs: 0,
  lapse: null,
};
const WOKE: Told = { type: 'WOKE', at: 1, sleptMs: 9_000, steppedMs: 0, says: 'the machine slept for 9.0 s' };

const features = (stable: boolean) => ({ symbol: 'BTCUSDT', stable });
const tick = { type: 'TICK', tick: { at: 60_000, candles: [] } };
const busRecord = { type: 'BUS.RECORD', record: { event_type: 'state_change' } };
const round = (open: number, failed: number) => ({
  type: 'ROUND',
  at: 1,
  swept: open === 0,
  open,
  failed,
  broken: open,
  unknown: 0,
});
const HEALER: readonly Told[] = [
  round(0, 0),
  round(2, 0),
  round(0, 1),
  { type: 'HEALED', components: ['signal_bus'] },
  { type: 'REMEDY.ASKED', wish: { ask: 'wish-1', invariant: 'a/b', remedy: null, by: 'a test' } },
  { type: 'REMEDY.DONE', incident: 'i', evidence },
  { type: 'REMEDY.FAILED', incident: 'i', error: 'no' },
];
const pipeline = (stuckCount: number, unknownStates: readonly string[] = [], total = 20) => ({
  at: 1,
  total,
  byState: {
    generated: 0,
    evaluating: 0,
    approved: 0,
    executing: stuckCount,
    executed: 0,
    blocked: 0,
    learned: 0,
    expired: 0,
  },
  stuckCount,
  oldCount: 0,
  unknownStates,
  oldestChangeAt: null,
  refused: 0,
});
const orders = (change: object) => ({
  type: 'ORDERS',
  what: 'a test',
  orders: { writing: 0, sending: 0, awaiting: 0, unknown: 0, resting: 0, oldestIntentAt: 0, ...change },
});
const protection = (change: object) => ({
  type: 'PROTECTION',
  figures: { open: 0, bare: [], moving: 0, refused: [], ...change },
});
const signal = { signalId: 'BTCUSDT_1_0', symbol: 'BTCUSDT' };
const compared = (differences: readonly string[], at = 0) => ({
  type: 'COMPARED',
  differences,
  at,
  foreignOrders: 0,
});

export const SUBJECTS: readonly Subject[] = [
  {
    machine: marketFeed,
    events: [
      { type: 'TICKED', at: 0, symbols: ['BTCUSDT'] },
      { type: 'PROBE', at: 60_000 },
      { type: 'PROBED', symbol: 'BTCUSDT', askedAt: 60_000, newestAt: 0, error: null },
      { type: 'GAP', missing: 2 },
      { type: 'BAD_ROW' },
      { type: 'ENDED' },
      { type: 'FEED_FAILED', error: 'it closed' },
      WOKE,
    ],
    remembers: ({ lastTickAt, startedAt }) => [lastTickAt, startedAt],
  },
  {
    machine: featureStore,
    events: [
      tick,
      { type: 'WARMTH', fresh: 2, warming: 0 },
      { type: 'WARMTH', fresh: 1, warming: 1 },
      { type: 'SAVING' },
      { type: 'SAVED', at: 1 },
      { type: 'SAVE_FAILED', error: 'ENOSPC' },
    ],
  },
  {
    machine: signalEngine,
    events: [
      { type: 'FEATURES', at: 1, features: [features(true)] },
      { type: 'FEATURES', at: 1, features: [features(false)] },
      { type: 'DECIDED', signalId: 'a', symbol: 'BTCUSDT', decision: 'BLOCKED' },
      { type: 'EMITTED', count: 1 },
      ...RECORDER,
    ],
  },
  {
    machine: signalBus,
    events: [
      { type: 'EMIT', signal },
      { type: 'APPEND', record: {} },
      { type: 'APPENDED', count: 1, lastSeq: 1, waiting: 0, unsaved: 1 },
      { type: 'APPENDED', count: 1, lastSeq: 1, waiting: 2, unsaved: 1 },
      { type: 'CARRIED_OVER', waiting: 1 },
      { type: 'CHECKPOINT', unsaved: 0 },
      { type: 'APPEND_REFUSED', error: 'ENOSPC', waiting: 2, at: 1 },
      { type: 'HISTORY', lost: true, says: 'gone' },
      { type: 'HISTORY', lost: false, says: '' },
      ...MENDING,
    ],
  },
  {
    machine: stateMachine,
    expires: true,
    events: [
      busRecord,
      { type: 'TRANSITION', signalId: 'a', to: 'evaluating', reason: null, metadata: {}, by: 'decisionEngine' },
      { type: 'INTENT', signalId: 'a', fate: 'open' },
      { type: 'TELL_UNDECIDED' },
      { type: 'FIGURES', figures: pipeline(0) },
      { type: 'FIGURES', figures: pipeline(0, [], 0) },
      { type: 'FIGURES', figures: pipeline(3) },
      { type: 'FIGURES', figures: pipeline(0, ['a']) },
      { type: 'EXPIRE', ...order('i-3') },
      { type: 'EXPIRY_DONE' },
    ],
  },
  {
    machine: decisionEngine,
    events: [
      { type: 'DECIDE', signal, state: 'generated' },
      { type: 'VETTED', signalId: 'a', verdict: { ok: true } },
      { type: 'FEATURES', at: 1, features: [] },
      { type: 'EXPOSURE', entriesOpen: true, why: '' },
      { type: 'EXPOSURE', entriesOpen: false, why: 'the kill switch is on' },
      { type: 'UNDER_WAY', count: 1, oldestAt: 0 },
      { type: 'UNDER_WAY', count: 0, oldestAt: null },
      ...RECORDER,
    ],
    remembers: ({ oldestPendingAt }) => oldestPendingAt,
  },
  {
    machine: safetyLayer,
    events: [
      { type: 'VET', signal },
      { type: 'RELEASE', signalId: 'a' },
      { type: 'POSITION.CHANGED' },
      { type: 'POSITION.FUNDED' },
      { type: 'POSITION.MARKED', positions: [] },
      { type: 'MONEY_MOVED', usd: 1 },
      { type: 'TELL_EXPOSURE' },
      ...(['same', 'differs', 'unreadable', 'missing'] as const).map((found) => ({
        type: 'LOOKED',
        found,
        says: found === 'same' ? '' : found,
        at: 1,
      })),
      { type: 'HOLD', why: 'not checked yet' },
      { type: 'HOLD', why: null },
    ],
    apart: [
      [
        { type: 'RECONCILED', ok: true, at: 1, says: '' },
        { type: 'RECONCILED', ok: false, at: 1, says: 'ETHUSDT differs' },
        WOKE,
        { type: 'CAUGHT_UP', at: 1, tick: 1 },
      ],
      [
        { type: 'KILL', active: true, reason: 'a test' },
        { type: 'KILL', active: false, reason: '' },
        { type: 'BOOKED', open: 5, reserved: 0, limit: 5 },
        { type: 'BOOKED', open: 0, reserved: 1, limit: 5 },
        { type: 'ACCOUNT', equityUsd: 1, pnlTodayUsd: 0, at: 1 },
      ],
      [
        { type: 'SAVING', at: 1 },
        { type: 'SAVED', at: 1 },
        { type: 'SAVE_FAILED', error: 'ENOSPC', at: 1 },
      ],
    ],
  },
  {
    machine: tradeExecution,
    events: [
      { type: 'EXECUTE', signal },
      { type: 'EXIT', signalId: 'a' },
      { type: 'FLATTEN', reason: 'a person' },
      busRecord,
      { type: 'ENTRIES', open: true, why: '' },
      { type: 'ENTRIES', open: false, why: 'the kill switch is on' },
      orders({ writing: 1 }),
      orders({ sending: 1 }),
      orders({ awaiting: 1 }),
      orders({ unknown: 1 }),
      orders({ oldestIntentAt: null }),
    ],
    apart: [
      [
        { type: 'POSITION.MARKED', positions: [] },
        protection({}),
        protection({ open: 1 }),
        protection({ open: 1, moving: 1 }),
        protection({ open: 1, bare: [{ signalId: 'a', symbol: 'BTCUSDT', since: 0 }] }),
        protection({ open: 1, refused: [{ symbol: 'BTCUSDT', why: 'too many stops' }] }),
      ],
      [
        compared([]),
        compared(['ETHUSDT differs']),
        compared(['ETHUSDT differs'], 600_000),
        { type: 'UNASKED', error: 'timeout', at: 0 },
        { type: 'RECONCILE' },
        WOKE,
      ],
    ],
    remembers: ({ orders: waiting, protection: stops, comparedAt, divergedSince, waitingSince }) => [
      (stops as { bare: unknown[] } | null)?.bare.length,
      (waiting as { oldestIntentAt: number | null }).oldestIntentAt,
      comparedAt,
      divergedSince,
      waitingSince,
    ],
  },
  {
    machine: exitGates,
    events: [
      tick,
      { type: 'PRICE', quotes: [{ symbol: 'BTCUSDT', price: 100, at: 1 }] },
      { type: 'POSITION.CHANGED' },
      { type: 'POSITION.FUNDED' },
      { type: 'MARKS.KEPT', positions: [] },
      { type: 'EXIT.ENDED', signalId: 'a', outcome: 'filled' },
      { type: 'LOOKED', open: 0, exiting: 0, lastLookAt: null, blind: [] },
      { type: 'LOOKED', open: 1, exiting: 0, lastLookAt: 1, blind: [] },
      { type: 'LOOKED', open: 1, exiting: 1, lastLookAt: 1, blind: [] },
      { type: 'LOOKED', open: 1, exiting: 0, lastLookAt: 1, blind: ['BTCUSDT'] },
      ...RECORDER,
    ],
  },
  {
    machine: shadowEngine,
    events: [busRecord, tick, { type: 'BOOK', open: 1 }, { type: 'BOOK', open: 0 }, ...RECORDER],
  },
  { machine: decisionTracker, events: [{ type: 'TRACK', record: {} }, ...RECORDER] },
  {
    machine: pipelineMonitor,
    expires: true,
    events: [
      { type: 'PIPELINE', figures: pipeline(0), stuck: [] },
      { type: 'PIPELINE', figures: pipeline(3), stuck: ['a'] },
      { type: 'PIPELINE', figures: pipeline(11), stuck: ['a'] },
      { type: 'EXPIRE', ...order('i-3') },
    ],
  },
  {
    machine: heartbeat,
    events: [
      { type: 'PROGRESS', at: 0, tick: 0, what: 'signalEngine' },
      { type: 'VITALS', at: 1, vitals: VITALS },
      { type: 'VITALS', at: 1, vitals: { ...VITALS, lapse: { kind: 'slept', ms: 9_000 } } },
    ],
    remembers: ({ lastProgressAt }) => lastProgressAt,
  },
  {
    machine: fileIntegrity,
    events: [
      { type: 'ROUND_BEGUN' },
      { type: 'DISK', at: 1, disk: { freeBytes: 1, totalBytes: 2 } },
      { type: 'DISK_SILENT', at: 1, error: 'EIO' },
      {
        type: 'VERIFIED',
        at: 1,
        files: 3,
        damaged: [],
        ownersDamage: [],
        strangersDamage: [{ path: 'theirs.json', says: 'torn' }],
      },
      {
        type: 'VERIFIED',
        at: 1,
        files: 3,
        damaged: [{ path: 'a.json', says: 'torn' }],
        ownersDamage: [],
        strangersDamage: [],
      },
      ...MENDING,
    ],
  },
  { machine: architectureHealing, events: HEALER },
  {
    machine: healingOperator,
    events: [
      ...HEALER,
      { type: 'TRIP', reason: 'a test', at: 1 },
      { type: 'TRIP', reason: 'a person', at: 1, byHand: true },
      { type: 'RESET', reason: 'a quiet hour' },
      { type: 'CHILD.CUT', order: { incident: 'INC-1', reason: 'it was deaf', from: 'healingOperator' } },
      { type: 'xstate.done.actor.architectureHealing', output: { restart: null } },
      { type: 'xstate.error.actor.architectureHealing', error: new Error('it fell') },
    ],
  },
];

/** With what each machine is walked: its work, the regions that are walked apart, and its life. */
export const alphabetsOf = ({ events, apart = [] }: Subject): readonly (readonly Told[])[] => [
  ...[events, ...apart].map((some) => [OPENED, ...CHECKS, ...some]),
  [...LIFE, ...CHECKS],
];
