/** What a supervisor takes, and what it tells. */
import type { LifeOutput, RemedyOrder } from '../machines/life.ts';
import type { ChildSpec } from './child.ts';
import type { Exit } from './exit.ts';
import type { Mailboxes } from './mailbox.ts';
import type { Family, Rules } from './strategy.ts';

export type SupervisorEvent =
  | { readonly type: 'CHILD.READY' | 'CHILD.FAILED'; readonly id: string; readonly incarnation: number }
  /** A healer's order: it is stopped and started, or started if it is down; `rest` takes along what depends on it. */
  | ({ readonly type: 'RESTART_CHILD'; readonly id: string; readonly scope: 'one' | 'rest' } & RemedyOrder)
  /** OTP's `terminate_child` and `restart_child`, and `exit(Pid, kill)` from somebody else. */
  | { readonly type: 'TERMINATE_CHILD' | 'START_CHILD' | 'KILL_CHILD'; readonly id: string }
  /** It had so long to start, or to stop, and may have done neither; `failed`: why it can do neither, in words. */
  | {
      readonly type: 'FORCE';
      readonly id: string;
      readonly incarnation: number;
      readonly during: 'starting' | 'stopping';
      readonly failed?: string;
    }
  | { readonly type: 'SETTLE' }
  | { readonly type: 'STOP' }
  | { readonly type: `xstate.done.actor.${string}`; readonly actorId: string; readonly output: LifeOutput | undefined }
  | { readonly type: `xstate.error.actor.${string}`; readonly actorId: string; readonly error: unknown };

export type SupervisorContext = Family;

/** What happened to a child, as its supervisor saw it. */
export type Happening = { readonly id: string; readonly incarnation: number } & (
  | { readonly type: 'started' }
  /** `order`: the order that it was restarted for. */
  | { readonly type: 'ready' | 'refused'; readonly order: RemedyOrder | null }
  | { readonly type: 'ended'; readonly exit: Exit }
);

export interface SupervisorOptions extends Partial<Rules> {
  readonly id: string;
  readonly specs: readonly ChildSpec[];
  /** May be shared by a tree of supervisors: mail then reaches every actor of the tree. */
  readonly mailboxes: Mailboxes;
  readonly now: () => number;
  /** Uniform in [0, 1): jitter of the backoff. */
  readonly chance: () => number;
  readonly stopped?: () => void;
  /** Told of every start and end, in order. Must not throw, and must not send to the supervisor. */
  readonly happens?: (happening: Happening) => void;
}

/** A supervisor gave up and stopped its children. To a supervisor above it this is a `shutdown`, as in OTP. */
export class SupervisorGaveUp extends Error {
  readonly exit = 'shutdown';

  constructor(id: string, because: string) {
    super(`the supervisor ${id} gave up and stopped its children: ${because}`);
    this.name = 'SupervisorGaveUp';
  }
}
