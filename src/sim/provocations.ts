/** What brings about the states that chance seldom does: faults that wait for the moment before, and what people and the line do. */
import { POSITIONS_FILE } from '../actors/records.ts';
import { catalogue } from '../healing/invariants/catalogue.ts';
import type { ActorId } from '../machines/messages.ts';
import type { FaultKind } from './fault-kinds.ts';
import type { Deed, Setting } from './script.ts';
import { BAR_MS, SYMBOLS } from './world/market.ts';
import { MINDS_AT_MOST } from './world/restless.ts';
import { paceOf } from './world/setup.ts';

/** A moment to wait for, and whom to strike then; the actor that is waited for, where nobody is named. */
type Moment = readonly [actor: ActorId, state: string, strikes?: ActorId];

interface Step {
  /** After the first step, ms. */
  readonly afterMs?: number;
  readonly does: FaultKind | Deed;
  /** It waits from then on; without a moment it is done then. */
  readonly when?: Moment;
  /** After that moment, ms. */
  readonly laterMs?: number;
  /** Where it finds nothing to strike at that moment, it waits for the next. */
  readonly inTurn?: boolean;
}

export interface Provocation {
  readonly brings: string;
  /** How often in a seed. */
  readonly times: number;
  /** When its first step is; some time before the last third of the time with faults, where nothing is said, ms. */
  readonly at?: number;
  /** In which seeds; in all but those for trade, where nothing is said. */
  readonly isIn?: (seed: number) => boolean;
  readonly steps: readonly Step[];
}

const ANY: Setting = {
  symbols: 1,
  tickMs: BAR_MS,
  speed: 40,
  restless: true,
  stops: true,
  durability: 'synced',
  mirror: false,
};

/** Of every actor, an invariant that has it repaired. */
const REPAIRED: ReadonlyMap<ActorId, string> = new Map(
  catalogue({ barMs: BAR_MS, recorded: false, ...paceOf(ANY) }, SYMBOLS.slice(0, 1))
    .filter(({ remedies }) => remedies[0]?.type === 'REPAIR' && remedies[0].to === undefined)
    .map(({ actor, id }) => [actor as ActorId, id]),
);

/** Somebody asks for the repair of an actor, in that state of it. */
const asked = (actor: ActorId, state: string): Step => {
  const invariant = REPAIRED.get(actor);
  if (invariant === undefined) throw new Error(`no invariant has ${actor} repaired`);
  return { does: { is: 'asked', invariant }, when: [actor, state] };
};

const IDEA: Moment = ['signalEngine', 'running.recording.writing', 'safetyLayer'];
const HOLDING = ['exitGates', 'running.watch.watching'] as const satisfies Moment;
const LEAVING: Moment = ['exitGates', 'running.watch.exiting'];
const WARMING: Moment = ['signalEngine', 'running.thinking.warming'];
const BEHIND_STOPS = ['tradeExecution', 'running.protection.protected'] as const satisfies Moment;
const ORDERING: Moment = ['tradeExecution', 'running.orders.writing'];
const ORDERED: Moment = ['tradeExecution', 'running.orders.awaitingFill'];
const LOGGING: Moment = ['signalBus', 'running.log.committing'];

const MENDING_POSITIONS: Moment = ['safetyLayer', 'running.mending'];
/** On a disk that is as slow as that a write is there after so long, and whoever began it is followed by another, ms. */
const COMES_AFTER_MS = [350, 2_100] as const;
/** What can be done to a log in which there is something, each after that which leaves less of it. */
const OF_LOGS = [
  'bytes-overwritten',
  'bit-flipped',
  'file-truncated',
  'file-replaced',
] as const satisfies readonly FaultKind[];
/** What can be done to a document, each after that which leaves less of it. */
const OF_DOCUMENTS = [
  'file-locked',
  'document-torn',
  'bit-flipped',
  'file-truncated',
  'file-replaced',
] as const satisfies readonly FaultKind[];

const DECIDING: Moment = ['decisionEngine', 'running.recording.idle'];
const CRITICAL: Moment = ['pipelineMonitor', 'running.critical', 'stateMachine'];
const LOCKING: Moment = ['heartbeat', 'running.beating', 'decisionEngine'];

/** In these seeds only what has to do with trade is struck, so that there is some. */
export const isForTrade = (seed: number): boolean => seed % 4 === 0;
const always = (): boolean => true;

/** In these seeds nobody decides for minutes, and there are ideas about all symbols there are. */
const isUndecided = (seed: number): boolean => seed % 4 === 1;
/** Until then no other fault strikes in such a seed: what takes so long to bring about is soon undone. */
const QUIET_MS = 400_000;
/** Just behind a bar on which some have ideas. */
const UNDECIDED_MS = 241_000;
export const quietUntil = (seed: number): number => (isUndecided(seed) ? QUIET_MS : 0);

