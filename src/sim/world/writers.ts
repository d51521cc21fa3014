import { AsyncLocalStorage } from 'node:async_hooks';
import type { AnyActorRef, AnyEventObject } from 'xstate';
import type { Mailboxes } from '../../healing/mailbox.ts';

/** What is used of XState's insides (5.33): a mailbox hands every event to what it was given when its actor was made. */
interface Inner {
  start(): unknown;
  readonly mailbox: { _process(event: AnyEventObject): void };
}

type Within = ReturnType<typeof AsyncLocalStorage.snapshot>;

/** Knows, of whatever is done in a process, which actor is behind it: across promises, timers and what its children do. */
export class Writers {
  readonly #who = new AsyncLocalStorage<string>();
  /** Where each actor is behind what is done: made once, for there are many events. */
  readonly #within = new Map<string, Within>();
  readonly #takes: (id: string, event: AnyEventObject) => void;
  readonly #took: (id: string) => void;

  /**
   * @param takes told of every event an actor takes, before it does
   * @param took told after that, and when an actor has started
   */
  constructor(takes: (id: string, event: AnyEventObject) => void, took: (id: string) => void) {
    this.#takes = takes;
    this.#took = took;
  }

  /** The actor that is behind what is done now; `null` for nobody in particular. */
  get present(): string | null {
    return this.#who.getStore() ?? null;
  }

  /** The same work, with whoever is behind it now. */
  kept(work: () => void): () => void {
    const who = this.#who.getStore();
    if (who === undefined) return work;
    const within = this.#withinOf(who);
    return () => within(work);
  }

  #withinOf(who: string): Within {
    const within = this.#within.get(who) ?? this.#who.run(who, () => AsyncLocalStorage.snapshot());
    this.#within.set(who, within);
    return within;
  }

  /** From now on it is known of every actor of these mailboxes. */
  follow(mailboxes: Mailboxes): void {
    mailboxes.attached.subscribe(({ id, ref }) => this.#name(id, ref));
  }

  #name(id: string, ref: AnyActorRef): void {
    const inner = ref as unknown as Inner;
    const within = this.#withinOf(id);
    const start = inner.start.bind(ref);
    const { mailbox } = inner;
    const process = mailbox._process;
    inner.start = () => {
      const started = within(start);
      this.#took(id);
      return started;
    };
    mailbox._process = (event) => {
      this.#takes(id, event);
      within(process, event);
      this.#took(id);
    };
  }
}
