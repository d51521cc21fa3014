/** What every supervised actor must keep, whatever it does; and a short way to say what else must hold. */
import type { AnyMachineSnapshot } from 'xstate';
import type { Child } from './child.ts';
import type { Finding, Invariant, Severity, View } from './invariant.ts';
import type { MailProgress } from './mailbox.ts';
import type { Sight } from './watch.ts';

export type Figures = Finding['figures'];

/** One for all: a round makes a finding of every invariant, and most have no figures. */
const NO_FIGURES: Figures = Object.freeze({});

export const holds = (takenAt: number, says: string, figures: Figures = NO_FIGURES): Finding => ({
  holds: true,
  says,
  figures,
  takenAt,
});
export const broken = (takenAt: number, says: string, figures: Figures = NO_FIGURES): Finding => ({
  holds: false,
  says,
  figures,
  takenAt,
});
export const unknown = (takenAt: number, says: string, figures: Figures = NO_FIGURES): Finding => ({
  holds: null,
  says,
  figures,
  takenAt,
});

/** Mail that was accepted is processed: status alone would call a wedged actor healthy. */
export function mailDrains({ component, actor }: Pick<Invariant, 'component' | 'actor'>, limitMs = 10_000): Invariant {
  return {
    id: `${component}/mail-drains`,
    component,
    actor,
    severity: 'critical',
    dependsOn: [`${component}/alive`],
    patienceMs: 0,
    timed: true,
    proofWithinMs: 5_000,
    holds: (view) => {
      const { accepted, processed, unprocessedSince } = view.mail(actor);
      const figures = { accepted, processed };
      const age = unprocessedSince === null ? 0 : view.now - unprocessedSince;
      if (age < limitMs) return holds(view.now, 'what was accepted was processed', figures);
      return broken(
        view.now,
        `${accepted - processed} accepted events were not processed; the oldest waits ${age} ms`,
        figures,
      );
    },
    remedies: [{ type: 'RESTART' }],
  };
}

/**
 * A supervised actor is there, or is not wanted. While its supervisor brings it back that is unknown, which is neither
 * green nor the healer's to mend; once the supervisor has given it up, it is.
 * @param childOf what its supervisor knows of it; `undefined` when there is no supervisor to ask
 */
export const isUp = (actor: string, childOf: (actor: string) => Child | undefined): Invariant => ({
  id: `${actor}/alive`,
  component: actor,
  actor,
  severity: 'critical',
  dependsOn: [],
  patienceMs: 0,
  proofWithinMs: 5_000,
  holds: ({ now, sight }) => {
    const child = childOf(actor);
    if (!child) return unknown(now, `nobody supervises ${actor} now`);
    const { phase, wanted, exhausted, incarnation, lastEnd } = child;
    const figures = { phase, incarnation, last_end: lastEnd };
    if (wanted === 'down') return holds(now, `${actor} is not wanted: ${lastEnd ?? 'it was never started'}`, figures);
    if (exhausted) return broken(now, `its supervisor has given up ${actor}: ${lastEnd}`, figures);
    if (phase === 'failed') return broken(now, `${actor} says that it could not start`, figures);
    const status = sight(actor)?.status;
    if (phase === 'ready' && status === 'active') return holds(now, `incarnation ${incarnation} runs`, figures);
    return unknown(now, `${actor} is being brought up: ${lastEnd ?? 'for the first time'}`, figures);
  },
  remedies: [{ type: 'RESTART' }],
});

/** What a law looks at: the snapshot of its actor, which is active, and all the rest. */
export interface Seen {
  readonly snapshot: AnyMachineSnapshot;
  readonly context: AnyMachineSnapshot['context'];
  readonly now: number;
  /** Since when it is in this state of its life, ms. */
  readonly since: number;
  readonly mail: MailProgress;
  readonly view: View;
}

/** What is seldom asked for is not made for every law in every round. */
class Present implements Seen {
  readonly snapshot: AnyMachineSnapshot;
  readonly context: AnyMachineSnapshot['context'];
  readonly now: number;
  readonly since: number;
  readonly view: View;
  readonly #actor: string;

  constructor(view: View, { snapshot, since }: Sight, actor: string) {
    this.snapshot = snapshot;
    this.context = snapshot.context;
    this.now = view.now;
    this.since = since;
    this.view = view;
    this.#actor = actor;
  }

  get mail(): MailProgress {
    return this.view.mail(this.#actor);
  }
}

/** Something that must hold for one actor, as data; what is left out has a sensible value. */
export interface Law
  extends Partial<
    Pick<
      Invariant,
      'dependsOn' | 'patienceMs' | 'proofWithinMs' | 'provenAfterMs' | 'everyMs' | 'remedies' | 'neverRestart'
    >
  > {
  readonly id: string;
  readonly actor: string;
  readonly severity?: Severity;
  /** What is wrong, in words (and numbers), or `null`. What throws has found nothing out, which is not green. */
  readonly broken: (seen: Seen) => string | { readonly says: string; readonly figures?: Figures } | null;
}

/** A law as an invariant: judged while its actor is active (else `alive` speaks), mended by a restart if nothing else is said. */
export const invariantOf = ({ broken: judge, actor, ...law }: Law): Invariant => ({
  component: actor,
  severity: 'high',
  dependsOn: [`${actor}/alive`],
  patienceMs: 0,
  proofWithinMs: 5_000,
  remedies: [{ type: 'RESTART' }],
  ...law,
  actor,
  holds: (view) => {
    const sight = view.sight(actor);
    if (sight?.status !== 'active') return unknown(view.now, `${actor} does not run`);
    const wrong = judge(new Present(view, sight, actor));
    if (wrong === null) return holds(view.now, 'it holds');
    if (typeof wrong === 'string') return broken(view.now, wrong);
    // JavaScript may answer false, nothing, or a promise.
    if (typeof wrong?.says !== 'string') throw new TypeError(`it answered ${String(wrong)}, and not words or null`);
    return broken(view.now, wrong.says, wrong.figures);
  },
});
