import { Subject } from 'rxjs';
import type { AnyActorRef, AnyEventObject } from 'xstate';
import { InFlight } from './in-flight.ts';

/** Mail that reached nobody. */
export interface DeadLetter {
  readonly to: string;
  readonly event: AnyEventObject;
  readonly reason: 'no such actor' | 'mailbox full' | 'the actor had ended' | 'no event';
}

/** What a mailbox can prove: everything accepted was processed, or this much was not. */
export interface MailProgress {
  readonly accepted: number;
  readonly processed: number;
  /** Kept for an actor that is not ready. */
  readonly held: number;
  /** When the oldest event that was delivered but not processed was delivered; `null` when there is none. */
  readonly unprocessedSince: number | null;
}

interface Box {
  ref: AnyActorRef | null;
  open: boolean;
  /** The actor is over, and nobody is to come after it. */
  over: boolean;
  held: AnyEventObject[];
  readonly flying: InFlight;
  accepted: number;
  processed: number;
  stalled: boolean;
}

/** Not every caller is checked by a compiler; XState throws at what is none, and the actor is wedged. */
const isEvent = (mail: unknown): boolean => typeof (mail as AnyEventObject | null | undefined)?.type === 'string';

const HELD_AT_MOST = 100_000;
const DEAD_LETTERS_KEPT = 1_000;

/**
 * Mail between supervised actors, by systemId. While an actor starts or is restarted its mail is held and delivered in
 * order when it is ready; what can reach nobody becomes a dead letter that can be seen. XState drops both in silence, and
 * its `sendTo` of a missing systemId delivers to the sender itself.
 */
export class Mailboxes {
  readonly #boxes = new Map<string, Box>();
  readonly #below = new Map<string, readonly string[]>();
  readonly #now: () => number;
  readonly deadLetters: DeadLetter[] = [];
  deadLetterCount = 0;
  /** Sends that threw, and the last of them: the actor was wedged by it. */
  faultCount = 0;
  lastFault: { readonly to: string; readonly error: unknown } | null = null;
  /** Every new incarnation, as it is attached. */
  readonly attached = new Subject<{ readonly id: string; readonly ref: AnyActorRef }>();

  constructor(ids: readonly string[], now: () => number) {
    this.#now = now;
    for (const id of ids) {
      this.#boxes.set(id, {
        ref: null,
        open: false,
        over: false,
        held: [],
        flying: new InFlight(),
        accepted: 0,
        processed: 0,
        stalled: false,
      });
    }
  }

  /** Delivers now, or keeps for later. Never throws and never delivers to anybody else. */
  post(to: string, event: AnyEventObject): void {
    const box = this.#boxes.get(to);
    if (!isEvent(event)) this.#dead({ to, event, reason: 'no event' });
    else if (!box) this.#dead({ to, event, reason: 'no such actor' });
    else if (box.over) this.#dead({ to, event, reason: 'the actor had ended' });
    else if (box.open) this.#deliver(box, event);
    else if (box.held.length >= HELD_AT_MOST) this.#dead({ to, event, reason: 'mailbox full' });
    else box.held.push(event);
  }

  /**
   * Delivers past the door: to an actor that lives but takes no ordinary mail (it failed to open, it is being repaired).
   * @returns whether there was a living actor to take it
   */
  urgent(to: string, event: AnyEventObject): boolean {
    const box = this.#boxes.get(to);
    if (box?.ref?.getSnapshot().status !== 'active') return false;
    this.#deliver(box, event);
    return true;
  }

  /** A new incarnation under this id. Mail is held until {@link open}. */
  attach(id: string, ref: AnyActorRef): void {
    this.shut(id);
    const box = this.#box(id);
    box.ref = ref;
    box.over = false;
    box.stalled = false;
    this.attached.next({ id, ref });
  }

  /** The incarnation is ready: what was held is delivered, in order. */
  open(id: string): void {
    const box = this.#box(id);
    if (box.open || !box.ref) return;
    box.open = true;
    // Whoever takes an event may shut the door: what was not delivered by then stays.
    while (box.open) {
      const event = box.held.shift();
      if (event === undefined) return;
      this.#deliver(box, event);
    }
  }

  /** It is about to end, by itself or as it was told: what comes from now on is for whoever comes after it. */
  leave(id: string): void {
    this.#box(id).open = false;
  }

  /** Mail is held from now on; what was delivered but not processed comes first when the next incarnation is ready. */
  shut(id: string): void {
    const box = this.#box(id);
    box.open = false;
    if (box.flying.size > 0) box.held = box.flying.recall().concat(box.held);
  }

  /** These live under a supervisor that has this id: they end where it ends, however it does. */
  supervise(id: string, below: readonly string[]): void {
    this.#below.set(id, below);
  }

  /** It has ended, and all below it: {@link shut} for each. */
  shutAll(id: string): void {
    this.shut(id);
    for (const one of this.#below.get(id) ?? []) this.shutAll(one);
  }

  /** The actor is over and is not to come back, nor is any below it: what waits, and what comes until it is attached again, is dead. */
  end(id: string): void {
    this.shut(id);
    const box = this.#box(id);
    box.over = true;
    for (const event of box.held.splice(0)) this.#dead({ to: id, event, reason: 'the actor had ended' });
    for (const one of this.#below.get(id) ?? []) this.end(one);
  }

  /** Notes what was sent past the mailboxes to an actor that had ended: XState drops it in silence. */
  lost(to: string, event: AnyEventObject): void {
    // What the mailboxes themselves delivered is kept for the next incarnation.
    if (!this.#boxes.get(to)?.flying.has(event)) this.#dead({ to, event, reason: 'the actor had ended' });
  }

  /** To be called with every event an actor has taken. */
  processed(id: string, event: AnyEventObject): void {
    const box = this.#box(id);
    if (box.flying.remove(event)) box.processed++;
  }

  progress(id: string): MailProgress {
    const box = this.#box(id);
    return {
      accepted: box.accepted,
      processed: box.processed,
      held: box.held.length,
      unprocessedSince: box.flying.oldestSince,
    };
  }

  /** Present incarnation of an actor, or `null`. */
  ref(id: string): AnyActorRef | null {
    return this.#boxes.get(id)?.ref ?? null;
  }

  ids(): readonly string[] {
    return [...this.#boxes.keys()];
  }

  /**
   * Makes an actor deaf: its mail is accepted and not delivered, as when a mailbox is wedged. A fault for tests and for
   * fault injection; a restart ends it.
   */
  stall(id: string): void {
    this.#box(id).stalled = true;
  }

  #deliver(box: Box, event: AnyEventObject): void {
    box.accepted++;
    box.flying.add(event, this.#now());
    if (box.stalled) return;
    try {
      box.ref?.send(event);
    } catch (error) {
      // A send throws only where an inspector does, and leaves the actor wedged: it is deaf until it is restarted.
      box.stalled = true;
      this.faultCount++;
      this.lastFault = { to: box.ref?.id ?? '', error };
    }
  }

  #dead(letter: DeadLetter): void {
    this.deadLetterCount++;
    this.deadLetters.push(letter);
    if (this.deadLetters.length > DEAD_LETTERS_KEPT) this.deadLetters.shift();
  }

  #box(id: string): Box {
    const box = this.#boxes.get(id);
    if (!box) throw new Error(`no mailbox for ${id}; known are ${[...this.#boxes.keys()].join(', ')}`);
    return box;
  }
}
