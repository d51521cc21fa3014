import {
  type AlertBook,
  type AlertPolicy,
  aheadIn,
  alertKey,
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
import { type Alert, type AlertSink, type Alerts, type Notice, noticeKey, type Recovery } from '../ports/alerts.ts';
import type { Chance } from '../ports/chance.ts';
import type { Clock, TimerId } from '../ports/clock.ts';
import { says } from '../ports/says.ts';
import type { World } from '../ports/world.ts';
import { AlertDelivery } from './alert-delivery.ts';
import {
  ALERTS_STATE_FILE,
  compared,
  type Left,
  loadOutbox,
  nothingLeft,
  type Outbox,
  pastOf,
} from './alert-outbox.ts';

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

async function readAll<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
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
  /** What earlier lives left in the outbox; `null` while the disk refuses it: then nothing is written over it. */
  #left: Left | null = null;
  /** What this life has said last, by {@link alertKey}, while it does not know all that was said before; `null` when it does. */
  #own: Map<string, Notice> | null = new Map();
  #lastWritten: string | null = null;
  /** Ends that neither the outbox nor the file has: whoever is far away would know of one that the next life does not. */
  readonly #unnoted = new Set<Notice>();
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
    this.#deliveries = [file, ...sinks].map((sink) => this.#delivery(sink));
    const isNews = await this.#learn();
    const waiting = this.#waiting();
    if (waiting > 0) log.info(`${waiting} deliveries of alerts were left from the last run and go on`);
    if (isNews) await this.#save();
    this.#send();
    await this.#deliveries[0]?.settled();
    this.#arm();
    this.#readLater();
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
    await this.#learn();
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
    if ((this.#failedSaves > 0 || !this.#left) && waiting > 0)
      log.error(`${waiting} deliveries of alerts are lost with this process`);
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

  #delivery(sink: AlertSink): AlertDelivery {
    const { outside, log, clean, clock } = this.#options;
    return new AlertDelivery({
      sink,
      clock: outside,
      chance: () => this.#jitter.next(),
      log,
      holdsBack: (notice) => sink !== this.#options.file && this.#unnoted.has(notice),
      changed: (done) => {
        if (sink === this.#options.file) this.#wasWritten(done);
        this.#saveSoon();
      },
      givenUp: (notice, why) => {
        const at = new Date(clock.now()).toISOString();
        const one = clean({ sink: sink.id, why, at, notice });
        this.#undelivered = [...this.#undelivered, one].slice(-UNDELIVERED_KEPT);
      },
    });
  }

  #wasWritten(notices: readonly Notice[]): void {
    const last = notices.at(-1);
    if (last) this.#lastWritten = noticeKey(last);
    if (this.#areNoted(notices)) this.#send();
  }

  /** @returns whether one of them was held back until now */
  #areNoted(notices: readonly Notice[]): boolean {
    return notices.filter((notice) => this.#unnoted.delete(notice)).length > 0;
  }

  async #enter({ book, notices }: Entry): Promise<void> {
    if (book === this.#book) return;
    this.#book = book;
    this.#noteTold(notices);
    for (const notice of notices) {
      this.#own?.set(alertKey(notice), notice);
      if (notice.state === 'resolved') this.#unnoted.add(notice);
      // What fires again is told behind its end.
      else this.#areNoted([...this.#unnoted].filter((end) => alertKey(end) === alertKey(notice)));
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

  /** Never rejects: what the disk refuses is tried again. What waits in an outbox that could not be read yet is not written over. */
  async #save(): Promise<void> {
    if (!this.#left) return;
    // What of the past could not be read is still to be compared, by the next life where this one cannot.
    const lastWritten = this.#own ? this.#left.last_written : this.#lastWritten;
    const { store, log, clock, outside } = this.#options;
    const waiting = this.#deliveries.map(({ id, waiting: queue }) => [id, queue] as const);
    const ahead = aheadIn(this.#book);
    const ends = [...this.#unnoted];
    const document = {
      schema: 1,
      firing: lastTold(this.#book),
      waiting: { ...this.#others, ...Object.fromEntries(waiting) },
      undelivered: this.#undelivered,
      ...(ahead.length > 0 ? { ahead } : {}),
      last_written: lastWritten,
      last_updated: new Date(clock.now()).toISOString(),
    };
    try {
      await store.save(ALERTS_STATE_FILE, document);
      this.#failedSaves = 0;
      if (this.#areNoted(ends)) this.#send();
    } catch (error) {
      if (this.#failedSaves === 0)
        log.error(`what is to be told cannot be kept: ${says(error)}; it is told all the same`);
      const wait = backoffMs(ACTOR_BACKOFF, this.#failedSaves, this.#jitter.next());
      this.#failedSaves++;
      if (this.#savingAgain !== null) outside.clearTimeout(this.#savingAgain);
      this.#savingAgain = this.#closing ? null : outside.setTimeout(() => this.#saveSoon(), wait);
    }
  }

  /** What was told before, and what is still to be told; `null` where the disk does not let it be read. */
  async #read<T>(what: string, reading: () => Promise<T>): Promise<T | null> {
    try {
      return await reading();
    } catch (error) {
      if (this.#failedReads === 0)
        this.#options.log.error(
          `${what} cannot be read: ${says(error)}; it is tried again, and nothing written over it`,
        );
      return null;
    }
  }

  /** Whoever does not know that an earlier life said that something fires never says that it is over. */
  #readLater(): void {
    if (!this.#own || this.#closing) return;
    const { outside, pending } = this.#options;
    const wait = backoffMs(ACTOR_BACKOFF, this.#failedReads, this.#jitter.next());
    this.#failedReads++;
    this.#readingAgain = outside.setTimeout(() => void pending.track(this.#readAgain()), wait);
  }

  async #readAgain(): Promise<void> {
    const before = this.#left;
    const isNews = await this.#learn();
    if (this.#closing) return;
    this.#readLater();
    this.#arm();
    if (isNews || this.#left !== before || !this.#own) await this.#save();
    this.#send();
  }

  /** Reads what could not be read so far. @returns whether the outbox is to be written */
  async #learn(): Promise<boolean> {
    if (!this.#own) return false;
    const { file } = this.#options;
    const left = this.#left ?? (await this.#read(ALERTS_STATE_FILE, () => loadOutbox(this.#options)));
    const told = await this.#read('what was told before', () => readAll(file.told()));
    return this.#takeOver(left, told);
  }

  /** What this life has said itself is newer than what earlier ones have. */
  #takeOver(left: Left | null, told: readonly Notice[] | null): boolean {
    const own = this.#own;
    if (!own) return false;
    const now = this.#options.clock.now();
    const known = left ?? nothingLeft(now);
    const { firing, again, forFile } = compared(known, told ?? []);
    const past = pastOf(told ?? [], forFile);
    if (left && !this.#left)
      this.#takeQueues({ ...left, waiting: { ...left.waiting, [this.#options.file.id]: [...forFile] } }, own);
    const isOurs = (notice: Notice): boolean => own.has(alertKey(notice));
    const news = again.filter((notice) => !isOurs(notice));
    const theirs = remembered(firing.filter((notice) => !isOurs(notice)));
    const ours = [...this.#book].filter(([key]) => own.has(key));
    this.#book = new Map([...putRight(theirs, known.ahead ?? [], now), ...ours]);
    this.#noteTold(past);
    for (const notice of news) {
      own.set(alertKey(notice), notice);
      for (const delivery of this.#deliveries.slice(1)) if (delivery.wants(notice)) delivery.add(notice);
    }
    this.#left ??= left;
    if (left && told) {
      this.#own = null;
      this.#wasWritten(told);
    }
    const isSetBack = aheadIn(this.#book).some(({ id }) => !known.ahead?.some((one) => one.id === id));
    return known.isLost === true || news.length > 0 || isSetBack;
  }

  #takeQueues(left: Left, own: ReadonlyMap<string, Notice>): void {
    const ids = new Set(this.#deliveries.map(({ id }) => id));
    this.#others = Object.fromEntries(Object.entries(left.waiting).filter(([id]) => !ids.has(id)));
    this.#undelivered = [...left.undelivered.filter(({ sink }) => !ids.has(sink)), ...this.#undelivered];
    for (const delivery of this.#deliveries) {
      // What was refused is tried once more: the settings may have been corrected.
      const refused = left.undelivered.flatMap((one) => (one.sink === delivery.id ? [one.notice] : []));
      const waiting = [...refused, ...(left.waiting[delivery.id] ?? [])];
      const newer = new Set(waiting.flatMap((notice) => own.get(alertKey(notice)) ?? []));
      // The file has what is newer, and in the order of time; whoever is far away is told again how it stands now.
      const due =
        delivery === this.#deliveries[0]
          ? waiting.filter((notice) => !own.has(alertKey(notice)))
          : [...waiting, ...newer];
      for (const notice of due) delivery.add(notice);
    }
  }
}
