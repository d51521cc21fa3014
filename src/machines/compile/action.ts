/** Actions, looked up once. `assign` is done here; what else XState knows (raise, sendTo, emit, log, cancel) it does itself. */
import type { AnyActorScope, AnyMachineSnapshot, AnyStateMachine, EventObject, MachineContext } from 'xstate';

/** A microstep while its actions run; they change it. */
export interface Moment {
  /** As it was before the microstep. */
  readonly before: AnyMachineSnapshot;
  readonly event: EventObject;
  readonly scope: AnyActorScope;
  /** Events raised, to be taken before any that come from outside. */
  readonly queue: EventObject[];
  context: MachineContext;
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
  ) => readonly [AnyMachineSnapshot, unknown, unknown];
  readonly execute?: (scope: AnyActorScope, params: unknown) => void;
}
type Assignment = (args: object, params: unknown) => Partial<MachineContext>;
type Assign = Builtin & { readonly assignment: Assignment | Readonly<Record<string, unknown>> };
type Custom = (args: unknown, params: unknown) => void;

/** `unforeseen`: an action that decides while it runs which actions there are. */
export type Way = 'assign' | 'custom' | 'raises' | 'sends' | 'children' | 'unforeseen';

const BUILTIN: Readonly<Record<string, Way>> = {
  'xstate.assign': 'assign',
  'xstate.raise': 'raises',
  'xstate.sendTo': 'sends',
  'xstate.emit': 'sends',
  'xstate.log': 'sends',
  'xstate.cancel': 'sends',
  'xstate.spawnChild': 'children',
  'xstate.stopChild': 'children',
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
  if (known.type === 'xstate.assign') return assigning(known as Assign, paramsAt, machine);
  return (moment) => {
    const { scope, before, queue } = moment;
    const args = argsAt(moment);
    const [, params] = known.resolve(scope, before, args, paramsAt(moment), known, { internalQueue: queue });
    if (!known.execute) return;
    scope.actionExecutor({
      type: known.type,
      info: args,
      params: params as never,
      exec: known.execute.bind(null, scope, params) as Custom,
    });
  };
}

const argsAt = ({ context, event, scope: { self, system } }: Moment) => ({ context, event, self, system });

function assigning({ assignment }: Assign, paramsAt: (moment: Moment) => unknown, machine: AnyStateMachine): Deed {
  const spawn = (): never => {
    throw new TypeError(
      `an assign of machine ${machine.id} spawns: let a state invoke, or use spawnChild in a machine that is not compiled`,
    );
  };
  const valuesAt = typeof assignment === 'function' ? assignment : eachOf(assignment);
  return (moment) => {
    const { context, event, scope } = moment;
    const args = { context, event, spawn, self: scope.self, system: scope.system };
    moment.context = { ...context, ...valuesAt(args, paramsAt(moment)) };
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
