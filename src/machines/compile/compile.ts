/**
 * A machine as a table. XState works out anew for every event what a transition exits, does and enters; here that is worked out
 * once, by XState itself, and running the machine is looking it up. What runs is an actor as any other, and its snapshots are
 * XState's (DESIGN §9, docs/compiled-machines.md).
 */
import type {
  ActorLogic,
  AnyActorScope,
  AnyMachineSnapshot,
  AnyStateMachine,
  EmittedFrom,
  EventFromLogic,
  InputFrom,
  Snapshot,
  SnapshotFrom,
} from 'xstate';
import { type Branch, Places } from './place.ts';
import { refuseWhatNoTableHolds } from './refusal.ts';
import { at, macrostep } from './step.ts';

export interface CompiledMachine<Machine extends AnyStateMachine>
  extends ActorLogic<
    SnapshotFrom<Machine>,
    EventFromLogic<Machine>,
    InputFrom<Machine>,
    AnyActorScope['system'],
    EmittedFrom<Machine>
  > {
  readonly id: string;
  /** The machine that was compiled. */
  readonly machine: Machine;
  /** For inspectors, which draw a machine from it. */
  readonly config: Machine['config'];
  readonly root: Machine['root'];
  /** Where it can rest, as `executing.ordered`, in the order of its definition. */
  readonly places: readonly string[];
  /**
   * The ways out of a place on events of a type, in the order in which they are tried. A way without a guard is the last that
   * counts; one that leads nowhere and does nothing forbids the event. Throws RangeError for a place that there is not.
   */
  ways(place: string, type: string): readonly Way[];
}

export interface Way {
  readonly to: string;
  readonly guarded: boolean;
  /** Takes the event and does nothing, so that no outer state takes it. */
  readonly forbids: boolean;
}

/**
 * Compiles a machine to actor logic that behaves as the machine does: the same snapshots, actions, guards, raised and delayed
 * events, and outputs, in the same order. Implementations must have been provided before.
 * Throws {@link CannotCompile}, which says what and where, for a machine with parallel regions, history states, invoked
 * actors, or guards without an implementation.
 */
export function compile<Machine extends AnyStateMachine>(machine: Machine): CompiledMachine<Machine> {
  refuseWhatNoTableHolds(machine);
  const places = new Places(machine);

  /** What XState made itself comes to stand in the table. */
  const adopt = (snapshot: AnyMachineSnapshot): AnyMachineSnapshot => {
    if (snapshot.status === 'error') return snapshot;
    const place = places.of(snapshot);
    if (!place) throw new TypeError(`machine ${machine.id} has no state ${JSON.stringify(snapshot.value)}`);
    return at(place, snapshot, snapshot, snapshot);
  };
  const wayOf = ({ test, to, transition }: Branch): Way => ({
    to: to.path,
    guarded: test !== null,
    forbids: transition.target === undefined && transition.actions.length === 0,
  });

  const logic = {
    id: machine.id,
    machine,
    config: machine.config,
    root: machine.root,
    places: places.all.map(({ path }) => path),
    ways: (path: string, type: string): readonly Way[] => {
      const place = places.all.find((one) => one.path === path);
      if (!place) throw new RangeError(`machine ${machine.id} has no place ${path}`);
      return places.branches(place, type).map(wayOf);
    },
    transition: (snapshot: AnyMachineSnapshot, event: EventFromLogic<Machine>, scope: AnyActorScope) =>
      macrostep(places, snapshot, event, scope),
    getInitialSnapshot: (scope: AnyActorScope, input: InputFrom<Machine>) =>
      adopt(machine.getInitialSnapshot(scope, input)),
    restoreSnapshot: (persisted: Snapshot<unknown>, scope: AnyActorScope) =>
      adopt(machine.restoreSnapshot(persisted, scope)),
    getPersistedSnapshot: machine.getPersistedSnapshot,
    // Of children that a snapshot brought along.
    start: machine.start,
  };
  return logic as unknown as CompiledMachine<Machine>;
}

/**
 * The same machine, run from its table: for those who are to get a machine. Implementations must have been provided before: of a
 * later `provide` its table knows nothing. Throws what {@link compile} throws.
 */
export function compiledInPlace<Machine extends AnyStateMachine>(machine: Machine): Machine {
  // The table begins with what XState makes.
  const original = Object.create(machine, {
    getInitialSnapshot: { value: machine.getInitialSnapshot },
    restoreSnapshot: { value: machine.restoreSnapshot },
  }) as Machine;
  const { transition, getInitialSnapshot, restoreSnapshot } = compile(original);
  for (const [name, value] of Object.entries({ transition, getInitialSnapshot, restoreSnapshot }))
    Object.defineProperty(machine, name, { value, configurable: true, writable: true });
  return machine;
}
