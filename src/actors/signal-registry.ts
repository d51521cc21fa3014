/**
 * The life of every signal, in one place. What may follow what comes from the machine `signalLifecycle`, compiled to a
 * table; nothing here knows an edge by itself.
 */
import { compileTable } from '../machines/compile/table.ts';
import { type Direction, SIGNAL_STATES, type SignalState } from '../machines/messages.ts';
import { FINAL, MUST_MOVE_ON, signalLifecycle } from '../machines/signal-lifecycle.ts';

import { LazyHeap } from './lazy-heap.ts';

/** The order of a signal in `executing`: may fill, may be there or not, or can no more fill. `null` in other states. */
export type IntentFate = 'open' | 'unknown' | 'closed';

export interface SignalLife {
  readonly id: string;
  readonly symbol: string;
  readonly direction: Direction;
  /** The last state that exists. */
  readonly state: SignalState;
  /** A state that does not exist, as found in a log; the signal moves no more until it is set right. */
  readonly unknownState: string | null;
  readonly createdAt: number;
  /** When it came into `state`, or `unknownState` was found. The fate of its order does not count. */
  readonly changedAt: number;
  readonly intent: IntentFate | null;
  /** An order may still fill: it cannot expire. */
  readonly intentOpen: boolean;
}

export interface NewSignal {
  readonly id: string;
  readonly symbol: string;
  readonly direction: Direction;
  readonly at: number;
}

export type Changed =
  | { readonly ok: true; readonly from: SignalState }
  | { readonly ok: false; readonly reason: string };

/** A place in one of the queues; a signal that moves on leaves a dead one behind. */
interface Ticket {
  readonly signal: Entry;
  readonly since: number;
  readonly order: number;
  live: boolean;
}

interface Entry {
  readonly id: string;
  readonly symbol: string;
  readonly direction: Direction;
  readonly createdAt: number;
  at: number;
  /** Index in the table. */
  place: number;
  unknownState: string | null;
  born: Ticket | null;
  rested: Ticket | null;
}

export const LIFECYCLE_TABLE = compileTable(signalLifecycle);

const isSignalState = (name: string): name is SignalState => (SIGNAL_STATES as readonly string[]).includes(name);

/** The state of records: `executing.ordered` is `executing`. */
const publicStates: readonly SignalState[] = LIFECYCLE_TABLE.states.map((path) => {
  const [name = ''] = path.split('.');
  if (!isSignalState(name)) throw new TypeError(`signalLifecycle has a state ${name} which SIGNAL_STATES has not`);
  return name;
});
const publicState = (place: number): SignalState => publicStates[place] ?? 'generated';

const placeOf = (path: string): number => {
  const place = LIFECYCLE_TABLE.states.indexOf(path);
  if (place < 0) throw new TypeError(`signalLifecycle has no state ${path}`);
  return place;
};
const FATE_PLACES: Readonly<Record<IntentFate, number>> = {
  open: placeOf('executing.ordered'),
  unknown: placeOf('executing.reconciling'),
  closed: placeOf('executing.unfilled'),
};
/** Where a signal is when only the state of its records is known. An order that may be out there counts as out there. */
const entrance = (state: SignalState, intent: IntentFate): number =>
  state === 'executing' ? FATE_PLACES[intent] : placeOf(state);
const fateAt = (place: number): IntentFate | null => {
  for (const fate of ['open', 'unknown', 'closed'] as const) if (FATE_PLACES[fate] === place) return fate;
  return null;
};

/** Per place: where one event leads that changes the state of records to that state. */
const ROUTES = publicStates.map((from, place) => {
  const routes = new Map<SignalState, number>();
  for (let event = 0; event < LIFECYCLE_TABLE.events.length; event++) {
    const next = LIFECYCLE_TABLE.next(place, event);
    if (next >= 0 && publicState(next) !== from) routes.set(publicState(next), next);
  }
  return routes;
});
/** Per place: which other fates one event leads to, where there is an order: what submits one is a change of state. */
const FATES = publicStates.map((from, place) => {
  const reached = new Set<number>();
  for (let event = 0; event < LIFECYCLE_TABLE.events.length; event++) {
    const next = LIFECYCLE_TABLE.next(place, event);
    if (next >= 0 && publicState(next) === from) reached.add(next);
  }
  return reached;
});

