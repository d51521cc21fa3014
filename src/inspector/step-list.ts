import { asNames } from '../ports/names.ts';
import type { Moment, Step, StepPage } from './contract/history.ts';
import type { KeyframeLine, PlainValue, StepLine } from './flight-line.ts';
import type { Change, Recorder } from './recording.ts';
import { StepMaker, type StepMakerOptions } from './step-maker.ts';

type Remembered = Moment['actors'][number];

const stepOf = ({ n, at, actor, event, from, was, value, taken, context }: StepLine): Step => ({
  ...{ n, at, actor, event, from, was: asNames(was), value: asNames(value), taken },
  diff: Object.entries(context).map(([key, [before, after]]) => ({ key, was: before, is: after })),
});

const rememberedOf = (actor: KeyframeLine['actors'][number]): Remembered => ({
  ...actor,
  value: asNames(actor.value),
  taken: [],
});

/** What an actor is after a step. One that ended and was born again begins anew. */
function after(before: Remembered | undefined, step: StepLine): Remembered {
  const context: Record<string, PlainValue> =
    step.was === null ? {} : { ...(before?.context as Record<string, PlainValue>) };
  for (const [key, [, is]] of Object.entries(step.context)) context[key] = is;
  const isSame = before !== undefined && step.was !== null && JSON.stringify(step.was) === JSON.stringify(step.value);
  return {
    id: step.actor,
    machine: step.machine,
    value: asNames(step.value),
    status: step.status,
    incarnation: step.incarnation,
    since: isSame ? before.since : step.at,
    taken: step.taken,
    context,
  };
}

/** So many that are over may wait to be told of until somebody asks. */
const OVER_AT_MOST = 500;
/** Of those that crashed and are in no step that is kept, the last so many are remembered. */
const CRASHED_AT_MOST = 200;

/** The last steps of an app, in memory: time travel for what has no directory. */
export class StepList {
  readonly #maker: StepMaker;
  readonly #most: number;
  readonly #base = new Map<string, Remembered>();
  #steps: StepLine[] = [];
  #from: number;
  /** Actors that are over, and of whose end no step is made yet. */
  #over = 0;
  readonly close: () => void;

  /** @param most steps kept: half of them are dropped when there are twice as many */
  constructor({ source, most = 2_000, ...options }: StepMakerOptions & { source: Recorder; most?: number }) {
    this.#most = most;
    this.#maker = new StepMaker({ ...options, source });
    for (const actor of this.#maker.keyframe().actors) this.#base.set(actor.id, rememberedOf(actor));
    this.#from = options.now();
    this.close = source.onChange((change) => this.#take(change));
  }

  /** The moment from which on all is known, and the one of the last step; ms. */
  get range(): { readonly from: number; readonly to: number } {
    this.#catchUp();
    return { from: this.#from, to: this.#steps.at(-1)?.at ?? this.#from };
  }

  /** All actors as they were; none before the first that is known. Those that ended well are left out. */
  at(moment: number): readonly Remembered[] {
    this.#catchUp();
    if (moment < this.#from) return [];
    const actors = new Map(this.#base);
    for (const step of this.#steps) {
      if (step.at > moment) break;
      actors.set(step.actor, after(actors.get(step.actor), step));
    }
    return [...actors.values()].filter(({ status }) => status === 'active' || status === 'error');
  }

  page(query: {
    readonly from: number;
    readonly to: number;
    readonly actor?: string;
    readonly limit: number;
  }): StepPage {
    this.#catchUp();
    const { from, to, actor, limit } = query;
    const found = this.#steps.filter(
      (step) => step.at >= from && step.at <= to && (actor === undefined || step.actor === actor),
    );
    return { steps: found.slice(0, limit).map(stepOf), more: found.length > limit };
  }

  #take(change: Change): void {
    const { actor, status } = change;
    const line = this.#maker.take(change);
    if (line !== null) {
      this.#steps.push(line);
      this.#trim();
      return;
    }
    if (status === 'active' || (status !== 'error' && this.#maker.leaveOut(actor))) return;
    if (++this.#over > OVER_AT_MOST) this.#catchUp();
  }

  #catchUp(): void {
    this.#over = 0;
    const late = this.#maker.late();
    if (late.length === 0) return;
    // They are older than what could be made at once.
    this.#steps = [...this.#steps, ...late].sort((a, b) => a.n - b.n);
    this.#trim();
  }

  #trim(): void {
    if (this.#steps.length < this.#most * 2) return;
    for (const step of this.#steps.splice(0, this.#steps.length - this.#most)) {
      const actor = after(this.#base.get(step.actor), step);
      if (actor.status === 'done' || actor.status === 'stopped') this.#base.delete(step.actor);
      else this.#base.set(step.actor, actor);
      this.#from = step.at;
    }
    const crashed = [...this.#base.values()].filter(({ status }) => status === 'error');
    for (const { id } of crashed.slice(0, -CRASHED_AT_MOST)) this.#base.delete(id);
  }
}
