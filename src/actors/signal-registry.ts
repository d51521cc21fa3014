/**
 * The life of every signal, in one place: a row in columns each, found by its id. What may follow what comes from the machine
 * `signalLifecycle` (`signal-places.ts`). An actor each would take 20 times the memory and 50 times the time (BENCHMARKS.md).
 */
import { type Direction, SIGNAL_STATES, type SignalState } from '../machines/messages.ts';
import { Deadlines } from './deadlines.ts';
import {
  endsAt,
  entrance,
  FATE_PLACES,
  fateAt,
  type IntentFate,
  isSignalState,
  leadsToFate,
  routeTo,
  stateAt,
  stateIndexAt,
  waitsAt,
} from './signal-places.ts';

export { type IntentFate, LIFECYCLE_TABLE } from './signal-places.ts';

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

interface Refused {
  readonly ok: false;
  readonly reason: string;
}
export type Changed = { readonly ok: true; readonly from: SignalState } | Refused;

const refused = (reason: string): Refused => ({ ok: false, reason });
const ADDED = { ok: true } as const;
/** By index of the state: the answers are always the same, and one is given for every event. */
const MOVED = SIGNAL_STATES.map((from) => ({ ok: true, from }) as const);
const movedFrom = (place: number): Changed => MOVED[stateIndexAt(place)] ?? { ok: true, from: stateAt(place) };

export class SignalRegistry {
  readonly #keepFinished: number;
  readonly #slots = new Map<string, number>();
  readonly #finished = new Set<number>();
  /** Whatever it has passed is forgotten: it stands before the oldest. */
  readonly #oldestFinished = this.#finished.values();
  readonly #unknown = new Map<number, string>();
  readonly #counts = new Float64Array(SIGNAL_STATES.length);
  /** When they were generated; armed while they must move on. */
  readonly #births = new Deadlines();
  /** When they came into their state; armed likewise. */
  readonly #changes = new Deadlines();
  readonly #symbols: string[] = [];
  readonly #symbolIndex = new Map<string, number>();
  /** Slots of signals that are forgotten. */
  readonly #free: number[] = [];
  // By slot.
  readonly #ids: string[] = [];
  /** Index in the table. */
  #places = new Uint8Array(64);
  /** Twice the index of the symbol, and one more for SHORT. */
  #markets = new Uint32Array(64);

  /** `keepFinished`: signals in `expired` and `learned` beyond this many are forgotten, oldest first; their counts stay. */
  constructor({ keepFinished = 10_000 }: { readonly keepFinished?: number } = {}) {
    this.#keepFinished = keepFinished;
  }

  /** Signals that are remembered. */
  get size(): number {
    return this.#slots.size;
  }

  /** Places taken in the queues: at most about four per unfinished signal and 130 more. */
  get held(): number {
    return this.#births.held + this.#changes.held;
  }

  get(id: string): SignalLife | null {
    const slot = this.#slots.get(id);
    return slot === undefined ? null : this.#lifeOf(slot);
  }

