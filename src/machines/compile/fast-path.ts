/**
 * What XState works out anew for every event - which states it leaves and enters, their value, their tags - is remembered here from
 * the last time that it worked it out. For machines that `compile` refuses: those with parallel regions and invoked actors.
 */
import type { AnyActorScope, AnyMachineSnapshot, AnyStateMachine, EventObject } from 'xstate';
import type { Moment } from './action.ts';
import { type Candidate, candidatesAt, type Select } from './candidate.ts';
import { hasAlways, type Move, movesOf } from './move.ts';
import { tell } from './step.ts';

/** States that are current together. */
interface Standing {
  readonly name: string;
  /** By the type of the event; `null`: XState's to take. */
  readonly selects: Map<string, Select | null>;
  /** By what is taken; `null`: XState's to make. */
  readonly moves: Map<number | string, Move | null>;
}

/** So many types of events and sets of states are remembered: who makes them up as he goes would fill the memory. */
const KNOWN_AT_MOST = 512;

/**
 * The same machine, quicker. It behaves as before in what it does and tells; only that `value` and `tags` may be the same objects in
 * two snapshots. Implementations must have been provided before: of a later `provide` it knows
 * nothing. Guards are asked a second time where XState takes over, and must be pure, as XState's manual has it.
 */
export function withFastPath<Machine extends AnyStateMachine>(machine: Machine): Machine {
  const slowly: AnyStateMachine['transition'] = machine.transition;
  const candidates = candidatesAt(machine);
  const moves = movesOf(machine);
  const known = new WeakMap<object, Standing>();
  const standings = new Map<string, Standing>();

  /** XState makes the list of current states anew wherever one has changed. */
  const standingAt = ({ _nodes }: AnyMachineSnapshot): Standing => {
    const seen = known.get(_nodes);
    if (seen) return seen;
    const name = _nodes.map(({ order }) => order).join();
    if (standings.size > KNOWN_AT_MOST) standings.clear();
    const standing = standings.get(name) ?? { name, selects: new Map(), moves: new Map() };
    standings.set(name, standing);
    known.set(_nodes, standing);
    return standing;
  };
  const selectAt = ({ selects }: Standing, { _nodes }: AnyMachineSnapshot, type: string): Select | null => {
    const found = selects.get(type);
    if (found !== undefined) return found;
    const made = _nodes.some(hasAlways) ? null : candidates(new Set(_nodes), type);
    if (selects.size < KNOWN_AT_MOST) selects.set(type, made);
    return made;
  };

  const note = ({ moves }: Standing, key: number | string, move: Move | null): void => {
    if (moves.size < KNOWN_AT_MOST) moves.set(key, move);
  };

  const transition = (before: AnyMachineSnapshot, event: EventObject, scope: AnyActorScope): AnyMachineSnapshot => {
    if (before.status !== 'active' || event.type.startsWith('xstate.')) return slowly(before, event, scope);
    const standing = standingAt(before);
    const select = selectAt(standing, before, event.type);
    if (select === null) return slowly(before, event, scope);
    const taken: Candidate[] = [];
    select(before, event, taken);
    const key = taken.length === 1 ? (taken[0]?.number ?? '') : taken.map(({ number }) => number).join();
    const known = standing.moves.get(key);
    if (known) return make(known, before, event, scope);
    if (known === null) return slowly(before, event, scope);
    const name = `${standing.name} ${key}`;
    const recalled = moves.recalled(name, taken);
    if (recalled !== undefined) note(standing, key, recalled);
    if (recalled) return make(recalled, before, event, scope);
    const after = slowly(before, event, scope);
    if (recalled === undefined) note(standing, key, moves.learned(name, before, taken, after));
    return after;
  };
  Object.defineProperty(machine, 'transition', { value: transition, configurable: true, writable: true });
  return machine;
}

function make(
  { transitions, deeds, to }: Move,
  before: AnyMachineSnapshot,
  event: EventObject,
  scope: AnyActorScope,
): AnyMachineSnapshot {
  const { context, children, status, output } = before;
  const moment: Moment = { before, event, scope, queue: [], context, children, status, output };
  for (const deed of deeds) deed(moment);
  const [raised] = moment.queue;
  if (raised) throw new TypeError(`${raised.type} is to be raised after a delay, which is no number`);
  let after = before;
  if (to !== null) after = { ...before, ...to, context: moment.context, children: moment.children };
  else if (moment.context !== context) after = { ...before, context: moment.context, children: moment.children };
  tell(after, event, scope, transitions);
  return after;
}