/** In these seeds the indicators are an hour short of what they need. */
const isShort = (seed: number): boolean => seed % 7 === 0 && !isForTrade(seed);

const COULD_FAIL: readonly ActorId[] = [
  'decisionEngine',
  'decisionTracker',
  'exitGates',
  'safetyLayer',
  'shadowEngine',
  'signalBus',
  'signalEngine',
  'stateMachine',
  'tradeExecution',
];
const IDLE: readonly Moment[] = [
  ['tradeExecution', 'running.books.agreed'],
  ['stateMachine', 'running.pipeline.flowing'],
  HOLDING,
];

export const PROVOCATIONS: readonly Provocation[] = [
  {
    brings: 'a decision that waits for a veto: whoever has it to say is deaf when there is an idea',
    times: 2,
    steps: [{ does: 'actor-wedged', when: IDEA }],
  },
  {
    brings: 'one that waits too long: he does not even start again',
    times: 4,
    steps: [
      { does: 'actor-wedged', when: IDEA },
      { does: 'actor-wedged', when: ['safetyLayer', 'starting'] },
    ],
  },
  ...COULD_FAIL.map((actor) => ({
    brings: `${actor} that is repaired because it could not open`,
    times: 3,
    steps: [asked(actor, 'failed')],
  })),
  {
    brings: 'repairs of what is whole',
    times: 2,
    steps: IDLE.map(([actor, state]) => asked(actor, state)),
  },
  {
    brings: 'a first start that cannot make what there is nothing of yet: folders, and the first file of positions',
    times: 1,
    at: 0,
    isIn: (seed) => seed % 4 === 2,
    steps: [
      { does: 'disk-denied' },
      { does: 'disk-denied', when: ['healingOperator', 'running.attention.calm'] },
      ...Array.from({ length: 4 }, () => [asked('featureStore', 'failed'), asked('fileIntegrity', 'failed')]).flat(),
    ],
  },
  {
    brings: 'a first start that cannot ask what is held, and makes no file of positions',
    times: 1,
    at: 0,
    isIn: (seed) => seed % 4 === 3,
    steps: [{ does: 'exchange-silent' }],
  },
  {
    brings:
      'a file of positions that is deleted, and comes while it is missed: who puts it back ends in the midst of that, on a slow disk',
    times: 3,
    isIn: isForTrade,
    steps: [
      { does: { is: 'deleted', path: POSITIONS_FILE } },
      { does: 'disk-slow', when: MENDING_POSITIONS },
      { does: 'actor-throws', when: MENDING_POSITIONS, laterMs: 10 },
      ...COMES_AFTER_MS.flatMap((laterMs) =>
        OF_DOCUMENTS.map((does): Step => ({ does, when: MENDING_POSITIONS, laterMs })),
      ),
    ],
  },
  {
    brings: 'orders whose fate is not known, and fills that do not come',
    times: 4,
    isIn: always,
    steps: [
      { does: 'fills-late', when: ORDERING },
      { does: 'exchange-silent', when: ORDERED },
      { does: 'order-unknown', when: ORDERING, afterMs: 600_000 },
    ],
  },
  {
    brings: 'positions without a stop: it is refused, or nobody answers',
    times: 4,
    isIn: always,
    steps: [
      { does: 'order-rejected', when: ORDERED },
      { does: 'exchange-silent', when: ['tradeExecution', 'running.protection.placing'], afterMs: 300_000 },
      // It has the entry, and fills it a moment later.
      { does: 'exchange-silent', when: ORDERED, laterMs: 50, afterMs: 600_000 },
    ],
  },
  {
    brings: 'books that differ: what was left cannot be booked on a disk that is full',
    times: 4,
    isIn: always,
    steps: [
      { does: 'disk-full', when: LEAVING },
      { does: 'crash', when: LEAVING },
    ],
  },
  {
    brings: 'stops that rest, and nobody knows of: the log is gone when its owner starts anew',
    times: 2,
    isIn: always,
    steps: [
      { does: 'log-deleted', when: [...BEHIND_STOPS, 'signalBus'] },
      { does: 'crash', when: BEHIND_STOPS },
    ],
  },
  {
    brings: 'an exit that cannot be written down',
    times: 3,
    isIn: always,
    steps: [{ does: 'file-locked', when: LEAVING }],
  },
  {
    brings: 'a record of exits in which there is something',
    times: 6,
    isIn: always,
    steps: [{ does: 'foreign-writer', when: ['exitGates', 'running.recording.idle'] }],
  },
  {
    brings:
      'damage to a record of exits in the moment in which it is written on, when its keeper starts anew, and while positions are watched',
    times: 3,
    isIn: always,
    steps: [
      ...OF_LOGS.map((does): Step => ({ does, when: ['exitGates', 'reviving'], inTurn: true })),
      ...OF_LOGS.map((does): Step => ({ does, when: ['exitGates', 'running.recording.writing'], inTurn: true })),
      { does: 'bytes-overwritten', when: HOLDING, inTurn: true },
    ],
  },
  {
    brings: 'damage to a record of decisions while one waits too long',
    times: 3,
    steps: [
      { does: 'foreign-writer', when: DECIDING },
      ...OF_LOGS.map((does): Step => ({ does, when: ['decisionEngine', 'running.deciding.overdue'], inTurn: true })),
    ],
  },
  {
    brings: 'records of signals in which there is something, although none was had yet, and damage to it',
    times: 1,
    at: 0,
    isIn: isShort,
    steps: [
      ...[0, 20_000, 40_000, 60_000].map((ms): Step => ({ does: 'foreign-writer', when: WARMING, afterMs: ms })),
      ...[180_000, 240_000, 300_000].flatMap((ms) =>
        OF_LOGS.map((does): Step => ({ does, when: WARMING, afterMs: ms })),
      ),
    ],
  },
  {
    brings: 'positions that nobody sees prices of, and exits that cannot be written down',
    times: 2,
    isIn: always,
    steps: [
      { does: 'feed-silent', when: HOLDING },
      { does: 'file-locked', when: HOLDING, afterMs: 300_000 },
    ],
  },
  {
    brings: 'a log that is gone when its owner starts',
    times: 2,
    steps: [
      { does: 'log-deleted', when: LOGGING },
      { does: 'crash', when: LOGGING },
    ],
  },
  {
    brings: 'trade, although much is given up: a person lets entries in again',
    times: 40,
    isIn: always,
    steps: [{ does: { is: 'resumed' } }],
  },
  {
    brings: 'a line to the market that breaks',
    times: 2,
    steps: [{ does: { is: 'line-broken' } }],
  },
  {
    brings:
      'more signals without a decision than the pipeline bears: nobody can decide for minutes, and then it is hours later',
    times: 1,
    isIn: isUndecided,
    at: 1_000,
    steps: [
      { does: 'file-locked', when: DECIDING },
      { does: 'actor-ends', when: DECIDING },
      ...Array.from(
        { length: UNDECIDED_MS / 20_000 },
        (_, n): Step => ({
          does: 'file-locked',
          when: LOCKING,
          afterMs: n * 20_000,
        }),
      ),
      // The end of one lock is the end of all.
      { does: 'file-locked', when: LOCKING, afterMs: UNDECIDED_MS - 500 },
      // Nobody is expired while the log takes nothing: or it would be over in the instant in which they are found to be stuck.
      { does: 'disk-full', when: LOCKING, afterMs: UNDECIDED_MS - 21_000 },
      ...Array.from({ length: 3 }, (_, n): Step => ({ does: 'clock-forward', afterMs: UNDECIDED_MS + n * 1_000 })),
      // Nor by one who stands still.
      ...[0, 10_000].map((ms): Step => ({ does: 'actor-wedged', when: CRITICAL, afterMs: UNDECIDED_MS + ms })),
    ],
  },
  {
    brings:
      'answers that come twice while a position is bare, a storm while a stop is moved, and damage to a record of exits that nobody keeps',
    times: 4,
    isIn: always,
    steps: [
      { does: 'answer-doubled', when: ['tradeExecution', 'running.protection.bare'] },
      { does: 'event-storm', when: ['tradeExecution', 'running.protection.moving'], inTurn: true },
      ...OF_LOGS.map((does): Step => ({ does, when: ['exitGates', 'done'] })),
    ],
  },
];

const PAST_BARS = 120;

/** The setting of a seed that goes for meetings: something is always traded, mostly behind stops at the exchange. */
export const settingToMeet = (seed: number, setting: Setting): Setting => ({
  ...setting,
  restless: setting.restless || isForTrade(seed) || isUndecided(seed) || seed % 5 !== 0,
  ...(isUndecided(seed) ? { minds: MINDS_AT_MOST } : {}),
  stops: seed % 3 !== 0,
  symbols: isUndecided(seed) ? SYMBOLS.length : Math.max(isForTrade(seed) ? 3 : 2, setting.symbols),
  ...(isShort(seed) ? { pastBars: PAST_BARS } : {}),
});
