import {
  type Appended,
  type EventLog,
  type LogRecord,
  type LogRepair,
  type LogVerdict,
  type Opened,
  type Position,
  SEGMENT_SPAN,
} from '../ports/event-log.ts';
import { type AppendHandle, FileFault, type Files } from '../ports/files.ts';
import type { Quarantine } from '../ports/quarantine.ts';
import { GroupCommit } from './group-commit.ts';
import type { LineBatch } from './line-batch.ts';
import { LineMemory } from './line-memory.ts';
import { LogKnowledge } from './log-knowledge.ts';
import { endForeignLine, endRacedLine, endTail, Leftover, NEWLINE } from './log-leftover.ts';
import { mendAll } from './log-mend.ts';
import { exchange, type LogMirror, witnessesOf } from './log-mirror.ts';
import { highestGlued } from './log-salvage.ts';
import { recordsOf } from './log-scan.ts';
import { type JsonlLogOptions, ONLY, type Rotation, type Segment } from './log-segment.ts';
import { setUnarrivedAside } from './log-unarrived.ts';
import { verdictOf } from './log-verdict.ts';
import { makeWritable, openIfAllowed } from './make-writable.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { OpenHandle } from './open-handle.ts';
import { putBack, putBackEnd } from './put-back.ts';
import { recreateFile } from './recreate-file.ts';
import { rememberEnd } from './remember-end.ts';
import { RotationDue } from './rotation-due.ts';
import { bears, sealFile } from './seal-file.ts';

/**
 * One JSONL log with one writer (DESIGN §5). Appending and looking after the log do not wait for each other: appends only
 * touch the end, repairs only what stood before it. Only a file that has to be made anew makes both wait.
 */
export class JsonlLog implements EventLog {
  readonly path: string;
  readonly #files: Files;
  readonly #quarantine: Quarantine;
  readonly #options: JsonlLogOptions;
  readonly #sequenced: boolean;
  readonly #appending = oneAtATime();
  readonly #caring = oneAtATime();
  readonly #commits: GroupCommit;
  #segment = ONLY;
  #memory: LineMemory;
  #mirror: LogMirror | null;
  #known: LogKnowledge;
  readonly #open = new OpenHandle();
  /** Which file it was when it was closed last. */
  #left: string | null = null;
  /** The highest number ever given: one given once is never given again, even where the line that bore it is gone. */
  #lastSeq = 0;
  /** Where an append begins that is on its way to the disk. */
  #unacknowledgedFrom: number | null = null;
  readonly #leftover: Leftover;
  readonly #rotation = new RotationDue();
  /** A rotation made a file that is not open yet. */
  #toOpen = false;