const mustMoveOn = new Set<SignalState>(MUST_MOVE_ON);
const isFinal = new Set<SignalState>(FINAL);
const queue = () =>
  new LazyHeap<Ticket>(
    (a, b) => a.since - b.since || a.order - b.order,
    (ticket) => ticket.live,
  );

export class SignalRegistry {
  readonly #keepFinished: number;
  readonly #signals = new Map<string, Entry>();
  readonly #finished = new Set<string>();
  readonly #unknown = new Set<Entry>();
  readonly #counts = new Map<SignalState, number>(SIGNAL_STATES.map((state) => [state, 0]));
  readonly #byBirth = queue();
  readonly #byChange = queue();
  #tickets = 0;

  /** `keepFinished`: signals in `expired` and `learned` beyond this many are forgotten, oldest first; their counts stay. */
  constructor({ keepFinished = 10_000 }: { readonly keepFinished?: number } = {}) {
    this.#keepFinished = keepFinished;
  }

  /** Signals that are remembered. */
  get size(): number {
    return this.#signals.size;
  }

  /** Places taken in the queues: at most about four per unfinished signal and 70 more. */
  get held(): number {
    return this.#byBirth.held + this.#byChange.held;
  }

  get(id: string): SignalLife | null {
    const entry = this.#signals.get(id);
    return entry ? lifeOf(entry) : null;
  }

