import {
  type AlertBook,
  type AlertPolicy,
  aheadIn,
  type Entry,
  lastTold,
  nextRepeat,
  putRight,
  raised,
  remembered,
  repeated,
  resolved,
} from '../healing/alert-book.ts';
import { ACTOR_BACKOFF, backoffMs } from '../healing/backoff.ts';
import type { Alert, AlertSink, Alerts, Notice, Recovery } from '../ports/alerts.ts';
import type { Chance } from '../ports/chance.ts';
import type { Clock, TimerId } from '../ports/clock.ts';
import { says } from '../ports/says.ts';
import type { World } from '../ports/world.ts';
import { AlertDelivery } from './alert-delivery.ts';
import { ALERTS_STATE_FILE, compared, loadOutbox, type Outbox, pastOf } from './alert-outbox.ts';

/** For so long it is known what was told, ms. */
const TOLD_KEPT_MS = 86_400_000;

/** Of what no sink would take, the newest. */
const UNDELIVERED_KEPT = 200;

/** `logs/operator_alerts.jsonl`: a sink as well, and the memory that is left where the outbox is lost. */
export interface AlertFile extends AlertSink {
  /** Every notice that stands in it, in order. Throws `FileFault`. */
  told(): AsyncIterable<Notice>;
  close(): Promise<void>;
}

export interface AlertDeskOptions extends Pick<World, 'clock' | 'store' | 'quarantine' | 'pending' | 'log' | 'chance'> {
  readonly file: AlertFile;
  readonly sinks: readonly AlertSink[];
  /** The time of the world outside, in which deliveries wait; the bot may live in another. */
  readonly outside: Clock;
  readonly repeatAfterMs: number;
  /** How long a stop waits for the last deliveries, ms. */
  readonly stopWithinMs: number;
  /** Takes secrets, and what is no JSON, out of a value. */
  readonly clean: <T>(value: T) => T;
}

/** Tells the operator what is critical: once while it lasts, at least once to every sink, and when it is over. */
export class AlertDesk implements Alerts {
  readonly #options: AlertDeskOptions;
  readonly #policy: AlertPolicy;
  /** Apart from the ids: how often the network fails must not change what stands in the records. */
  readonly #jitter: Chance;
  #book: AlertBook = new Map();
  #deliveries: readonly AlertDelivery[] = [];
  /** What waits for sinks that are not set up. */
  #others: Outbox['waiting'] = {};
  #undelivered: Outbox['undelivered'] = [];
  /** When each alert was last told, ms, by id: of the last day. */
  readonly #toldAt = new Map<string, number>();
  #repeating: TimerId | null = null;
  #savingAgain: TimerId | null = null;
  #failedSaves = 0;
  #readingAgain: TimerId | null = null;
  #failedReads = 0;
  #closing = false;

  constructor(options: AlertDeskOptions) {
    const { chance, repeatAfterMs } = options;
    this.#options = options;
    this.#jitter = chance.fork('jitter');
    this.#policy = { repeatAfterMs, newId: (now) => `alert_${now}_${chance.hex(8)}` };
  }

  /** Reads what earlier lives left to be told, and goes on telling it. Never rejects. */
  async open(): Promise<void> {
    const { file, sinks, log } = this.#options;
    const left = await loadOutbox(this.#options);
    const told = await this.#told();
    const past = pastOf(told ?? [], left.waiting[file.id] ?? []);
    const { firing, again } = compared(left, past);
    this.#noteTold(past);
    this.#book = putRight(remembered(firing), left.ahead ?? [], this.#options.clock.now());
    const all = [file, ...sinks];
    const own = new Set(all.map(({ id }) => id));
    this.#others = Object.fromEntries(Object.entries(left.waiting).filter(([id]) => !own.has(id)));
    this.#undelivered = left.undelivered.filter(({ sink }) => !own.has(sink));
    this.#deliveries = all.map((sink) => {
      // What was refused is tried once more: the settings may have been corrected.
      const refused = left.undelivered.flatMap((one) => (one.sink === sink.id ? [one.notice] : []));
      const news = sink === file ? [] : again.filter(({ level }) => sink.takesAll || level === 'CRITICAL');
      return this.#delivery(sink, [...refused, ...(left.waiting[sink.id] ?? []), ...news]);
    });
    const waiting = this.#waiting();
    if (waiting > 0) log.info(`${waiting} deliveries of alerts were left from the last run and go on`);
    const isSetBack = aheadIn(this.#book).some(({ id }) => !left.ahead?.some((known) => known.id === id));
    if (left.isLost || again.length > 0 || isSetBack) await this.#save();
    this.#send();
    await this.#deliveries[0]?.settled();
    this.#arm();
    if (told === null) this.#readLater();
  }

  async raise(alert: Alert): Promise<void> {
    const { clean, clock } = this.#options;
    await this.#enter(raised(this.#book, clean(alert), clock.now(), this.#policy));
  }

  async resolve(recovery: Recovery): Promise<void> {
    const { clean, clock } = this.#options;
    await this.#enter(resolved(this.#book, clean(recovery), clock.now()));
  }