  constructor(files: Files, quarantine: Quarantine, path: string, options: JsonlLogOptions) {
    this.path = path;
    this.#files = files;
    this.#quarantine = quarantine;
    this.#options = options;
    this.#sequenced = options.sequenced;
    this.#mirror = options.mirror ?? null;
    this.#memory = new LineMemory(options.remembered);
    this.#leftover = new Leftover(quarantine, options);
    this.#known = this.#nothingKnown(0);
    this.#commits = new GroupCommit({
      path,
      sequenced: options.sequenced,
      tellsPlace: files.durability === 'synced',
      lastSeq: () => this.#lastSeq,
      commit: (batch, lastSeq, writing) => this.#commit(batch, lastSeq, writing),
      exclusively: (flush) => this.#appending(flush),
    });
  }

  get waiting(): number {
    return this.#commits.waiting;
  }

  /** The highest number it has given. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  get segment(): Segment {
    return this.#segment;
  }

  /** Where the next append begins, when those are over that wait now. */
  end(): Promise<Position> {
    return this.#appending(async () => {
      const stat = await (this.#open.present ? this.#open.present.stat() : this.#files.stat(this.path));
      return this.#place(stat?.size ?? 0);
    });
  }

  /** Which segment it is, where it is not the only one; to be said before it is opened. */
  continueFrom(segment: Segment): void {
    if (segment.after !== this.#known.nothing.lastSeq) this.#known = this.#nothingKnown(segment.after);
    // What is remembered stands in the one before.
    if (segment.index !== this.#segment.index) this.#left = null;
    this.#segment = segment;
    this.#lastSeq = Math.max(this.#lastSeq, segment.after);
  }

  open({ create }: Parameters<EventLog['open']>[0]): Promise<Opened> {
    return this.#alone(async () => {
      await this.#recreate('if it is lost');
      await this.#letGo();
      if (!this.#mirror) await putBack(this.#files, this.#quarantine, this.path, this.#left, this.#memory);
      const copied = ((await this.#mirror?.size()) ?? 0) > 0;
      const existed = copied || (await this.#files.stat(this.path)) !== null;
      if (!existed && create === 'never') return { existed, records: 0, archived: false, lost: null };
      const handle = await this.#files.openAppend(this.path, { create: create === 'always' || copied });
      await this.#open.replace(handle);
      if (this.#left === (await handle.stat()).identity) await this.#mendEnd(handle);
      else if (this.#files.durability === 'synced') await this.#leftover.inherit(handle);
      const given = this.#lastSeq;
      await this.#look(handle, 'full');
      await this.#exchange(handle);
      if (this.#known.scan.tail !== null) await handle.append(NEWLINE);
      // Whoever was killed between a write and its sync has left what the system shows, and the medium may not have: nobody is to act on that.
      await handle.sync();
      await this.#look(handle, 'new');
      if (this.#sequenced) {
        if (await setUnarrivedAside(handle, this.#known.scan, this.#quarantine)) {
          await this.#mirror?.become(handle);
          await this.#look(handle, 'full');
          // What nobody was told of is given again.
          this.#lastSeq = Math.max(given, this.#known.scan.lastSeq);
        }
        this.#lastSeq = Math.max(this.#lastSeq, await highestGlued(handle, this.#known.scan.bad));
      }
      await this.#mirror?.follow(handle);
      this.#memory = await rememberEnd(this.#options.remembered, handle, this.#known.scan.bad);
      const { records, lastSeq, between } = this.#known.scan;
      const isLost = given > lastSeq && between.gone + between.unnumbered.length === 0;
      return { existed, records, archived: false, lost: isLost ? [lastSeq + 1, given] : null };
    });
  }

  async *replay(): AsyncIterable<LogRecord> {
    for await (const { record } of this.entries(this.#place(0))) yield record;
  }

  async *entries(from: Position, to?: Position): ReturnType<EventLog['entries']> {
    const { handle, size } = await this.#appending(async () => {
      const own = await this.#open.borrow(() => this.#files.openAppend(this.path, { create: false }));
      return { handle: own, size: (await own.stat()).size };
    });
    const base = this.#place(0);
    try {
      const end = Math.min(size, this.#leftover.from, (to ?? Number.POSITIVE_INFINITY) - base);
      for await (const { record, offset } of recordsOf(handle, from - base, end, this.#sequenced))
        yield { record, offset: base + offset };
    } finally {
      await this.#open.release(handle);
    }
  }

  append(record: LogRecord): Promise<Appended> {
    return this.#commits.append(record);
  }

  verify({ full = false, sweepBytes = 0 }: Parameters<EventLog['verify']>[0] = {}): Promise<LogVerdict> {
    return this.#caring(() => this.#verify(full, sweepBytes));
  }

  repair(): Promise<LogRepair> {
    return this.#caring(() => this.#repair());
  }

  /**
   * Closes it. One that has lost its name is put back first: what it holds, nobody else does. Where the disk refuses that, it
   * rejects; a sequenced log is then kept open, and is put back by the next opening.
   */
  close(): Promise<void> {
    return this.#alone(async () => {
      try {
        await this.#recreate('if it is lost');
      } catch (error) {
        if (!this.#sequenced) await this.#letGo();
        throw error;
      }
      await this.#letGo();
      await this.#mirror?.close();
    });
  }

  async #letGo(): Promise<void> {
    if (this.#open.present) this.#left = (await this.#open.present.stat()).identity;
    await this.#open.replace(null);
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    return this.#caring(() => this.#appending(work));
  }

  #nothingKnown(after: number): LogKnowledge {
    return new LogKnowledge(this.#sequenced, after, (...line) => this.#memory.holds(...line));
  }

  #place(offset: number): Position {
    return this.#segment.index * SEGMENT_SPAN + offset;
  }

  async #commit(batch: LineBatch, lastSeq: number | null, writing: () => void): Promise<Position> {
    const handle = await this.#reopen();
    if (!handle) throw new FileFault('append to', this.path, 'EBADF', 'the log is not open');
    await this.#leftover.clear(handle);
    const found = await handle.stat();
    if (this.#memory.end > found.size || this.#known.mayHaveForeignTail(found)) {
      await this.#mendEnd(handle);
      await endForeignLine(handle);
    }
    const before = await handle.stat();
    const bytes = batch.bytes();
    let at: number;
    this.#unacknowledgedFrom = before.size;
    try {
      at = await handle.append(bytes);
      await endRacedLine(handle, before.size, at, this.#quarantine, this.#options.log);
      const durable = Promise.all([handle.sync(), this.#mirror?.follow(handle)]);
      writing();
      await durable;
    } catch (error) {
      if (await this.#leftover.note(handle, before.size, bytes)) this.#known.distrust();
      throw error;
    } finally {
      this.#unacknowledgedFrom = null;
    }
    // It is durable: whoever cannot look at the log any more must not have it written twice.
    const after = await handle.stat().catch(() => null);
    this.#known.noteAppended(after, at + bytes.length);
    this.#lastSeq = Math.max(this.#lastSeq, lastSeq ?? 0);
    this.#memory.remember(at, bytes, batch.ends);
    const place = this.#place(at);
    this.#rotation.at(after?.size ?? at + bytes.length, this.#options.rotation, (due) =>
      this.#alone(() => this.#rotate(due)),
    );
    return place;
  }

  /**
   * Goes on in a new file. The old one first gets its second name and then loses the first, by a rename over it: at no moment is
   * there no file of this name, and a crash between is finished at the next opening.
   */
  async #rotate({ bytes, nameOf, sealed }: Rotation): Promise<void> {
    const handle = this.#open.present;
    if (!handle) return;
    await this.#mendEnd(handle);
    const { size, identity } = await handle.stat();
    if (size < bytes) return;
    await endForeignLine(handle);
    await this.#look(handle, 'new');
    const name = nameOf(this.#segment.index);
    const old = await sealFile(this.#files, this.path, name, identity);
    await this.#goOn(name, old, sealed);
  }

  /** What was written until now is a segment of its own, and the file of this name is new and empty. */
  async #goOn(name: string, old: AppendHandle, sealed: Rotation['sealed']): Promise<void> {
    sealed(await this.#sealedAs(name, old));
    this.#segment = { index: this.#segment.index + 1, after: this.#lastSeq };
    this.#known = this.#nothingKnown(this.#lastSeq);
    this.#memory = new LineMemory(this.#options.remembered);
    this.#rotation.done();
    await this.#open.replace(null);
    this.#toOpen = true;
    await this.#reopen();
  }

  /** What was known of this log is known of the segment. */
  async #sealedAs(name: string, handle: AppendHandle): Promise<JsonlLog> {
    const { mirror: _, rotation: __, ...options } = this.#options;
    const mirror = await this.#mirror?.seal(name);
    const segment = new JsonlLog(this.#files, this.#quarantine, name, { ...options, ...(mirror ? { mirror } : {}) });
    segment.#segment = this.#segment;
    await segment.#open.replace(handle);
    segment.#known = this.#known;
    segment.#memory = this.#memory;
    segment.#lastSeq = this.#lastSeq;
    return segment;
  }

  /** The file that a rotation made. Where it cannot be opened, the next append tries again. */
  async #reopen(): Promise<AppendHandle | null> {
    if (!this.#toOpen) return this.#open.present;
    const handle = await this.#files.openAppend(this.path, { create: false });
    this.#toOpen = false;
    await this.#open.replace(handle);
    await this.#look(handle, 'full');
    return handle;
  }

  /** Verifies what is new, or everything. */
  async #look(handle: AppendHandle, how: 'new' | 'full'): Promise<void> {
    // What is being appended and not acknowledged may still be taken back.
    await this.#known.refresh(handle, (size) => Math.min(size, this.#unacknowledgedFrom ?? size), how === 'full');
    this.#lastSeq = Math.max(this.#lastSeq, this.#known.scan.lastSeq);
  }

  async #verify(full: boolean, sweepBytes: number): Promise<LogVerdict> {
    const named = await this.#files.stat(this.path);
    const own = this.#open.present;
    const handle = own ?? (named?.kind === 'file' ? await openIfAllowed(this.#files, this.path) : null);
    try {
      // Before the file is looked at: what is remembered stands there by then, and more may come meanwhile.
      const { end } = this.#memory;
      const stat = handle ? await handle.stat() : null;
      if (handle && stat) {
        await this.#look(handle, full ? 'full' : 'new');
        if (sweepBytes > 0) await this.#known.sweep(handle, sweepBytes);
      }
      return verdictOf(this.#known, {
        path: this.path,
        named,
        stat,
        writable: named !== null && (await this.#files.writable(this.path)),
        notRotated: this.#rotation.refusal,
        cutOff: stat === null || own === null ? 0 : Math.max(0, end - stat.size),
      });
    } finally {
      if (own === null) await handle?.close();
    }
  }

  async #repair(): Promise<LogRepair> {
    const recreated = await this.#appending(() => this.#recreate('at any rate'));
    if (!(await this.#files.writable(this.path))) await makeWritable(this.#files, this.path);
    const own = this.#open.present;
    const handle = own ?? (await this.#files.openAppend(this.path, { create: true }));
    try {
      const putBack = await this.#appending(() => this.#mendEnd(handle));
      await this.#look(handle, 'full');
      const restoredBytes = putBack + (await this.#appending(() => this.#exchange(handle)));
      if (await this.#appending(() => endTail(handle, this.#known, own !== null))) await this.#look(handle, 'new');
      const witnesses = await witnessesOf(this.#memory, this.#mirror, this.#sequenced);
      const means = { witnesses, quarantine: this.#quarantine, sequenced: this.#sequenced };
      const mended = await mendAll(handle, this.#known, means);
      await this.#appending(() => this.#exchange(handle));
      return { recreated, restoredBytes, ...mended };
    } finally {
      if (own === null) await handle.close();
    }
  }

  /** One side mends the other, where exactly one is damaged. @returns bytes of the log that came back */
  async #exchange(handle: AppendHandle): Promise<number> {
    if (!this.#mirror) return 0;
    const { restored } = await exchange(handle, this.#known.scan, this.#mirror, this.#sequenced, this.#known.nothing);
    if (restored > 0) {
      await handle.sync();
      await this.#look(handle, 'full');
    }
    return restored;
  }

  /** What was refused is blanked, or it would be read for records; what was cut off is put back by who has the log open. */
  async #mendEnd(handle: AppendHandle): Promise<number> {
    await this.#leftover.clear(handle);
    const length = this.#open.present ? await putBackEnd(handle, this.#memory, this.#quarantine, this.#options) : 0;
    if (length > 0) this.#known.distrust();
    return length;
  }

  /** A log that lost its name is put back whole from the descriptor that is still open. */
  async #recreate(how: 'if it is lost' | 'at any rate'): Promise<LogRepair['recreated']> {
    const own = this.#open.present;
    const { rotation } = this.#options;
    const name = rotation?.nameOf(this.#segment.index);
    // What bears its second name already is not copied: a rotation got no further than that, and is finished.
    const isSealed = own !== null && name !== undefined && (await bears(this.#files, own, name));
    const made = await recreateFile(this.#files, this.#quarantine, this.path, own, how, isSealed ? 'empty' : 'whole');
    if (made === null || own === null) return made;
    if (isSealed && rotation) {
      await this.#look(own, 'new');
      await this.#goOn(name, await this.#files.openAppend(name, { create: false }), rotation.sealed);
      return made;
    }
    await this.#open.replace(await this.#files.openAppend(this.path, { create: false }));
    if (this.#open.present) this.#known.note(await this.#open.present.stat());
    return made;
  }
}