  /** A signal is generated. Refused when it is known already. */
  add({
    id,
    symbol,
    direction,
    at,
  }: NewSignal): { readonly ok: true } | { readonly ok: false; readonly reason: string } {
    if (this.#signals.has(id)) return { ok: false, reason: `signal ${id} is known already` };
    const entry: Entry = {
      id,
      symbol,
      direction,
      createdAt: at,
      at,
      place: 0,
      unknownState: null,
      born: null,
      rested: null,
    };
    this.#signals.set(id, entry);
    this.#count(publicState(0), 1);
    this.#queueUp(entry);
    return { ok: true };
  }

  /** Signals that ended before anything is remembered: their number counts. */
  alreadyFinished({ learned, expired }: { readonly learned: number; readonly expired: number }): void {
    this.#count('learned', learned);
    this.#count('expired', expired);
  }

  /** Moves a signal to a state, if its machine has an event that does so from where it is. */
  transition(id: string, to: SignalState, at: number): Changed {
    const entry = this.#signals.get(id);
    if (!entry) return { ok: false, reason: `signal ${id} is not known` };
    if (entry.unknownState !== null)
      return { ok: false, reason: `signal ${id} is in state "${entry.unknownState}", which does not exist` };
    const from = publicState(entry.place);
    const next = ROUTES[entry.place]?.get(to);
    if (next === undefined) return { ok: false, reason: whyNot(entry, from, to) };
    this.#settle(entry, next, null, at);
    return { ok: true, from };
  }

  /** What became of the order of a signal in `executing`. The same fate again is fine. */
  intent(id: string, fate: IntentFate): Changed {
    const entry = this.#signals.get(id);
    if (!entry) return { ok: false, reason: `signal ${id} is not known` };
    const place = FATE_PLACES[fate];
    const from = publicState(entry.place);
    if (entry.unknownState === null && (place === entry.place || FATES[entry.place]?.has(place))) {
      entry.place = place;
      return { ok: true, from };
    }
    const now =
      entry.unknownState ?? (fateAt(entry.place) === null ? from : `${from} with its order ${fateAt(entry.place)}`);
    return { ok: false, reason: `the order of signal ${id} cannot be ${fate}: the signal is ${now}` };
  }

  /**
   * Sets what a log says, legal or not; for replay, and to set an unknown state right. A string that is no state is kept as
   * `unknownState`. `executing` without a known fate of its order counts as an open order.
   */
  setState(id: string, state: string, at: number, intent: IntentFate = 'open'): Changed {
    const entry = this.#signals.get(id);
    if (!entry) return { ok: false, reason: `signal ${id} is not known` };
    const from = publicState(entry.place);
    if (isSignalState(state)) this.#settle(entry, entrance(state, intent), null, at);
    else this.#settle(entry, entry.place, state, at);
    return { ok: true, from };
  }

  /** Unfinished signals that rest in their state for longer than this, longest first. Costs what it finds. */
  stuck(now: number, olderThanMs: number): SignalLife[] {
    return this.#byChange.before(({ since }) => now - since > olderThanMs).map(({ signal }) => lifeOf(signal));
  }

  /** Unfinished signals that were generated longer ago than this, oldest first. Costs what it finds. */
  old(now: number, olderThanMs: number): SignalLife[] {
    return this.#byBirth.before(({ since }) => now - since > olderThanMs).map(({ signal }) => lifeOf(signal));
  }

  /** Signals in a state that does not exist. */
  unknown(): SignalLife[] {
    return [...this.#unknown].map(lifeOf);
  }

  /** When the longest-resting unfinished signal came to rest; `null` when all are finished. */
  get oldestChange(): number | null {
    return this.#byChange.peek()?.since ?? null;
  }

  /** When the oldest unfinished signal was generated. */
  get oldestBirth(): number | null {
    return this.#byBirth.peek()?.since ?? null;
  }

  /** How many signals are in each state, forgotten ones included; those in an unknown state are in none. */
  counts(): Record<SignalState, number> {
    return Object.fromEntries(SIGNAL_STATES.map((state) => [state, this.#counts.get(state) ?? 0])) as Record<
      SignalState,
      number
    >;
  }

  /** Signals that are remembered, in the order in which they were added. */
  *all(): IterableIterator<SignalLife> {
    for (const entry of this.#signals.values()) yield lifeOf(entry);
  }

  #settle(entry: Entry, place: number, unknownState: string | null, at: number): void {
    if (entry.unknownState === null) this.#count(publicState(entry.place), -1);
    entry.place = place;
    entry.unknownState = unknownState;
    entry.at = at;
    if (unknownState === null) this.#count(publicState(place), 1);
    if (unknownState === null) this.#unknown.delete(entry);
    else this.#unknown.add(entry);
    this.#queueUp(entry);

    this.#finished.delete(entry.id);
    if (unknownState !== null || !isFinal.has(publicState(place))) return;
    this.#finished.add(entry.id);
    if (this.#finished.size <= this.#keepFinished) return;
    for (const oldest of this.#finished) {
      this.#finished.delete(oldest);
      this.#signals.delete(oldest);
      break;
    }
  }

  /** Gives the signal its places in the queues: both while it must move on, none otherwise. */
  #queueUp(entry: Entry): void {
    const waits = entry.unknownState === null && mustMoveOn.has(publicState(entry.place));
    if (entry.rested) {
      entry.rested.live = false;
      entry.rested = null;
      this.#byChange.died();
    }
    if (waits) {
      entry.rested = { signal: entry, since: entry.at, order: this.#tickets++, live: true };
      this.#byChange.push(entry.rested);
    }
    if (waits === (entry.born !== null)) return;
    if (entry.born) {
      entry.born.live = false;
      entry.born = null;
      this.#byBirth.died();
    } else {
      entry.born = { signal: entry, since: entry.createdAt, order: this.#tickets++, live: true };
      this.#byBirth.push(entry.born);
    }
  }

  #count(state: SignalState, by: number): void {
    this.#counts.set(state, (this.#counts.get(state) ?? 0) + by);
  }
}

function lifeOf({ id, symbol, direction, createdAt, at, place, unknownState }: Entry): SignalLife {
  const intent = unknownState === null ? fateAt(place) : null;
  return {
    id,
    symbol,
    direction,
    state: publicState(place),
    unknownState,
    createdAt,
    changedAt: at,
    intent,
    intentOpen: intent === 'open' || intent === 'unknown',
  };
}

function whyNot(entry: Entry, from: SignalState, to: SignalState): string {
  const fate = fateAt(entry.place);
  if (to === 'expired' && (fate === 'open' || fate === 'unknown'))
    return `signal ${entry.id} cannot expire: its order ${fate === 'open' ? 'may still fill' : 'is of unknown fate'}; reconcile it first`;
  return `signal ${entry.id} cannot go from ${from} to ${to}`;
}
