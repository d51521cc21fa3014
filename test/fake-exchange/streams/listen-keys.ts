import { randomBytes } from 'node:crypto';
import type { Agenda } from '../engine/agenda.ts';
import { refuse } from '../engine/api-error.ts';
import { listenKeyExpiredEvent } from '../wire/user-events.ts';
import type { Connections } from './connections.ts';

const LIFE_MS = 3_600_000;
const NONE = 'This listenKey does not exist.';

/** The one key of the user stream. It lives an hour of exchange time and is prolonged by POST and PUT. */
export class ListenKeys {
  readonly #agenda: Agenda;
  readonly #connections: Connections;
  readonly #now: () => number;
  #key: string | null = null;

  constructor(agenda: Agenda, connections: Connections, now: () => number) {
    this.#agenda = agenda;
    this.#connections = connections;
    this.#now = now;
  }

  /** Gives the key that is alive, or a new one; either way it has its hour from now. */
  create(): string {
    this.#key ??= randomBytes(32).toString('hex');
    this.#prolong();
    return this.#key;
  }

  renew(): string {
    const key = this.#key ?? refuse(-1125, NONE);
    this.#prolong();
    return key;
  }

  close(): void {
    if (this.#key === null) refuse(-1125, NONE);
    this.#key = null;
    this.#agenda.cancel('listen key');
  }

  /** The last message of its streams; they stay open and say nothing more. */
  expire(): string {
    const key = this.#key ?? '';
    this.#connections.toUser(key, listenKeyExpiredEvent(key, this.#now()));
    this.#key = null;
    this.#agenda.cancel('listen key');
    return key;
  }

  /** To the streams of the key that is alive. */
  send(message: object): void {
    if (this.#key !== null) this.#connections.toUser(this.#key, message);
  }

  #prolong(): void {
    this.#agenda.at(this.#now() + LIFE_MS, 'listen key', () => this.expire());
  }
}
