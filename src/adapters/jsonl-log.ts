import type { Appended, EventLog, LogRecord, LogRepair, LogVerdict } from '../ports/event-log.ts';
import { type AppendHandle, FileFault, type Files } from '../ports/files.ts';
import type { Quarantine } from '../ports/quarantine.ts';
import { LineBatch } from './line-batch.ts';
import { LineMemory } from './line-memory.ts';
import { LogKnowledge } from './log-knowledge.ts';
import { blankLine } from './log-line.ts';
import { mend, type Witness } from './log-mend.ts';
import { exchange, type LogMirror, witnessOf } from './log-mirror.ts';
import { linesOf, recordsOf } from './log-scan.ts';

/** Lines kept in memory for bit-for-bit restoration, and how many bytes are read at the start to find them. */
const REMEMBERED = 10_000;
const REMEMBERED_BYTES = 4 * 1024 * 1024;
/** Appends that may wait; beyond, they are refused, so that a dead disk does not fill the memory. */
const WAITING_AT_MOST = 100_000;
/** Bytes of one group commit: what waits beyond is the next one's. */
const COMMIT_BYTES = 1024 * 1024;
/** A line put back can uncover that its neighbour is bad: so often the repair goes over its own work. */
const ROUNDS = 5;
const NEWLINE = new Uint8Array([0x0a]);

interface Waiting {
  readonly record: LogRecord;
  readonly resolve: (appended: Appended) => void;
  readonly reject: (error: Error) => void;
}

export interface JsonlLogOptions {
  readonly sequenced: boolean;
  readonly remembered?: number;
  /** A second copy, which follows every append before it is acknowledged. */
  readonly mirror?: LogMirror;
}

/** Things that must not be done at the same time are done one after the other. */
function queue(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(work);
    last = turn.then(
      () => undefined,
      () => undefined,
    );
    return turn;
  };
}

/**
 * One JSONL log with one writer (DESIGN §5). Appending and looking after the log do not wait for each other: appends only
 * touch the end, repairs only what stood before it. Only a file that has to be made anew makes both wait.
 */
export class JsonlLog implements EventLog {
  readonly path: string;
  readonly #files: Files;
  readonly #quarantine: Quarantine;
  readonly #sequenced: boolean;
  readonly #memory: LineMemory;
  readonly #mirror: LogMirror | null;
  readonly #batch = new LineBatch();
  readonly #known: LogKnowledge;
  readonly #appending = queue();
  readonly #caring = queue();
  #handle: AppendHandle | null = null;
  #waiting: Waiting[] = [];
  #flushing = false;
  /** The highest number ever given: one given once is never given again, even where the line that bore it is gone. */
  #lastSeq = 0;
  /** Where an append begins that is on its way to the disk. */
  #unacknowledgedFrom: number | null = null;
  /** Bytes of an append that failed, which must not stand in the log. */
  #leftover: { readonly offset: number; readonly length: number } | null = null;

  constructor(
    files: Files,
    quarantine: Quarantine,
    path: string,
    { sequenced, remembered = REMEMBERED, mirror }: JsonlLogOptions,
  ) {
    this.#mirror = mirror ?? null;
    this.#files = files;
    this.#quarantine = quarantine;
    this.path = path;
    this.#sequenced = sequenced;
    this.#memory = new LineMemory(remembered);
    this.#known = new LogKnowledge(sequenced);
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  open({ create }: { readonly create: 'always' | 'never' }): Promise<{ existed: boolean; records: number }> {
    return this.#alone(async () => {
      const copied = ((await this.#mirror?.size()) ?? 0) > 0;
      const existed = copied || (await this.#files.stat(this.path)) !== null;
      if (!existed && create === 'never') return { existed, records: 0 };
      await this.#handle?.close();
      const handle = await this.#files.openAppend(this.path, { create: create === 'always' || copied });
      this.#handle = handle;
      await this.#look(handle, 'full');
      await this.#exchange(handle);
      if (this.#known.scan.tail) {
        await handle.append(NEWLINE);
        await handle.sync();
        await this.#look(handle, 'new');
      }
      await this.#mirror?.follow(handle);
      await this.#rememberEnd(handle);
      return { existed, records: this.#known.scan.records };
    });
  }

  async *replay(): AsyncIterable<LogRecord> {
    for await (const { record } of this.entries(0)) yield record;
  }

  async *entries(from: number): AsyncIterable<{ readonly record: LogRecord; readonly offset: number }> {
    await this.#appending(async () => undefined);
    const own = this.#handle;
    const handle = own ?? (await this.#files.openAppend(this.path, { create: false }));
    try {
      yield* recordsOf(handle, from, (await handle.stat()).size, this.#sequenced);
    } finally {
      if (own === null) await handle.close();
    }
  }

  append(record: LogRecord): Promise<Appended> {
    if (this.#waiting.length >= WAITING_AT_MOST) {
      return Promise.reject(new FileFault('append to', this.path, 'EAGAIN', `${WAITING_AT_MOST} records wait already`));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ record, resolve, reject });
      if (this.#flushing) return;
      this.#flushing = true;
      // A flush never rejects: it hands its failure to those who wait.
      void this.#appending(() => this.#flush());
    });
  }

  verify({ full = false, sweepBytes = 0 }: Parameters<EventLog['verify']>[0] = {}): Promise<LogVerdict> {
    return this.#caring(() => this.#verify(full, sweepBytes));
  }

  repair(): Promise<LogRepair> {
    return this.#caring(() => this.#repair());
  }

  close(): Promise<void> {
    return this.#alone(async () => {
      await this.#handle?.close();
      this.#handle = null;
      await this.#mirror?.close();
    });
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    return this.#caring(() => this.#appending(work));
  }

  /** Group commit: one write, and one sync, for all that wait. */
  async #flush(): Promise<void> {
    while (this.#waiting.length > 0) {
      const all = this.#waiting;
      this.#waiting = [];
      for (let done = 0; done < all.length; ) {
        const batch = this.#fill(all, done);
        done += batch.length;
        try {
          const places = await this.#commit(batch.length, this.#lastSeq);
          for (const [index, { resolve }] of batch.entries()) resolve(places[index] as Appended);
        } catch (error) {
          const fault =
            error instanceof Error ? error : new FileFault('append to', this.path, 'UNKNOWN', String(error));
          // What came together is taken in order or not at all: nothing may overtake what was refused.
          for (const { reject } of [...batch, ...all.slice(done)]) reject(fault);
          done = all.length;
        }
      }
    }
    this.#flushing = false;
  }

