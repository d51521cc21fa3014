/** What is told as it happens, and what can be asked for. */
import type { IncidentRecord } from '../../healing/ledger.ts';
import type { ActorEvent, ActorView } from './actors.ts';
import type { Overview } from './overview.ts';

export type StreamEvent =
  | { readonly type: 'hello'; readonly overview: Overview; readonly actors: readonly ActorView[] }
  /** At most twice a second, and only when something of it changed; at least every five seconds. */
  | { readonly type: 'overview'; readonly overview: Overview }
  /** Sampled: the last state of those that changed, at most five times a second. */
  | { readonly type: 'actors'; readonly actors: readonly ActorView[]; readonly gone: readonly string[] }
  /** At most five times a second and 200 at once; `dropped` counts those that were left out. */
  | { readonly type: 'events'; readonly events: readonly ActorEvent[]; readonly dropped: number }
  | { readonly type: 'incident'; readonly incident: IncidentRecord }
  | { readonly type: 'bye'; readonly reason: string };

export interface FaultView {
  readonly id: string;
  readonly name: string;
  /** What it does, and what is to be seen. */
  readonly says: string;
  /** How it ends by itself. */
  readonly ends: string;
}

export type Command =
  | { readonly do: 'resume'; readonly reason: string; readonly force?: boolean }
  /** Puts the kill switch on by hand: entries are blocked, exits go on. */
  | { readonly do: 'pause'; readonly reason: string }
  /** What the remedies of an invariant would do; nothing is sent. */
  | { readonly do: 'plan'; readonly invariant: string }
  /** Sends the first remedy of the invariant, or the one named, through the healer's budget and ledger. */
  | { readonly do: 'remedy'; readonly invariant: string; readonly remedy?: 'EXPIRE' | 'REPAIR' | 'RESTART' }
  /** Paper only. */
  | { readonly do: 'fault'; readonly fault: string }
  /** Paper only. */
  | {
      readonly do: 'send';
      readonly actor: string;
      readonly event: { readonly type: string } & Readonly<Record<string, unknown>>;
    };

export interface PlanView {
  readonly remedy: 'EXPIRE' | 'REPAIR' | 'RESTART';
  readonly does: string;
  readonly preconditions: readonly string[];
  readonly affects: readonly string[];
  readonly undo: string;
  readonly expects: string;
}
export interface CommandAnswer {
  readonly ok: boolean;
  readonly says: string;
  readonly plans?: readonly PlanView[];
  /** The incident that came of it, where there is one. */
  readonly incident?: string;
}