  firing(category: string): readonly string[] {
    return [...this.#book.values()].flatMap((one) => (one.category === category ? [one.subject] : []));
  }

  toldSince(at: number): number {
    return [...this.#toldAt.values()].filter((toldAt) => toldAt >= at).length;
  }

  /** Sends once more what waits, for `stopWithinMs` at most; the rest stays in the outbox for the next start. */
  async close(): Promise<void> {
    const { clock, outside, file, log, stopWithinMs } = this.#options;
    this.#closing = true;
    if (this.#repeating !== null) clock.clearTimeout(this.#repeating);
    if (this.#savingAgain !== null) outside.clearTimeout(this.#savingAgain);
    if (this.#readingAgain !== null) outside.clearTimeout(this.#readingAgain);
    let timer: TimerId = 0;
    const timeIsOver = new Promise<void>((resolve) => {
      timer = outside.setTimeout(() => {
        for (const delivery of this.#deliveries) delivery.abort();
        resolve();
      }, stopWithinMs);
    });
    await Promise.race([Promise.all(this.#deliveries.map((delivery) => delivery.close())), timeIsOver]);
    outside.clearTimeout(timer);
    await this.#save();
    const waiting = this.#waiting();
    if (this.#failedSaves > 0 && waiting > 0) log.error(`${waiting} deliveries of alerts are lost with this process`);
    else if (waiting > 0) log.warn(`${waiting} deliveries of alerts wait in ${ALERTS_STATE_FILE} for the next start`);
    await file.close();
  }

  #noteTold(notices: readonly Notice[]): void {
    for (const { id, state, timestamp } of notices) if (state === 'firing') this.#toldAt.set(id, timestamp * 1000);
    const since = this.#options.clock.now() - TOLD_KEPT_MS;
    for (const [id, at] of this.#toldAt) if (at < since) this.#toldAt.delete(id);
  }

  #waiting(): number {
    return this.#deliveries.reduce((sum, { waiting }) => sum + waiting.length, 0);
  }

  #delivery(sink: AlertSink, waiting: readonly Notice[]): AlertDelivery {
    const { outside, log, clean, clock } = this.#options;
    return new AlertDelivery({
      sink,
      clock: outside,
      chance: () => this.#jitter.next(),
      log,
      waiting,
      changed: () => this.#saveSoon(),
      givenUp: (notice, why) => {
        const at = new Date(clock.now()).toISOString();
        const one = clean({ sink: sink.id, why, at, notice });
        this.#undelivered = [...this.#undelivered, one].slice(-UNDELIVERED_KEPT);
      },
    });
  }

  async #enter({ book, notices }: Entry): Promise<void> {
    if (book === this.#book) return;
    this.#book = book;
    this.#noteTold(notices);
    for (const notice of notices) {
      for (const delivery of this.#deliveries) if (delivery.wants(notice)) delivery.add(notice);
    }
    this.#arm();
    await this.#save();
    // A disk that refuses to note it is all the more reason to tell.
    this.#send();
    await this.#deliveries[0]?.settled();
  }

  #send(): void {
    for (const delivery of this.#deliveries) delivery.begin();
  }

  /** Sets the time at which what goes on firing is told again. */
  #arm(): void {
    const { clock, pending } = this.#options;
    if (this.#repeating !== null) clock.clearTimeout(this.#repeating);
    const now = clock.now();
    const at = this.#closing ? null : nextRepeat(this.#book, this.#policy);
    this.#repeating =
      at === null
        ? null
        : clock.setTimeout(() => {
            void pending.track(this.#enter(repeated(this.#book, clock.now(), this.#policy)));
          }, at - now);
  }

  #saveSoon(): void {
    void this.#options.pending.track(this.#save());
  }

  /** Never rejects: what the disk refuses is tried again. */
  async #save(): Promise<void> {
    const { store, log, clock, outside } = this.#options;
    const waiting = this.#deliveries.map(({ id, waiting: queue }) => [id, queue] as const);
    const ahead = aheadIn(this.#book);
    const document = {
      schema: 1,
      firing: lastTold(this.#book),
      waiting: { ...this.#others, ...Object.fromEntries(waiting) },
      undelivered: this.#undelivered,
      ...(ahead.length > 0 ? { ahead } : {}),
      last_updated: new Date(clock.now()).toISOString(),
    };
    try {
      await store.save(ALERTS_STATE_FILE, document);
      this.#failedSaves = 0;
    } catch (error) {
      if (this.#failedSaves === 0)
        log.error(`what is to be told cannot be kept: ${says(error)}; it is told all the same`);
      const wait = backoffMs(ACTOR_BACKOFF, this.#failedSaves, this.#jitter.next());
      this.#failedSaves++;
      if (this.#savingAgain !== null) outside.clearTimeout(this.#savingAgain);
      this.#savingAgain = this.#closing ? null : outside.setTimeout(() => this.#saveSoon(), wait);
    }
  }

  /** The past, as the file has it; `null` where it cannot be read. */
  async #told(): Promise<readonly Notice[] | null> {
    const told: Notice[] = [];
    try {
      for await (const notice of this.#options.file.told()) told.push(notice);
      return told;
    } catch (error) {
      const { log } = this.#options;
      if (this.#failedReads === 0) log.error(`what was told before cannot be read: ${says(error)}; it is tried again`);
      return null;
    }
  }

  /** Whoever does not know that an earlier life said that something fires never says that it is over. */
  #readLater(): void {
    const { outside, pending } = this.#options;
    const wait = backoffMs(ACTOR_BACKOFF, this.#failedReads, this.#jitter.next());
    this.#failedReads++;
    this.#readingAgain = outside.setTimeout(() => void pending.track(this.#learn()), wait);
  }

  /** What this life has said itself is newer than what earlier ones have. */
  async #learn(): Promise<void> {
    const told = await this.#told();
    if (this.#closing) return;
    if (told === null) return this.#readLater();
    const [own, ...others] = this.#deliveries;
    const past = remembered(pastOf(told, own?.waiting ?? []));
    const unknown = new Map([...past].filter(([key]) => !this.#book.has(key)));
    const news = putRight(unknown, [], this.#options.clock.now());
    this.#noteTold(told);
    this.#book = new Map([...news, ...this.#book]);
    for (const notice of lastTold(news))
      for (const delivery of others) if (delivery.wants(notice)) delivery.add(notice);
    this.#arm();
    await this.#save();
    this.#send();
  }
}