  #fill(all: readonly Waiting[], from: number): readonly Waiting[] {
    this.#batch.clear();
    const batch: Waiting[] = [];
    for (let index = from; index < all.length; index++) {
      const one = all[index];
      if (!one) break;
      batch.push(one);
      const seq = this.#sequenced ? this.#lastSeq + batch.length : null;
      if (this.#batch.add(one.record, seq) >= COMMIT_BYTES) break;
    }
    return batch;
  }

  async #commit(count: number, lastSeq: number): Promise<readonly Appended[]> {
    const handle = this.#handle;
    if (!handle) throw new FileFault('append to', this.path, 'EBADF', 'the log is not open');
    await this.#clearLeftover(handle);
    const before = await handle.stat();
    this.#known.isForeign(before);
    if (this.#known.grownBy(before) > 0) await this.#endForeignTail(handle, before.size);
    const bytes = this.#batch.bytes();
    this.#unacknowledgedFrom = before.size;
    let at: number;
    try {
      at = await handle.append(bytes);
      await Promise.all([handle.sync(), this.#mirror?.follow(handle)]);
    } catch (error) {
      await this.#noteLeftover(handle, before.size);
      throw error;
    } finally {
      this.#unacknowledgedFrom = null;
    }
    this.#known.note(await handle.stat());
    this.#lastSeq = Math.max(this.#lastSeq, this.#sequenced ? lastSeq + count : 0);
    const { ends } = this.#batch;
    // A copy: the batch's own bytes are used again.
    const kept = Buffer.from(bytes);
    const places: Appended[] = [];
    for (let index = 0; index < count; index++) {
      const [start = 0, end = 0] = [ends[index], ends[index + 1]];
      this.#memory.remember({ offset: at + start, bytes: kept.subarray(start, end) });
      places.push({ seq: this.#sequenced ? lastSeq + index + 1 : null, offset: at + start });
    }
    return places;
  }

  /** Somebody else wrote a line without an end: ours must not become a part of it. */
  async #endForeignTail(handle: AppendHandle, size: number): Promise<void> {
    const [last] = await handle.read(size - 1, 1);
    if (last !== NEWLINE[0]) await handle.append(NEWLINE);
  }

  /** What a failed append left behind is not in the log: nobody was told that it is. */
  async #noteLeftover(handle: AppendHandle, size: number): Promise<void> {
    const { size: now } = await handle.stat();
    if (now <= size) return;
    this.#leftover = { offset: size, length: now - size };
    this.#known.distrust();
    await this.#clearLeftover(handle).catch(() => {
      // The disk refuses this too; it is tried again before the next append, and nothing is appended before it succeeds.
      this.#known.distrust();
    });
  }

  async #clearLeftover(handle: AppendHandle): Promise<void> {
    if (!this.#leftover) return;
    await handle.overwrite(this.#leftover.offset, blankLine(this.#leftover.length));
    this.#leftover = null;
  }

  /** Verifies what is new, or everything. */
  async #look(handle: AppendHandle, how: 'new' | 'full'): Promise<void> {
    // What is being appended and not acknowledged may still be taken back.
    await this.#known.refresh(handle, (size) => Math.min(size, this.#unacknowledgedFrom ?? size), how === 'full');
    this.#lastSeq = Math.max(this.#lastSeq, this.#known.scan.lastSeq);
  }

  async #rememberEnd(handle: AppendHandle): Promise<void> {
    this.#memory.forgetAll();
    const { size } = await handle.stat();
    const from = Math.max(0, size - REMEMBERED_BYTES);
    const bad = new Set(this.#known.scan.bad.map(({ offset }) => offset));
    let whole = from === 0;
    for await (const slice of linesOf(handle, from, size)) {
      for (const { offset, bytes, ended } of slice) {
        if (whole && ended && !bad.has(offset))
          this.#memory.remember({ offset, bytes: Buffer.concat([bytes, NEWLINE]) });
        whole = true;
      }
    }
  }

