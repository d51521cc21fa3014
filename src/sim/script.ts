/**
 * What happens to a simulated bot, all of it, before it begins: a seed makes a script, and a script runs the same anywhere. So a
 * script can be written to a file, run again, and cut down to the fewest faults that still fail.
 */
import type { ActorId } from '../machines/messages.ts';
import type { FaultKind } from './fault-kinds.ts';

/** A moment to wait for: an actor has come into a state, as `running.killSwitch.tripped`. */
export interface Aim {
  readonly actor: ActorId;
  readonly state: string;
  /** Whom it strikes then; the actor that it waits for, where nothing is said. */
  readonly strikes?: ActorId | undefined;
  /**
   * Of those that wait in turn one strikes in a step of the actor, and the others wait for the next. One that finds nothing to
   * strike waits on, and lets the next strike.
   */
  readonly inTurn?: boolean | undefined;
  /** It strikes so long after that moment, whatever the actor does by then, ms; at once, where nothing is said. */
  readonly laterMs?: number | undefined;
}

/** One fault of a script. What it does not say itself (which file, which actor, for how long) it draws from a chance of its own. */
export interface ScriptedFault {
  /** After the start, ms of the bot's time. */
  readonly at: number;
  readonly kind: FaultKind;
  /** Seed of its own chance: a fault does the same whether others are there or not. */
  readonly chance: number;
  /**
   * It waits until this actor stands there, and strikes that actor if it can; where that does not come to pass while there are
   * faults, it never strikes. Chance alone hardly ever meets what lasts an instant.
   */
  readonly aim?: Aim | undefined;
}

/** What is no fault, and comes from outside as well. */
export type Deed =
  /** A person asks for the repair behind an invariant, whether or not it is broken: again, until it is sent. */
  | { readonly is: 'asked'; readonly invariant: string }
  /** A person lets entries in again, whatever does not hold. */
  | { readonly is: 'resumed' }
  /** The line to the market breaks, and says so. */
  | { readonly is: 'line-broken' }
  /** A person deletes a file of the bot. */
  | { readonly is: 'deleted'; readonly path: string };

/** Brings about what faults wait for: at a time, or from then on at the first moment of a kind. */
export interface Prompt {
  /** After the start, ms of the bot's time. */
  readonly at: number;
  readonly deed: Deed;
  readonly aim?: Aim | undefined;
}

/** How the bot and its world are set up; each seed draws its own (swarm testing, Groce et al. 2012). */
export interface Setting {
  readonly symbols: number;
  /** Time between the prices of a symbol, ms. A bar takes a minute: from there on bars alone are told. */
  readonly tickMs: number;
  /** It looks and checks as often as at this speed (`paceFor`); it sweeps once a minute. */
  readonly speed: number;
  /** It has an idea every few minutes, and leaves soon: much is ordered and filled. */
  readonly restless: boolean;
  /** A stop rests at the exchange behind every position. */
  readonly stops: boolean;
  readonly durability: 'synced' | 'written';
  /** A log is mirrored. */
  readonly mirror: boolean;
  /** So many that are restless, each with ideas of its own; one, where nothing is said. */
  readonly minds?: number | undefined;
  /** So many bars of before the start are told; all there are, where nothing is said. */
  readonly pastBars?: number | undefined;
}

export interface Script {
  readonly seed: number;
  /** For so long there are faults, ms of the bot's time; then there are none, and the bot has to come to rest. */
  readonly faultyMs: number;
  readonly setting: Setting;
  readonly faults: readonly ScriptedFault[];
  readonly prompts?: readonly Prompt[] | undefined;
}
