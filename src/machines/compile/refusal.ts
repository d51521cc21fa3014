/** What no table can stand for, and where in the machine it is: found before anything runs. */
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';
import { nameOf, wayTo } from './action.ts';
import { testOf } from './guard.ts';

/** `place`: the state, as `signal.executing.ordered`, and what of it. */
export class CannotCompile extends TypeError {
  readonly machine: string;
  readonly place: string;
  readonly reason: string;

  constructor(machine: string, place: string, reason: string) {
    super(`machine ${machine} cannot be compiled: ${place} ${reason}`);
    this.name = 'CannotCompile';
    this.machine = machine;
    this.place = place;
    this.reason = reason;
  }
}

/** Throws {@link CannotCompile} at the first thing, from the root down, that a table cannot stand for. */
export function refuseWhatNoTableHolds(machine: AnyStateMachine): void {
  const ids = new Set<string>();
  const paths = new Set<string>();
  const look = (node: AnyStateNode): void => {
    const refuse = (what: string): never => {
      throw new CannotCompile(machine.id, `state ${node.id}`, what);
    };
    const path = node.path.join('.');
    if (ids.has(node.id)) refuse('has the id that another state has: a table tells states by their ids');
    if (paths.has(path)) refuse(`has a path with a dot in a name: ${path} is the path of another state too`);
    ids.add(node.id);
    paths.add(path);
    if (node.type === 'parallel')
      refuse(
        'has parallel regions: a table needs one state at a time. Make an actor of each region, and compile those',
      );
    if (node.type === 'history') refuse('is a history state: where it leads hangs on the past, not on the state');
    const [invoked] = node.invoke;
    if (invoked)
      refuse(
        `invokes ${invoked.src}: a state of a table has no actors. Let the parent of this machine invoke it, or spawn it`,
      );
    for (const [list, actions] of [
      ['entry', node.entry],
      ['exit', node.exit],
      ['initial', node.initial.actions],
    ] as const)
      for (const action of actions) refuseAction(machine, action, (why) => refuse(`does on ${list} ${why}`));
    for (const transition of transitionsOf(node)) refuseTransition(machine, transition, refuse);
    for (const child of Object.values(node.states)) look(child);
  };
  look(machine.root);
}

/** All transitions out of a state node by itself: on events, after delays, when it is done, and eventless ones. */
export const transitionsOf = (node: AnyStateNode): AnyTransitionDefinition[] => [
  ...[...node.transitions.values()].flat(),
  ...(node.always ?? []),
];

function refuseTransition(
  machine: AnyStateMachine,
  { eventType, target, guard, actions }: AnyTransitionDefinition,
  refuse: (what: string) => never,
): void {
  const on = eventType === '' ? 'without an event' : `on ${eventType}`;
  if (target && target.length > 1) refuse(`leads ${on} to ${target.length} states at a time`);
  if (guard !== undefined) testOf(guard, machine, (why) => refuse(`${on} ${why}`));
  for (const action of actions) refuseAction(machine, action, (why) => refuse(`does ${on} ${why}`));
}

function refuseAction(machine: AnyStateMachine, action: unknown, refuse: (why: string) => never): void {
  if (wayTo(action, machine) === 'unforeseen') refuse(`${nameOf(action)}: nobody knows what it does`);
}