  async #verify(full: boolean, sweepBytes: number): Promise<LogVerdict> {
    const named = await this.#files.stat(this.path);
    const own = this.#handle;
    const handle = own ?? (named?.kind === 'file' ? await this.#files.openAppend(this.path, { create: false }) : null);
    try {
      const stat = handle ? await handle.stat() : null;
      if (handle && stat) {
        await this.#look(handle, full ? 'full' : 'new');
        if (sweepBytes > 0) await this.#known.sweep(handle, sweepBytes);
      }
      const { records, bad, missingSeq, duplicateSeq } = this.#known.scan;
      const tail = this.#known.settledTail();
      return {
        exists: named !== null,
        writable: named !== null && (await this.#files.writable(this.path)),
        records,
        bytes: stat?.size ?? 0,
        bad: tail ? [...bad, tail] : bad,
        missingSeq,
        duplicateSeq,
        detached: named !== null && stat !== null && stat.identity !== named.identity,
      };
    } finally {
      if (own === null) await handle?.close();
    }
  }

  async #repair(): Promise<LogRepair> {
    const recreated = await this.#appending(() => this.#recreate());
    if (!(await this.#files.writable(this.path))) await this.#restoreMode();
    const own = this.#handle;
    const handle = own ?? (await this.#files.openAppend(this.path, { create: true }));
    try {
      await this.#appending(() => this.#clearLeftover(handle));
      await this.#look(handle, 'full');
      const restoredBytes = await this.#appending(() => this.#exchange(handle));
      await this.#endTail(handle);
      const mended = await this.#mend(handle);
      await this.#appending(() => this.#exchange(handle));
      return { recreated, restoredBytes, ...mended };
    } finally {
      if (own === null) await handle.close();
    }
  }

  /** One side mends the other, where exactly one is damaged. @returns bytes of the log that came back */
  async #exchange(handle: AppendHandle): Promise<number> {
    if (!this.#mirror) return 0;
    const { restored } = await exchange(handle, this.#known.scan, this.#mirror, this.#sequenced);
    if (restored > 0) {
      await handle.sync();
      await this.#look(handle, 'full');
    }
    return restored;
  }

  async #endTail(handle: AppendHandle): Promise<void> {
    const { tail } = this.#known.scan;
    // In somebody else's log a line may be in the making; in ours nobody is making any.
    if (!tail || (this.#handle === null && !this.#known.isTailSettled())) return;
    await this.#appending(async () => {
      const { size } = await handle.stat();
      if (size === tail.offset + tail.length) await handle.append(NEWLINE);
    });
    await this.#look(handle, 'new');
  }

  async #mend(handle: AppendHandle): Promise<Pick<LogRepair, 'restoredLines' | 'quarantined'>> {
    const witnesses: Witness[] = [{ touching: async (from, to) => this.#memory.touching(from, to) }];
    if (this.#mirror) witnesses.push(witnessOf(await this.#mirror.handle(), this.#sequenced));
    const means = { witnesses, quarantine: this.#quarantine, sequenced: this.#sequenced };
    const quarantined: LogRepair['quarantined'][number][] = [];
    let restoredLines = 0;
    for (let round = 0; round < ROUNDS && this.#known.scan.bad.length > 0; round++) {
      const { bad } = this.#known.scan;
      const done = await mend(handle, bad, means);
      quarantined.push(...done.quarantined);
      restoredLines += done.restoredLines;
      this.#known.take(done);
    }
    this.#known.note(await handle.stat());
    return { restoredLines, quarantined };
  }

  async #restoreMode(): Promise<void> {
    await this.#files.restoreMode(this.path);
    if (await this.#files.writable(this.path)) return;
    const advice = `it stays unwritable; run: chmod u+w ${this.#files.root}/${this.path}`;
    throw new FileFault('repair', this.path, 'EACCES', advice);
  }

  /** A log that lost its name is put back whole from the descriptor that is still open. */
  async #recreate(): Promise<LogRepair['recreated']> {
    const named = await this.#files.stat(this.path);
    const handle = this.#handle;
    const detached = named !== null && handle !== null && named.identity !== (await handle.stat()).identity;
    if (named !== null && !detached) return null;
    if (detached) {
      const foreign = await this.#files.read(this.path);
      if (foreign !== null && foreign.length > 0)
        await this.#quarantine.keep(this.path, 0, foreign, 'it stood in the place of the open log');
    }
    const size = handle ? (await handle.stat()).size : 0;
    const bytes = handle ? await handle.read(0, size) : new Uint8Array();
    await this.#files.writeWhole(this.path, bytes);
    if (handle) {
      const fresh = await this.#files.openAppend(this.path, { create: false });
      await handle.close();
      this.#handle = fresh;
      this.#known.note(await fresh.stat());
    }
    return size > 0 ? 'restored' : 'created';
  }
}
