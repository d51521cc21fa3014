import type { Remedy } from './invariant.ts';

/** A person wants a remedy sent, whether or not its invariant is broken. */
export interface RemedyWish {
  /** Names the wish, for its answer. */
  readonly ask: string;
  readonly invariant: string;
  /** `null`: the first there is. */
  readonly remedy: Remedy['type'] | null;
  /** Who says so. Not proven; that the asker may, is. */
  readonly by: string;
}

export interface RemedyAnswer {
  /** It was sent. What came of it is in the ledger. */
  readonly sent: boolean;
  /** What was done, or why not, in words. */
  readonly says: string;
  readonly incident: string | null;
}

/** Who waits for the answers to wishes. */
export class Wishes {
  readonly #waiting = new Map<string, (answer: RemedyAnswer) => void>();
  #count = 0;

  /** @returns the name for the wish; `tell` is called once, when it is answered */
  wait(tell: (answer: RemedyAnswer) => void): string {
    const ask = `wish-${++this.#count}`;
    this.#waiting.set(ask, tell);
    return ask;
  }

  answer(ask: string, answer: RemedyAnswer): void {
    this.#waiting.get(ask)?.(answer);
    this.#waiting.delete(ask);
  }
}
