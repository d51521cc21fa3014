import type { Holds } from '../ports/holds.ts';

/** Reasons by who gives them; each takes back its own. */
export class EntryHolds implements Holds {
  readonly #reasons = new Map<string, string>();
  readonly #listeners = new Set<() => void>();

  /** @param why `null`: this one holds no longer */
  set(by: string, why: string | null): void {
    if ((this.#reasons.get(by) ?? null) === why) return;
    if (why === null) this.#reasons.delete(by);
    else this.#reasons.set(by, why);
    for (const tell of this.#listeners) tell();
  }

  why(): string | null {
    return this.#reasons.size === 0 ? null : [...this.#reasons.values()].join('; ');
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
