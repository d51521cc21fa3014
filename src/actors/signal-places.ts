/**
 * Where a signal can be, as numbers, and where it can go from there. All of it comes from the machine `signalLifecycle`, compiled to
 * a table; nothing here knows an edge by itself.
 */
import { compileTable } from '../machines/compile/table.ts';
import { SIGNAL_STATES, type SignalState } from '../machines/messages.ts';
import { FINAL as FINAL_STATES, MUST_MOVE_ON, signalLifecycle } from '../machines/signal-lifecycle.ts';

/** The order of a signal in `executing`: may fill, may be there or not, or can no more fill. `null` in other states. */
export type IntentFate = 'open' | 'unknown' | 'closed';

export const LIFECYCLE_TABLE = compileTable(signalLifecycle);

const STATE_INDEX = new Map<string, number>(SIGNAL_STATES.map((state, index) => [state, index]));
export const isSignalState = (name: string): name is SignalState => STATE_INDEX.has(name);
/** Index among SIGNAL_STATES. */
export const indexOfState = (state: SignalState): number => STATE_INDEX.get(state) ?? -1;

/** Place to index of the state of records: `executing.ordered` is `executing`. */
const STATES_AT = Uint8Array.from(LIFECYCLE_TABLE.states, (path) => {
  const [name = ''] = path.split('.');
  if (!isSignalState(name)) throw new TypeError(`signalLifecycle has a state ${name} which SIGNAL_STATES has not`);
  return indexOfState(name);
});
export const stateIndexAt = (place: number): number => STATES_AT[place] ?? 0;
export const stateAt = (place: number): SignalState => SIGNAL_STATES[stateIndexAt(place)] ?? 'generated';

const placeOf = (path: string): number => {
  const place = LIFECYCLE_TABLE.states.indexOf(path);
  if (place < 0) throw new TypeError(`signalLifecycle has no state ${path}`);
  return place;
};
export const FATE_PLACES: Readonly<Record<IntentFate, number>> = {
  open: placeOf('executing.ordered'),
  unknown: placeOf('executing.reconciling'),
  closed: placeOf('executing.unfilled'),
};
/** Where a signal is when only the state of its records is known. An order that may be out there counts as out there. */
export const entrance = (state: SignalState, intent: IntentFate): number =>
  state === 'executing' ? FATE_PLACES[intent] : placeOf(state);
export const fateAt = (place: number): IntentFate | null => {
  for (const fate of ['open', 'unknown', 'closed'] as const) if (FATE_PLACES[fate] === place) return fate;
  return null;
};

const reached = (place: number): number[] =>
  LIFECYCLE_TABLE.events.map((_, event) => LIFECYCLE_TABLE.next(place, event)).filter((next) => next >= 0);

const WIDTH = SIGNAL_STATES.length;
const ROUTES = new Int16Array(LIFECYCLE_TABLE.states.length * WIDTH).fill(-1);
for (const place of LIFECYCLE_TABLE.states.keys())
  for (const next of reached(place))
    if (stateIndexAt(next) !== stateIndexAt(place)) ROUTES[place * WIDTH + stateIndexAt(next)] = next;

/** Where one event leads that changes the state of records to that state; -1: none does. */
export const routeTo = (place: number, state: SignalState): number => ROUTES[place * WIDTH + indexOfState(state)] ?? -1;

/** Which other fates one event leads to, where there is an order: what submits one is a change of state. */
const FATES = LIFECYCLE_TABLE.states.map(
  (_, place) => new Set(reached(place).filter((next) => stateIndexAt(next) === stateIndexAt(place))),
);
export const leadsToFate = (place: number, fate: number): boolean => FATES[place]?.has(fate) === true;

const among = (states: readonly SignalState[]): readonly boolean[] =>
  LIFECYCLE_TABLE.states.map((_, place) => states.includes(stateAt(place)));
const WAITING = among(MUST_MOVE_ON);
const FINAL = among(FINAL_STATES);
/** It must move on from here. */
export const waitsAt = (place: number): boolean => WAITING[place] === true;
export const endsAt = (place: number): boolean => FINAL[place] === true;
