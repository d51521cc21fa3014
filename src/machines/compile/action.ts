/** Actions, looked up once. `assign` is done here; what else XState knows (raise, sendTo, emit, log, cancel) it does itself. */
import type {
  AnyActorLogic,
  AnyActorRef,
  AnyActorScope,
  AnyEventObject,
  AnyMachineSnapshot,
  AnyStateMachine,
  EventObject,
  MachineContext,
} from 'xstate';
import { ACTS, type Act, type Children, childOf, Hands, type SpawnOptions, startOf, without } from './acts.ts';

/** A microstep while its actions run; they change it. */
export interface Moment {
  /** As it was before the microstep. */
  readonly before: AnyMachineSnapshot;
  readonly event: EventObject;
  readonly scope: AnyActorScope;
  /** Events raised, to be taken before any that come from outside. */
  readonly queue: EventObject[];
  context: MachineContext;
  children: Children;
  status: AnyMachineSnapshot['status'];
  output: unknown;
}
export type Deed = (moment: Moment) => void;

interface Builtin {
  readonly type: string;
  readonly resolve: (
    scope: AnyActorScope,
    snapshot: AnyMachineSnapshot,
    args: object,
    params: unknown,
    self: unknown,
    extra: { readonly internalQueue: EventObject[] },
  ) => readonly [AnyMachineSnapshot, unknown, readonly unknown[] | undefined];
  readonly execute?: (scope: AnyActorScope, params: unknown) => void;
}
type Assignment = (args: object, params: unknown) => Partial<MachineContext>;
type Assign = Builtin & { readonly assignment: Assignment | Readonly<Record<string, unknown>> };
type Custom = (args: unknown, params: unknown) => void;

type Spawning = Builtin &
  Omit<SpawnOptions, 'id'> & {
    readonly src: string | AnyActorLogic;
    readonly id: string | ((args: object) => string);
  };
type Stopping = Builtin & { readonly actorRef: unknown };
type Acting = Builtin & { readonly act: Act<MachineContext, AnyEventObject> };

/** `enqueues`: an action that decides while it runs which actions there are. `unforeseen`: a builtin nobody knew of. */
export type Way = 'assign' | 'custom' | 'raises' | 'sends' | 'children' | 'enqueues' | 'unforeseen';

const BUILTIN: Readonly<Record<string, Way>> = {
  'xstate.assign': 'assign',
  'xstate.raise': 'raises',
  'xstate.sendTo': 'sends',
  'xstate.emit': 'sends',
  'xstate.log': 'sends',
  'xstate.cancel': 'sends',
  'xstate.spawnChild': 'children',
  'xstate.stopChild': 'children',
  'xstate.enqueueActions': 'enqueues',
  [ACTS]: 'enqueues',
};

const typeOf = (action: unknown): string =>
  typeof action === 'string' ? action : ((action as { readonly type?: string }).type ?? '');
/** For people. */
export const nameOf = (action: unknown): string =>
  typeOf(action) || (action as { readonly name?: string }).name || '(anonymous)';

const resolved = (action: unknown, machine: AnyStateMachine): unknown =>
  typeof action === 'function' ? action : machine.implementations.actions?.[typeOf(action) as never];
const isBuiltin = (known: unknown): known is Builtin => typeof known === 'function' && 'resolve' in known;

export function wayTo(action: unknown, machine: AnyStateMachine): Way {
  const known = resolved(action, machine);
  return isBuiltin(known) ? (BUILTIN[known.type] ?? 'unforeseen') : 'custom';
}

/** Raises when its time comes, and nothing now: it has a delay that somebody has said. */
export function isDelayed(action: unknown, machine: AnyStateMachine): boolean {
  const { delay } = resolved(action, machine) as { readonly delay?: unknown };
  const said: unknown = typeof delay === 'string' ? machine.implementations.delays?.[delay as never] : delay;
  return typeof said === 'number' || typeof said === 'function';
}

/** @param action as XState holds it: a function, a name, or a name with parameters */
export function deedOf(action: unknown, machine: AnyStateMachine): Deed {
  const known = resolved(action, machine);
  const given: unknown = typeof action === 'object' ? (action as { readonly params?: unknown }).params : undefined;
  const paramsAt =
    typeof given === 'function'
      ? ({ context, event }: Moment): unknown => given({ context, event })
      : (): unknown => given;
  if (!isBuiltin(known)) {
    const type = typeof action === 'function' ? action.name || '(anonymous)' : typeOf(action);
    return (moment) =>
      moment.scope.actionExecutor({
        type,
        info: argsAt(moment),
        params: paramsAt(moment) as never,
        exec: known as Custom | undefined,
      });
  }
  switch (known.type) {
    case 'xstate.assign':
      return assigning(known as Assign, paramsAt, machine);
    case 'xstate.spawnChild':
      return spawning(known as Spawning, machine);
    case 'xstate.stopChild':
      return stopping(known as Stopping, paramsAt);
    case ACTS:
      return acting(known as Acting);
    case 'xstate.enqueueActions':
      return (moment) => {
        const args = argsAt(moment);
        const [, , actions] = known.resolve(moment.scope, present(moment), args, paramsAt(moment), known, {
          internalQueue: moment.queue,
        });
        for (const one of actions ?? []) deedOf(one, machine)(moment);
      };
    default:
      return (moment) => {
        const args = argsAt(moment);
        const { scope, queue } = moment;
        const [, params] = known.resolve(scope, withChildren(moment), args, paramsAt(moment), known, {
          internalQueue: queue,
        });
        execute(known, args, params, scope);
      };
  }
}

