/** The actors, and the statecharts they run. */
import type { Health } from '../../healing/status.ts';

export interface ActorView {
  /**
   * Unique: systemId where it has one; a child's else stands below its parent's (`signalBus.eyes`), a root's is its id or its
   * machine's. Where one that lives has it already, the session id follows: `queue@x:7`.
   */
  readonly id: string;
  readonly parent: string | null;
  /** Which {@link MachineView} it runs; `null` for what is no machine. */
  readonly machine: string | null;
  readonly status: 'active' | 'done' | 'error' | 'stopped';
  /** XState's state value; `null` for what has none. */
  readonly value: unknown;
  readonly incarnation: number;
  /** Of its component; `null` for what belongs to none. */
  readonly health: Health | null;
  readonly mail: { readonly accepted: number; readonly processed: number; readonly held: number } | null;
  /** Events it has taken since it was first seen. */
  readonly events: number;
  /** Ids of {@link TransitionView}s taken by the last event. */
  readonly taken: readonly string[];
  /** When its state last changed, ms. */
  readonly since: number;
}

export interface ActorDetail extends ActorView {
  /** Redacted, cut to a size. */
  readonly context: unknown;
  /** Why it crashed; only where it did. */
  readonly error?: string;
  /** The last events it took, oldest first. */
  readonly log: readonly ActorEvent[];
  /** Types of event it takes in its present state. */
  readonly accepts: readonly string[];
  /** How often each transition was taken since it was first seen, by id. */
  readonly visits: Readonly<Record<string, number>>;
}

export interface ActorEvent {
  /** Grows over all actors. */
  readonly seq: number;
  readonly at: number;
  /** Who sent it; `null`: nobody that is known (a timer, the world). */
  readonly from: string | null;
  readonly to: string;
  readonly type: string;
  /** Redacted and cut to a length. */
  readonly event: unknown;
  /** The state value it came to. */
  readonly value: unknown;
  /** Whether the state value changed. */
  readonly changed: boolean;
  /** Ids of the transitions taken. */
  readonly taken: readonly string[];
}

/** A statechart as data: for drawing. Ids of states are the dotted paths of XState; the root's is the machine's. */
export interface MachineView {
  readonly id: string;
  readonly root: StateView;
}
export interface StateView {
  readonly id: string;
  readonly key: string;
  readonly type: 'atomic' | 'compound' | 'parallel' | 'final' | 'history';
  /** Key of the initial child. */
  readonly initial: string | null;
  readonly entry: readonly string[];
  readonly exit: readonly string[];
  readonly invoke: readonly string[];
  readonly tags: readonly string[];
  readonly description: string | null;
  readonly transitions: readonly TransitionView[];
  readonly children: readonly StateView[];
}
export interface TransitionView {
  /** `STATE_ID|EVENT|INDEX`, index among those of the same event in the same state. */
  readonly id: string;
  /** `''` for an eventless one, `after 5 s` is not made here: the event is XState's own, e.g. `xstate.after.5000.a.b`. */
  readonly event: string;
  /** Ids of the target states; none for one that stays. */
  readonly targets: readonly string[];
  readonly guard: string | null;
  readonly actions: readonly string[];
  readonly delay_ms: number | null;
}
