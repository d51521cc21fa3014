import { type Backoff, backoffMs } from '../healing/backoff.ts';
import type { AlertSink, Delivered, Notice } from '../ports/alerts.ts';
import type { Clock, TimerId } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import { says } from '../ports/says.ts';

/** After Alertmanager and Kubernetes: soon at first, and no storm on a sink that is down for a day. */
const BACKOFF: Backoff = { firstMs: 1_000, capMs: 300_000 };
/** A sink that asks for more than this is asked again all the same, ms. */
const LONGEST_WISH_MS = 3_600_000;

export interface DeliveryOptions {
  readonly sink: AlertSink;
  /** The clock of the world outside, whatever time the bot lives in. */
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly chance: () => number;
  readonly log: Logger;
  /** It is not to be sent yet, and holds up nothing behind it. */
  readonly holdsBack: (notice: Notice) => boolean;
  /** These wait no more: it is time to write that down. */
  readonly changed: (done: readonly Notice[]) => void;
  /** A notice that the sink will never take. */
  readonly givenUp: (notice: Notice, why: string) => void;
}

/** The queue of one sink, delivered in order, at least once. What one sink does concerns no other. */
export class AlertDelivery {
  readonly #options: DeliveryOptions;
  readonly #abort = new AbortController();
  #queue: readonly Notice[] = [];
  #timer: TimerId | null = null;
  #sending: Promise<void> | null = null;
  #failures = 0;
  /** A delivery of several was refused for good: one by one shows which of them. */
  #oneByOne = false;
  #refusalTold = false;
  #closing = false;
  #closed = false;

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  get id(): string {
    return this.#options.sink.id;
  }

  get waiting(): readonly Notice[] {
    return this.#queue;
  }

  wants({ level }: Notice): boolean {
    return this.#options.sink.takesAll || level === 'CRITICAL';
  }

  /** Adds to the queue; nothing is sent before {@link begin}. */
  add(notice: Notice): void {
    const [oldest, ...rest] = this.#queue;
    const { id, waitingAtMost } = this.#options.sink;
    if (oldest && rest.length + 1 >= waitingAtMost) {
      this.#queue = rest;
      this.#options.givenUp(oldest, `more than ${waitingAtMost} wait for ${id}`);
    }
    this.#queue = [...this.#queue, notice];
  }

  /** Sends what waits, unless that is under way already or waits for its turn. */
  begin(): void {
    if (this.#closed || this.#due().length === 0 || this.#sending || this.#timer !== null) return;
    const { gatherMs } = this.#options.sink;
    if (gatherMs > 0 && !this.#closing) this.#wait(gatherMs);
    else this.#send();
  }

  /** Resolves when nothing is being sent. */
  async settled(): Promise<void> {
    while (this.#sending) await this.#sending;
  }

  /** Sends what waits once more, without waiting for its turn, and sends nothing after that. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#clearTimer();
    this.begin();
    await this.settled();
    this.#closed = true;
  }

  /** Breaks off what is being sent. */
  abort(): void {
    this.#closed = true;
    this.#abort.abort();
  }

  #due(): readonly Notice[] {
    return this.#queue.filter((notice) => !this.#options.holdsBack(notice));
  }

  #clearTimer(): void {
    if (this.#timer !== null) this.#options.clock.clearTimeout(this.#timer);
    this.#timer = null;
  }

  #wait(ms: number): void {
    this.#timer = this.#options.clock.setTimeout(() => {
      this.#timer = null;
      this.#send();
    }, ms);
  }

  #send(): void {
    const { sink } = this.#options;
    const batch = this.#due().slice(0, this.#oneByOne ? 1 : sink.atOnce);
    if (batch.length === 0) return;
    this.#sending = this.#deliver(batch).then((outcome) => {
      this.#sending = null;
      if (outcome.ok) this.#taken(batch);
      else if (outcome.retry) this.#failed(outcome);
      else this.#refused(batch, outcome.why);
    });
  }

  async #deliver(batch: readonly Notice[]): Promise<Delivered> {
    try {
      return await this.#options.sink.deliver(batch, this.#abort.signal);
    } catch (error) {
      return { ok: false, retry: true, afterMs: null, why: says(error) };
    }
  }

  #drop(batch: readonly Notice[]): void {
    this.#queue = this.#queue.filter((notice) => !batch.includes(notice));
    if (this.#queue.length === 0) this.#oneByOne = false;
    this.#options.changed(batch);
    this.begin();
  }

  #taken(batch: readonly Notice[]): void {
    const { log, sink } = this.#options;
    if (this.#failures > 0) log.info(`alerts reach ${sink.id} again, after ${this.#failures} failed deliveries`);
    this.#failures = 0;
    this.#refusalTold = false;
    this.#drop(batch);
  }

  #failed({ why, afterMs }: Extract<Delivered, { ok: false }>): void {
    const { log, sink, chance } = this.#options;
    if (this.#failures === 0) {
      log.error(`alerts cannot be delivered to ${sink.id}: ${why}; ${this.#queue.length} wait and are tried again`);
    }
    const wait = backoffMs(BACKOFF, this.#failures, chance());
    this.#failures++;
    if (!this.#closing) this.#wait(Math.max(wait, Math.min(afterMs ?? 0, LONGEST_WISH_MS)));
  }

  #refused(batch: readonly Notice[], why: string): void {
    const [first] = batch;
    if (batch.length > 1 || !first) {
      this.#oneByOne = true;
      this.begin();
      return;
    }
    if (!this.#refusalTold) {
      const { log, sink } = this.#options;
      log.error(
        `${sink.id} refuses alerts for good: ${why}. Correct the settings of "alerts" and start again; until then they are under "undelivered" in state/alerts.json`,
      );
    }
    this.#refusalTold = true;
    this.#options.givenUp(first, why);
    this.#drop(batch);
  }
}
