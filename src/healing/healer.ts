import { filter, interval, map, merge, observeOn, Subject, Subscription } from 'rxjs';
import type { EventObject } from 'xstate';
import type { RemedyOrder } from '../machines/life.ts';
import type { Evidence } from '../machines/messages.ts';
import type { Clock } from '../ports/clock.ts';
import type { Incident } from './incident.ts';
import { inOneShape, type Remedy, type View } from './invariant.ts';
import { healing } from './loop.ts';
import type { Mailboxes } from './mailbox.ts';
import type { Command, Impulse, Policy, Round } from './round.ts';
import { settled } from './settled.ts';
import type { RemedyAnswer, RemedyWish } from './wish.ts';

export interface HealerOptions {
  /** The healer's own systemId: orders are from it. */
  readonly id: string;
  readonly mailboxes: Mailboxes;
  readonly clock: Clock;
  readonly policy: Policy;
  /** While all is well, what changed is judged at most once in this time, ms; 0, as where it is left out: every moment at once. */
  readonly judgeMs?: number;
  /** How often everything is judged, whether or not anything changed, ms. */
  readonly sweepMs: number;
  /** The round to go on from. */
  readonly from: Round;
  /** Asks a supervisor for a restart. `false`: no supervisor restarts that actor, which gets the event RESTART itself. */
  readonly restart: (actor: string, scope: 'one' | 'rest', order: RemedyOrder) => boolean;
  /** Called with each round before its commands are obeyed, and after. */
  readonly begun: (round: Round) => void;
  readonly obeyed: (round: Round, impulse: Impulse['type']) => void;
  readonly remedying: (command: Extract<Command, { do: 'remedy' }>) => void;
  readonly record: (incident: Incident, what: 'opened' | 'planned' | 'closed' | 'failed') => void;
  readonly escalate: (incident: Incident, reason: string) => void;
  /** What was done about the wish of a person. */
  readonly granted?: (ask: string, answer: RemedyAnswer) => void;
  /** The loop has ended by an error: nothing is healed from now on. */
  readonly failed: (error: unknown) => void;
}

export interface Healer {
  /** What an actor answered to the remedy of an incident: evidence that it is done, or why it is not. */
  answer(incident: string, done: Evidence | null, failed: string | null): void;
  /** A person wants a remedy. */
  ask(wish: RemedyWish): void;
  /** Something around the loop threw: it ends, and says so. What is left running would heal beside its successor. */
  fail(error: unknown): void;
  stop(): void;
}

/** The remedy as the event its actor takes. */
const remedyEvent = (remedy: Remedy, incident: Incident, order: RemedyOrder): EventObject => {
  const evidence: Evidence = incident.before;
  if (remedy.type === 'EXPIRE') return { type: 'EXPIRE', olderThan: remedy.olderThanMs, ...order } as EventObject;
  if (remedy.type === 'REPAIR') return { type: 'REPAIR', target: remedy.target, evidence, ...order } as EventObject;
  return { type: 'RESTART', ...order } as EventObject;
};

/** The healing loop at work: looks at all snapshots, and does what the rounds command. */
export function healer(options: HealerOptions): Healer {
  const { id, mailboxes, clock, judgeMs = 0 } = options;
  const policy: Policy = { ...options.policy, invariants: options.policy.invariants.map(inOneShape) };
  const answers = new Subject<Omit<Extract<Impulse, { type: 'answered' }>, 'view' | 'type'>>();
  const wakes = new Subject<void>();
  const wishes = new Subject<RemedyWish>();
  let view: View | null = null;
  let timer: number | null = null;
  let wakeAt = Number.POSITIVE_INFINITY;

  const answer: Healer['answer'] = (incident, done, failed) =>
    answers.next({ incident, at: clock.now(), done, failed });

  const wake = (at: number): void => {
    // Nor at no time: a timer for ever, or for NaN, is one for now.
    if (!(at < wakeAt)) return;
    if (timer !== null) clock.clearTimeout(timer);
    wakeAt = at;
    timer = clock.setTimeout(
      () => {
        timer = null;
        wakeAt = Number.POSITIVE_INFINITY;
        wakes.next();
      },
      Math.max(1, at - clock.now()),
    );
  };

  const send = (command: Extract<Command, { do: 'remedy' }>): void => {
    const { incident, remedy, to } = command;
    const order: RemedyOrder = { incident: incident.id, reason: incident.before.says, from: id };
    options.remedying(command);
    if (remedy.type === 'RESTART' && options.restart(to, remedy.scope ?? 'one', order)) return;
    if (!mailboxes.urgent(to, remedyEvent(remedy, incident, order))) answer(incident.id, null, `${to} is down`);
  };

  const obey = (command: Command): void => {
    if (command.do === 'wake') wake(command.at);
    else if (command.do === 'remedy') send(command);
    else if (command.do === 'escalate') options.escalate(command.incident, command.reason);
    else options.record(command.incident, command.what);
  };

  let round = options.from;
  const waitMs = (): number => {
    const isWell = round.brokenSince.size === 0 && round.incidents.size === 0;
    const sinceMs = clock.now() - round.now;
    // After a clock that went back nobody waits.
    return isWell && sinceMs >= 0 ? Math.max(0, judgeMs - sinceMs) : 0;
  };
  const seen = settled(mailboxes, () => clock.now(), clock.scheduler, waitMs).pipe(
    map((present): Impulse => {
      view = present;
      return { type: 'seen', view: present };
    }),
  );
  const known = <T>(make: (present: View, value: T) => Impulse) =>
    map((value: T): Impulse | null => (view === null ? null : make(view, value)));
  const impulses = merge(
    seen,
    interval(options.sweepMs, clock.scheduler).pipe(known((present) => ({ type: 'swept', view: present }))),
    wakes.pipe(known((present) => ({ type: 'woken', view: present }))),
    answers.pipe(
      observeOn(clock.scheduler),
      known((present, one) => ({ type: 'answered', view: present, ...one })),
    ),
    wishes.pipe(
      observeOn(clock.scheduler),
      known((present, wish) => ({ type: 'asked', view: present, wish })),
    ),
  ).pipe(filter((impulse): impulse is Impulse => impulse !== null));

  let last: Impulse['type'] = 'seen';
  const subscription = new Subscription();
  const fall = (error: unknown): void => {
    subscription.unsubscribe();
    if (timer !== null) clock.clearTimeout(timer);
    options.failed(error);
  };
  subscription.add(
    impulses
      .pipe(
        map((impulse) => {
          last = impulse.type;
          return impulse;
        }),
        healing(policy, options.from),
      )
      .subscribe({
        next: (made) => {
          round = made;
          try {
            options.begun(round);
            for (const command of round.commands) obey(command);
            if (round.granted) options.granted?.(round.granted.ask, round.granted.answer);
            options.obeyed(round, last);
          } catch (error) {
            // RxJS would throw it at the whole process.
            fall(error);
          }
        },
        error: fall,
      }),
  );

  return {
    answer,
    ask: (wish) => wishes.next(wish),
    fail: fall,
    stop: () => {
      subscription.unsubscribe();
      if (timer !== null) clock.clearTimeout(timer);
    },
  };
}