  /** A signal is generated. Refused when it is known already. */
  add({ id, symbol, direction, at }: NewSignal): { readonly ok: true } | Refused {
    if (this.#slots.has(id)) return refused(`signal ${id} is known already`);
    const slot = this.#free.pop() ?? this.#ids.length;
    if (slot >= this.#places.length) this.#grow();
    this.#slots.set(id, slot);
    this.#ids[slot] = id;
    this.#places[slot] = 0;
    this.#markets[slot] = 2 * this.#indexOf(symbol) + (direction === 'SHORT' ? 1 : 0);
    this.#births.set(slot, at, waitsAt(0));
    this.#changes.set(slot, at, waitsAt(0));
    this.#count(0, 1);
    return ADDED;
  }

  /** Signals that ended before anything is remembered: their number counts. */
  alreadyFinished({ learned, expired }: { readonly learned: number; readonly expired: number }): void {
    this.#count(entrance('learned', 'closed'), learned);
    this.#count(entrance('expired', 'closed'), expired);
  }

  /** Moves a signal to a state, if its machine has an event that does so from where it is. */
  transition(id: string, to: SignalState, at: number): Changed {
    const slot = this.#slots.get(id);
    if (slot === undefined) return refused(`signal ${id} is not known`);
    const unknown = this.#unknownAt(slot);
    if (unknown !== null) return refused(`signal ${id} is in state "${unknown}", which does not exist`);
    const place = this.#placeAt(slot);
    const next = routeTo(place, to);
    if (next < 0) return refused(whyNot(id, place, to));
    this.#settle(slot, next, null, at);
    return movedFrom(place);
  }

  /** What became of the order of a signal in `executing`. The same fate again is fine. */
  intent(id: string, fate: IntentFate): Changed {
    const slot = this.#slots.get(id);
    if (slot === undefined) return refused(`signal ${id} is not known`);
    const place = this.#placeAt(slot);
    const unknown = this.#unknownAt(slot);
    const wanted = FATE_PLACES[fate];
    if (unknown === null && (wanted === place || leadsToFate(place, wanted))) {
      this.#places[slot] = wanted;
      return movedFrom(place);
    }
    const present = fateAt(place);
    const now = unknown ?? (present === null ? stateAt(place) : `${stateAt(place)} with its order ${present}`);
    return refused(`the order of signal ${id} cannot be ${fate}: the signal is ${now}`);
  }

  /**
   * Sets what a log says, legal or not; for replay, and to set an unknown state right. A string that is no state is kept as
   * `unknownState`. `executing` without a known fate of its order counts as an open order.
   */
  setState(id: string, state: string, at: number, intent: IntentFate = 'open'): Changed {
    const slot = this.#slots.get(id);
    if (slot === undefined) return refused(`signal ${id} is not known`);
    const from = this.#placeAt(slot);
    if (isSignalState(state)) this.#settle(slot, entrance(state, intent), null, at);
    else this.#settle(slot, from, state, at);
    return movedFrom(from);
  }

  /** Unfinished signals that rest in their state for longer than this, longest first. Costs what it finds. */
  stuck(now: number, olderThanMs: number): SignalLife[] {
    return this.#changes.before((since) => now - since > olderThanMs).map((slot) => this.#lifeOf(slot));
  }

  /** Unfinished signals that were generated longer ago than this, oldest first. Costs what it finds. */
  old(now: number, olderThanMs: number): SignalLife[] {
    return this.#births.before((since) => now - since > olderThanMs).map((slot) => this.#lifeOf(slot));
  }

  /** Signals in a state that does not exist. */
  unknown(): SignalLife[] {
    return [...this.#unknown.keys()].map((slot) => this.#lifeOf(slot));
  }

  /** When the longest-resting unfinished signal came to rest; `null` when all are finished. */
  get oldestChange(): number | null {
    const slot = this.#changes.earliest();
    return slot === null ? null : this.#changes.timeOf(slot);
  }

  /** When the oldest unfinished signal was generated. */
  get oldestBirth(): number | null {
    const slot = this.#births.earliest();
    return slot === null ? null : this.#births.timeOf(slot);
  }

  /** How many signals are in each state, forgotten ones included; those in an unknown state are in none. */
  counts(): Record<SignalState, number> {
    return Object.fromEntries(SIGNAL_STATES.map((state, index) => [state, this.#counts[index] ?? 0])) as Record<
      SignalState,
      number
    >;
  }

  /** Signals that are remembered, in the order in which they were added. */
  *all(): IterableIterator<SignalLife> {
    for (const slot of this.#slots.values()) yield this.#lifeOf(slot);
  }

  #settle(slot: number, place: number, unknownState: string | null, at: number): void {
    const before = this.#placeAt(slot);
    const wasKnown = this.#unknownAt(slot) === null;
    if (wasKnown) this.#count(before, -1);
    this.#places[slot] = place;
    if (unknownState === null) {
      this.#count(place, 1);
      this.#unknown.delete(slot);
    } else this.#unknown.set(slot, unknownState);
    const waits = unknownState === null && waitsAt(place);
    this.#changes.set(slot, at, waits);
    if (waits !== (wasKnown && waitsAt(before))) this.#births.set(slot, this.#births.timeOf(slot), waits);

    const ends = unknownState === null && endsAt(place);
    if (!ends) {
      if (this.#finished.size > 0) this.#finished.delete(slot);
      return;
    }
    this.#finished.delete(slot);
    this.#finished.add(slot);
    if (this.#finished.size > this.#keepFinished) this.#forgetOldest();
  }

  #forgetOldest(): void {
    const { value: slot, done } = this.#oldestFinished.next();
    if (done === true || slot === undefined) return;
    this.#finished.delete(slot);
    this.#slots.delete(this.#ids[slot] ?? '');
    this.#ids[slot] = '';
    this.#free.push(slot);
  }

  #lifeOf(slot: number): SignalLife {
    const place = this.#placeAt(slot);
    const market = this.#markets[slot] ?? 0;
    const unknownState = this.#unknownAt(slot);
    const intent = unknownState === null ? fateAt(place) : null;
    return {
      id: this.#ids[slot] ?? '',
      symbol: this.#symbols[market >> 1] ?? '',
      direction: (market & 1) === 1 ? 'SHORT' : 'LONG',
      state: stateAt(place),
      unknownState,
      createdAt: this.#births.timeOf(slot),
      changedAt: this.#changes.timeOf(slot),
      intent,
      intentOpen: intent === 'open' || intent === 'unknown',
    };
  }

  #placeAt(slot: number): number {
    return this.#places[slot] ?? 0;
  }

  #unknownAt(slot: number): string | null {
    return this.#unknown.size === 0 ? null : (this.#unknown.get(slot) ?? null);
  }

  #count(place: number, by: number): void {
    const index = stateIndexAt(place);
    this.#counts[index] = (this.#counts[index] ?? 0) + by;
  }

  #indexOf(symbol: string): number {
    const known = this.#symbolIndex.get(symbol);
    if (known !== undefined) return known;
    this.#symbolIndex.set(symbol, this.#symbols.length);
    return this.#symbols.push(symbol) - 1;
  }

  #grow(): void {
    const [places, markets] = [this.#places, this.#markets];
    this.#places = new Uint8Array(places.length * 2);
    this.#places.set(places);
    this.#markets = new Uint32Array(markets.length * 2);
    this.#markets.set(markets);
  }
}

function whyNot(id: string, place: number, to: SignalState): string {
  const fate = fateAt(place);
  if (to === 'expired' && (fate === 'open' || fate === 'unknown'))
    return `signal ${id} cannot expire: its order ${fate === 'open' ? 'may still fill' : 'is of unknown fate'}; reconcile it first`;
  return `signal ${id} cannot go from ${stateAt(place)} to ${to}`;
}
