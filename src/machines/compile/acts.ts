/**
 * An action that decides while it runs, as `enqueueActions` lets one: it changes the context, has children made and ended, and
 * sends. XState makes an action of everything that is enqueued, and takes those one by one; here it is done at once.
 */
import {
  type ActorOptions,
  type ActorSystem,
  type ActorSystemInfo,
  type AnyActorLogic,
  type AnyActorRef,
  type AnyActorScope,
  type AnyEventObject,
  type AnyMachineSnapshot,
  createActor,
  type EventObject,
  stopChild,
} from 'xstate';

export type Children = AnyMachineSnapshot['children'];
export interface SpawnOptions {
  readonly id?: string | undefined;
  readonly systemId?: string | undefined;
  readonly input?: unknown;
  readonly syncSnapshot?: boolean | undefined;
}

/** What is used of XState's insides (5.33): what its own actions do. */
interface Insides {
  readonly scheduler: {
    schedule(from: AnyActorRef, to: AnyActorRef, event: EventObject, delay: number, id: string): void;
    cancel(from: AnyActorRef, id: string): void;
  };
  readonly _clock: NonNullable<ActorOptions<AnyActorLogic>['clock']>;
  _relay(from: AnyActorRef, to: AnyActorRef, event: EventObject): void;
}
interface Stop {
  readonly execute: (scope: AnyActorScope, ref: AnyActorRef) => void;
}

/** How XState stops a child; it is told which. */
const stopping = stopChild('') as unknown as Stop;

/** A machine at work on one action. Others hear of what it does when its step is over, and never if that fails. */
export class Hands<Context, Event extends EventObject> {
  readonly context: Context;
  readonly event: Event;
  readonly #scope: AnyActorScope;
  readonly #queue: EventObject[];
  children: Children;

  constructor(context: Context, children: Children, event: Event, scope: AnyActorScope, queue: EventObject[]) {
    this.context = context;
    this.children = children;
    this.event = event;
    this.#scope = scope;
    this.#queue = queue;
  }

  get self(): AnyActorRef {
    return this.#scope.self;
  }

  get system(): ActorSystem<ActorSystemInfo> {
    return this.#scope.system;
  }

  /** Makes a child, which starts when the step is over. */
  spawn(id: string, logic: AnyActorLogic, options: Omit<SpawnOptions, 'id'>): AnyActorRef {
    const ref = childOf(this.#scope, logic, { ...options, id });
    this.children = { ...this.children, [id]: ref };
    this.#scope.defer(() => startOf(ref));
    return ref;
  }

  stop(ref: AnyActorRef): void {
    this.children = without(this.children, ref);
    stopping.execute(this.#scope, ref);
  }

  /** At once; what is to be done before the actor runs, when it does. */
  whenRunning(exec: () => void): void {
    if (processingOf(this.#scope.self) === RUNNING) exec();
    else this.#scope.actionExecutor({ type: 'whenRunning', info: this as never, params: undefined, exec });
  }

  send(to: AnyActorRef, event: EventObject): void {
    const { self, system } = this.#scope;
    this.#scope.defer(() => (system as unknown as Insides)._relay(self, to, event));
  }

  /** Taken before anything that comes from outside. */
  raise(event: Event): void {
    this.#queue.push(event);
  }

  /** In so many ms, unless it is cancelled by its name; in place of one by the same name, which XState would let go on. */
  raiseLater(event: Event, delay: number, name: string): void {
    const { self, system } = this.#scope;
    const { scheduler } = system as unknown as Insides;
    this.#scope.defer(() => {
      scheduler.cancel(self, name);
      scheduler.schedule(self, self, event, delay, name);
    });
  }

  /** In a turn of its own, if it still runs then, and if it is still wanted. Costs less than a wait with a name. */
  raiseInTurn(event: Event, isWanted: () => boolean): void {
    const { self, system } = this.#scope;
    const { _clock: clock, _relay: relay } = system as unknown as Insides;
    this.#scope.defer(() =>
      clock.setTimeout(() => {
        if (isWanted() && self.getSnapshot().status === 'active') relay(self, self, event);
      }, 0),
    );
  }

  cancel(name: string): void {
    const { self, system } = this.#scope;
    this.#scope.defer(() => (system as unknown as Insides).scheduler.cancel(self, name));
  }
}

/** @returns the context from now on; nothing: it stays as it is */
export type Act<Context, Event extends EventObject> = (hands: Hands<Context, Event>) => Context | undefined;

type ActOfAny = Act<unknown, AnyEventObject>;
export const ACTS = 'kintsugi.acts';

/** An action of this kind, for `setup`: of a machine that is compiled, and of one that is XState's to run. */
export function acts<Context, Event extends EventObject>(act: Act<Context, Event>): () => void {
  const resolve = (
    scope: AnyActorScope,
    snapshot: AnyMachineSnapshot,
    { event }: { readonly event: Event },
    _: unknown,
    __: unknown,
    { internalQueue }: { readonly internalQueue: EventObject[] },
  ): readonly [AnyMachineSnapshot, undefined, undefined] => {
    const hands = new Hands(snapshot.context as Context, snapshot.children, event, scope, internalQueue);
    const context = act(hands) ?? hands.context;
    const { children } = hands;
    const same = context === snapshot.context && children === snapshot.children;
    return [same ? snapshot : { ...snapshot, context, children }, undefined, undefined];
  };
  return Object.assign(() => undefined, { type: ACTS, act: act as unknown as ActOfAny, resolve });
}

/** A child of an actor, not yet started. That it has a parent is among the options of XState's insides (5.33). */
export const childOf = (
  { self }: AnyActorScope,
  src: string | AnyActorLogic,
  options: SpawnOptions,
  logic: AnyActorLogic = src as AnyActorLogic,
): AnyActorRef => createActor(logic, { ...options, src, parent: self } as never);

const RUNNING = 1;
const STOPPED = 2;
const processingOf = (ref: AnyActorRef): number =>
  (ref as unknown as { readonly _processingStatus: number })._processingStatus;

/** Unless it was stopped before it began. */
export function startOf(ref: AnyActorRef): void {
  if (processingOf(ref) !== STOPPED) ref.start();
}

export function without(children: Children, { id }: AnyActorRef): Children {
  const { [id]: _, ...others } = children;
  return others;
}