const argsAt = ({ context, event, scope: { self, system } }: Moment) => ({ context, event, self, system });

/** The snapshot as it is in the midst of a microstep: states do not change before its end. */
const present = ({ before, context, children }: Moment): AnyMachineSnapshot =>
  context === before.context && children === before.children ? before : { ...before, context, children };
/** The same, for those who look at the children alone. */
const withChildren = ({ before, children }: Moment): AnyMachineSnapshot =>
  children === before.children ? before : { ...before, children };

/** Some of XState's actions only say what is to become of the snapshot. */
function execute({ type, execute: does }: Builtin, args: object, params: unknown, scope: AnyActorScope): void {
  if (!does) return;
  scope.actionExecutor({
    type,
    info: args as never,
    params: params as never,
    exec: does.bind(null, scope, params) as Custom,
  });
}

function assigning({ assignment }: Assign, paramsAt: (moment: Moment) => unknown, machine: AnyStateMachine): Deed {
  const valuesAt = typeof assignment === 'function' ? assignment : eachOf(assignment);
  return (moment) => {
    const { context, event, scope } = moment;
    let children: Record<string, AnyActorRef> | null = null;
    const spawn = (src: string | AnyActorLogic, { id, systemId, input, syncSnapshot }: SpawnOptions = {}) => {
      const given = typeof src === 'string' && typeof input === 'function' ? input(argsOfInput(moment)) : input;
      const logic = logicOf(src, machine);
      if (!logic) throw new Error(`Actor logic '${src}' not implemented in machine '${machine.id}'`);
      const ref = childOf(scope, src, { id, systemId, syncSnapshot, input: given }, logic);
      children ??= {};
      children[ref.id] = ref;
      scope.defer(() => startOf(ref));
      return ref;
    };
    const values = valuesAt({ context, event, spawn, self: scope.self, system: scope.system }, paramsAt(moment));
    moment.context = { ...context, ...values };
    if (children !== null) moment.children = { ...moment.children, ...(children as Children) };
  };
}

/** `assign({ a: 1, b: ({ context }) => … })`. */
function eachOf(assignment: Readonly<Record<string, unknown>>): Assignment {
  const parts = Object.entries(assignment);
  return (args, params) => {
    const values: Record<string, unknown> = {};
    for (const [key, value] of parts) values[key] = typeof value === 'function' ? value(args, params) : value;
    return values;
  };
}

function spawning(known: Spawning, machine: AnyStateMachine): Deed {
  const { src, id, systemId, input, syncSnapshot } = known;
  return (moment) => {
    const args = argsAt(moment);
    const given = typeof input === 'function' ? input(argsOfInput(moment)) : input;
    const named = typeof id === 'function' ? id(args) : id;
    const logic = logicOf(src, machine);
    const options = { id: named, systemId, input: given, syncSnapshot };
    const actorRef = logic && childOf(moment.scope, src, options, logic);
    moment.children = { ...moment.children, [named]: actorRef };
    execute(known, args, { id, systemId, actorRef, src, input: given }, moment.scope);
  };
}

function stopping(known: Stopping, paramsAt: (moment: Moment) => unknown): Deed {
  const { actorRef } = known;
  return (moment) => {
    const args = argsAt(moment);
    const named: unknown = typeof actorRef === 'function' ? actorRef(args, paramsAt(moment)) : actorRef;
    const ref = (typeof named === 'string' ? moment.children[named] : named) as AnyActorRef | undefined;
    // Where there is none the snapshot is a new one all the same, as with XState.
    moment.children = ref ? without(moment.children, ref) : { ...moment.children };
    execute(known, args, ref, moment.scope);
  };
}

const argsOfInput = ({ context, event, scope: { self } }: Moment) => ({ context, event, self });

/** `undefined`: a name without an implementation. */
const logicOf = (src: string | AnyActorLogic, machine: AnyStateMachine): AnyActorLogic | undefined =>
  typeof src === 'string' ? (machine.implementations.actors[src] as AnyActorLogic | undefined) : src;

const acting =
  ({ act }: Acting): Deed =>
  (moment) => {
    const { context, children, event, scope, queue } = moment;
    const hands = new Hands<MachineContext, AnyEventObject>(context, children, event, scope, queue);
    moment.context = act(hands) ?? context;
    moment.children = hands.children;
  };
