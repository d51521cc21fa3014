import type { AnyActorRef } from 'xstate';
import { NO_STEPS, type Steps } from './entry.ts';
import { goesOn, isAtWork } from './insides.ts';

const DEEPEST = 1_000;

/** Who sent something: an actor, or the id of one that is over. */
export type Sender = AnyActorRef | string | undefined;

/** One who is in the middle of an event, or of the mail behind it. */
export interface Work {
  ref: AnyActorRef | null;
  /** `null`: it has taken it, and takes what lay behind it. */
  event: object | null;
  sender: Sender;
  /** Its snapshot before the event. */
  before: unknown;
  /** What the event has led to so far. */
  steps: Steps;
}

/** Actors in the middle of an event, the last to begin last: who sends without a name is the last one. */
export class AtWork {
  /** Made once and used again: this is in the path of every event. */
  readonly #works: Work[] = [];
  readonly #dropped: (work: Work) => void;
  #depth = 0;

  /** @param dropped told of work that came to no end, as a crash leaves it */
  constructor(dropped: (work: Work) => void) {
    this.#dropped = dropped;
  }

  /** Who was the last to begin, and has not ended. */
  last(): AnyActorRef | undefined {
    for (;;) {
      const ref = this.#works[this.#depth - 1]?.ref;
      if (ref === undefined || ref === null) return undefined;
      if (isAtWork(ref)) return ref;
      this.#drop();
    }
  }

  /** @returns whether it could be kept */
  begin(ref: AnyActorRef, event: object, sender: Sender, before: unknown): boolean {
    if (this.#depth >= DEEPEST) return false;
    const free = this.#works[this.#depth++];
    if (free === undefined) {
      this.#works.push({ ref, event, sender, before, steps: NO_STEPS });
      return true;
    }
    free.ref = ref;
    free.event = event;
    free.sender = sender;
    free.before = before;
    return true;
  }

  /** What it is at; whoever began later has ended without a word, if there is anybody. */
  of(ref: AnyActorRef): Work | undefined {
    const top = this.#works[this.#depth - 1];
    return top?.ref === ref ? top : this.#below(ref);
  }

  /** What it was at, who may have crashed at it. */
  find(ref: AnyActorRef): Work | undefined {
    for (let i = this.#depth - 1; i >= 0; i--) if (this.#works[i]?.ref === ref) return this.#works[i];
    return undefined;
  }

  /** It has taken an event. With nothing behind that it ends now, so that who called it is the last again. */
  took(work: Work, snapshot: unknown): void {
    if (work.ref !== null && goesOn(work.ref)) {
      work.event = null;
      work.before = snapshot;
      work.steps = NO_STEPS;
    } else if (work === this.#works[this.#depth - 1]) this.#clear(work);
  }

  #below(ref: AnyActorRef): Work | undefined {
    const work = this.find(ref);
    if (work !== undefined) while (this.#works[this.#depth - 1] !== work) this.#drop();
    return work;
  }

  #drop(): void {
    const work = this.#works[this.#depth - 1];
    if (work === undefined) return;
    this.#dropped(work);
    this.#clear(work);
  }

  #clear(work: Work): void {
    this.#depth--;
    work.ref = null;
    work.event = null;
    work.sender = undefined;
    work.before = undefined;
    work.steps = NO_STEPS;
  }
}
