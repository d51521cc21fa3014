import { AsyncLocalStorage } from 'node:async_hooks';
import type { AnyActorRef } from 'xstate';
import type { Mailboxes } from '../../healing/mailbox.ts';

/** What is used of XState's insides (5.33): a mailbox hands every event to what it was given when its actor was made. */
interface Inner {
  start(): unknown;
  readonly mailbox: { _process(event: { readonly type: string }): void };
}

/** Knows, of whatever is done in a process, which actor is behind it: across promises, timers and what its children do. */
export class Writers {
  readonly #who = new AsyncLocalStorage<string>();
  readonly #processed: (id: string, type: string) => void;

  /** @param processed told of every event an actor takes, before it does */
  constructor(processed: (id: string, type: string) => void) {
    this.#processed = processed;
  }

  /** The actor that is behind what is done now; `null` for nobody in particular. */
  get present(): string | null {
    return this.#who.getStore() ?? null;
  }

  /** The same work, with whoever is behind it now. */
  kept(work: () => void): () => void {
    const who = this.#who.getStore();
    return who === undefined ? work : () => this.#who.run(who, work);
  }

  /** From now on it is known of every actor of these mailboxes. */
  follow(mailboxes: Mailboxes): void {
    mailboxes.attached.subscribe(({ id, ref }) => this.#name(id, ref));
  }

  #name(id: string, ref: AnyActorRef): void {
    const inner = ref as unknown as Inner;
    const start = inner.start.bind(ref);
    const { mailbox } = inner;
    const process = mailbox._process;
    inner.start = () => this.#who.run(id, start);
    mailbox._process = (event) => {
      this.#processed(id, event.type);
      this.#who.run(id, process, event);
    };
  }
}
