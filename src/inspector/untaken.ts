/** Events that were sent to an actor and not taken yet, oldest first, with who sent them. Side by side, so that a letter costs no object. */
export class Untaken {
  readonly #most: number;
  readonly #events: object[] = [];
  readonly #senders: (string | null)[] = [];

  /** @param most so many are remembered: of the oldest it is forgotten who sent them */
  constructor(most: number) {
    this.#most = most;
  }

  get first(): object | undefined {
    return this.#events[0];
  }

  push(event: object, from: string | null): void {
    if (this.#events.length >= this.#most) this.#drop(0);
    this.#events.push(event);
    this.#senders.push(from);
  }

  /** Mail is taken in the order in which it was sent, but for what XState sends past the mailbox. @returns who sent it */
  take(event: object): string | null {
    if (this.#events.length === 1 && this.#events[0] === event) {
      this.#events.pop();
      return this.#senders.pop() ?? null;
    }
    const index = this.#events.indexOf(event);
    if (index < 0) return null;
    const from = this.#senders[index] ?? null;
    this.#drop(index);
    return from;
  }

  clear(): void {
    this.#events.length = 0;
    this.#senders.length = 0;
  }

  #drop(index: number): void {
    this.#events.splice(index, 1);
    this.#senders.splice(index, 1);
  }
}
