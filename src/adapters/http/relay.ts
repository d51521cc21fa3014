/** What may wait for one client; beyond that it is told anew what there is. */
const MOST_MESSAGES = 2000;
const MOST_CHARACTERS = 4_000_000;

/** What a message says of an actor: that it is there, what it is now, that something happened, that it is gone. */
export type Part = 'born' | 'state' | 'event' | 'end';

interface Kept {
  readonly born: string;
  readonly state: string | null;
}

/** One who listens to a {@link Relay}. */
export class RelayClient {
  readonly #kept: () => readonly string[];
  readonly #wake: () => void;
  #waiting: string[] = [];
  #characters = 0;
  #anew = true;

  constructor(kept: () => readonly string[], wake: () => void) {
    this.#kept = kept;
    this.#wake = wake;
  }

  /** It is told from the beginning: every actor that lives, and what it is. */
  beginAnew(): void {
    this.#anew = true;
    this.#waiting = [];
    this.#characters = 0;
    this.#wake();
  }

  offer(text: string): void {
    // It will be in what is kept.
    if (this.#anew) return;
    this.#waiting.push(text);
    this.#characters += text.length;
    if (this.#waiting.length > MOST_MESSAGES || this.#characters > MOST_CHARACTERS) this.beginAnew();
    else this.#wake();
  }

  next(): string | null {
    if (this.#anew) {
      this.#anew = false;
      this.#waiting = [...this.#kept()];
      this.#characters = 0;
    }
    const text = this.#waiting.shift() ?? null;
    if (text !== null) this.#characters = Math.max(0, this.#characters - text.length);
    return text;
  }
}

/**
 * Passes messages about actors on to all who listen, and keeps of every actor that lives the two a late comer needs. What waits
 * for a client is bounded; a slow one loses events, never the state.
 */
export class Relay {
  readonly #kept = new Map<string, Kept>();
  readonly #clients = new Set<RelayClient>();

  get size(): number {
    return this.#clients.size;
  }

  /** How many actors are kept. */
  get actors(): number {
    return this.#kept.size;
  }

  /** @param wake something waits for it */
  join(wake: () => void): RelayClient {
    const client = new RelayClient(() => this.#all(), wake);
    this.#clients.add(client);
    return client;
  }

  leave(client: RelayClient): void {
    this.#clients.delete(client);
  }

  say(session: string, part: Part, text: string): void {
    const kept = this.#kept.get(session);
    if (part === 'born') this.#kept.set(session, { born: text, state: null });
    else if (part === 'state' && kept !== undefined) this.#kept.set(session, { ...kept, state: text });
    else if (part === 'end') this.#kept.delete(session);
    for (const client of this.#clients) client.offer(text);
  }

  forget(): void {
    this.#kept.clear();
  }

  #all(): readonly string[] {
    return [...this.#kept.values()].flatMap(({ born, state }) => (state === null ? [born] : [born, state]));
  }
}
