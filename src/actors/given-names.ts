/** Of so many signals is remembered what names their exits and stops were given; a bot holds far fewer at a time. */
const SIGNALS = 1_000;

/**
 * Numbers of exits and stops that this process has given. They leave before the log has taken their intents: who is restarted
 * meanwhile would read nothing of them there, and give them again.
 */
export class GivenNames {
  readonly #numbers = new Map<string, { readonly exit: number[]; readonly stop: number[] }>();

  /** Lowest first, as they were given. */
  of(signalId: string, purpose: 'exit' | 'stop'): readonly number[] {
    return this.#numbers.get(signalId)?.[purpose] ?? [];
  }

  give(signalId: string, purpose: 'exit' | 'stop', number: number): void {
    const known = this.#numbers.get(signalId) ?? { exit: [], stop: [] };
    known[purpose].push(number);
    this.#numbers.set(signalId, known);
    if (this.#numbers.size <= SIGNALS) return;
    for (const oldest of this.#numbers.keys()) {
      this.#numbers.delete(oldest);
      break;
    }
  }
}
