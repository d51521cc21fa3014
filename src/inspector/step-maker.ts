import { type Allowance, type Allowed, allowance } from './allowance.ts';
import type { Redact } from './digest.ts';
import type { KeyframeLine, StepLine } from './flight-line.ts';
import { plainContext, plainDiff } from './plain-context.ts';
import type { Change, Recorder } from './recording.ts';
import type { Timer } from './sampler.ts';

export interface StepMakerOptions {
  readonly source: Pick<Recorder, 'present'>;
  /** ms on the app's clock. */
  readonly now: () => number;
  /** Time of the wall. */
  readonly timer: Timer;
  readonly redact: Redact;
  /** Of more steps the last of each actor stands for all. 60 a second, if not given. */
  readonly allowed?: Allowed;
}

/** A step costs about 50 µs where much of a context changes: this is less than 1 % of a core. */
const STEPS: Allowed = { perSecond: 60, burst: 120 };

interface Written {
  readonly value: unknown;
  /** The actor's own, of its last step: to tell what changed at the next. */
  readonly context: unknown;
}

/** Makes lines of changes: what was before, which plain values changed, and no more of them in a second than can be afforded. */
export class StepMaker {
  readonly #options: StepMakerOptions;
  readonly #affordable: Allowance;
  /** What each living actor was when its last step was made. */
  readonly #written = new Map<string, Written>();
  /** Last changes of actors that make more than can be afforded. */
  readonly #hasty = new Map<string, { readonly n: number; readonly change: Change }>();
  #n = 0;

  constructor(options: StepMakerOptions) {
    this.#options = options;
    this.#affordable = allowance(() => options.timer.now(), options.allowed ?? STEPS);
  }

  /** @returns `null` for one that is kept until {@link late}: there are too many, or nobody can take it now */
  take(change: Change, canTake = true): StepLine | null {
    this.#n++;
    if (!canTake || !this.#affordable.take()) {
      this.#hasty.set(change.actor, { n: this.#n, change });
      return null;
    }
    this.#hasty.delete(change.actor);
    return this.#lineOf(change, this.#n);
  }

  /** It was born and is over, and no step told of it: none will. @returns `false` where one did, and its end is to be told too */
  leaveOut(actor: string): boolean {
    return !this.#written.has(actor) && this.#hasty.delete(actor);
  }

  /** The steps that were kept, in order: one an actor. */
  late(): readonly StepLine[] {
    if (this.#hasty.size === 0) return [];
    const kept = [...this.#hasty.values()].sort((a, b) => a.n - b.n);
    this.#hasty.clear();
    return kept.map(({ n, change }) => this.#lineOf(change, n));
  }

  /** All actors as they are: the steps after it go on from there. */
  keyframe(): KeyframeLine {
    const { source, now, redact } = this.#options;
    this.#hasty.clear();
    this.#written.clear();
    const actors = source.present().map(({ actor: id, machine, value, status, incarnation, since, context }) => {
      if (status === 'active') this.#written.set(id, { value, context });
      return { id, machine, value, status, incarnation, since, context: plainContext(context, redact) };
    });
    return { keyframe: true, at: now(), actors };
  }

  #lineOf(change: Change, n: number): StepLine {
    const { at, actor, machine, event, from, value, status, incarnation, taken, context } = change;
    const before = this.#written.get(actor);
    if (status === 'active') this.#written.set(actor, { value, context });
    else this.#written.delete(actor);
    const isBirth = change.was === null;
    const was = isBirth || before === undefined ? change.was : before.value;
    const changed = plainDiff(isBirth ? {} : before?.context, context, this.#options.redact);
    return { n, at, actor, machine, event, from, was, value, status, incarnation, taken, context: changed };
  }
}
