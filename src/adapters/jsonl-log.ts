import type { Appended, EventLog, EventLogs, LogRecord, LogRepair, LogVerdict } from '../ports/event-log.ts';
import { type AppendHandle, FileFault, type FileStat, type Files } from '../ports/files.ts';
import type { Quarantine } from '../ports/quarantine.ts';
import { LineMemory } from './line-memory.ts';
import { blankLine, plainLine, sequencedLine } from './log-line.ts';
import { quarantineInPlace, restoreFromMemory } from './log-repair.ts';
import { emptyScan, recordsOf, type Scan, scan } from './log-scan.ts';

/** Lines kept in memory for bit-for-bit restoration. */
const REMEMBERED = 10_000;
/** Appends that may wait; beyond, they are refused, so that a dead disk does not fill the memory. */
const WAITING_AT_MOST = 100_000;

interface Waiting {
  readonly record: LogRecord;
  readonly resolve: (appended: Appended) => void;
  readonly reject: (error: Error) => void;
}

type Mark = Pick<FileStat, 'size' | 'mtimeMs'>;
const sameMark = (a: Mark | null, b: Mark): boolean => a !== null && a.size === b.size && a.mtimeMs === b.mtimeMs;

export interface JsonlLogOptions {
  readonly sequenced: boolean;
  readonly remembered?: number;
}

/** One JSONL log with one writer (DESIGN §5). */
export class JsonlLog implements EventLog {
  readonly path: string;
  readonly #files: Files;
  readonly #quarantine: Quarantine;
  readonly #sequenced: boolean;
  readonly #memory: LineMemory;
  #handle: AppendHandle | null = null;
  #queue: Waiting[] = [];
  #flushing = false;
  /** What is done to the file is done one after the other: flushes, verifications, repairs. */
  #turn: Promise<unknown> = Promise.resolve();
  #scan: Scan = emptyScan;
  #verifiedTo = 0;
  /** The file as it stood after our last write or look: any difference is somebody else's doing. */
  #mark: Mark | null = null;
  #touched = false;
  /** Bytes of an append that failed, which must not stand in the log. */
  #leftover: { readonly offset: number; readonly length: number } | null = null;

  constructor(
    files: Files,
    quarantine: Quarantine,
    path: string,
    { sequenced, remembered = REMEMBERED }: JsonlLogOptions,
  ) {
    this.#files = files;
    this.#quarantine = quarantine;
    this.path = path;
    this.#sequenced = sequenced;
    this.#memory = new LineMemory(remembered);
  }

  get waiting(): number {
    return this.#queue.length;
  }

  open({ create }: { readonly create: 'always' | 'never' }): Promise<{ existed: boolean; records: number }> {
    return this.#exclusive(async () => {
      const existed = (await this.#files.stat(this.path)) !== null;
      if (!existed && create === 'never') return { existed, records: 0 };
      await this.#handle?.close();
      this.#handle = await this.#files.openAppend(this.path, { create: create === 'always' });
      await this.#scanWhole(this.#handle);
      if (this.#scan.torn) {
        await this.#handle.append(new Uint8Array([0x0a]));
        await this.#handle.sync();
        await this.#scanWhole(this.#handle);
      }
      return { existed, records: this.#scan.records };
    });
  }

  async *replay(): AsyncIterable<LogRecord> {
    await this.#exclusive(async () => undefined);
    const own = this.#handle;
    const handle = own ?? (await this.#files.openAppend(this.path, { create: false }));
    try {
      yield* recordsOf(handle, (await handle.stat()).size);
    } finally {
      if (own === null) await handle.close();
    }
  }

  append(record: LogRecord): Promise<Appended> {
    if (this.#queue.length >= WAITING_AT_MOST) {
      return Promise.reject(new FileFault('append to', this.path, 'EAGAIN', `${WAITING_AT_MOST} records wait already`));
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ record, resolve, reject });
      if (this.#flushing) return;
      this.#flushing = true;
      // A flush never rejects: it hands its failure to those who wait.
      void this.#exclusive(() => this.#flush());
    });
  }

  verify({ full = false }: { readonly full?: boolean } = {}): Promise<LogVerdict> {
    return this.#exclusive(() => this.#verify(full));
  }

  repair(): Promise<LogRepair> {
    return this.#exclusive(() => this.#repair());
  }

  close(): Promise<void> {
    return this.#exclusive(async () => {
      await this.#handle?.close();
      this.#handle = null;
    });
  }

  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.then(
      () => undefined,
      () => undefined,
    );
    return turn;
  }

  /** Group commit: one write, and one sync, for all that wait. */
  async #flush(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#queue;
      this.#queue = [];
      try {
        await this.#commit(batch);
      } catch (error) {
        const fault = error instanceof Error ? error : new FileFault('append to', this.path, 'UNKNOWN', String(error));
        for (const { reject } of batch) reject(fault);
      }
    }
    this.#flushing = false;
  }

  async #commit(batch: readonly Waiting[]): Promise<void> {
    const handle = this.#handle;
    if (!handle) throw new FileFault('append to', this.path, 'EBADF', 'the log is not open');
    await this.#clearLeftover(handle);
    const before = await handle.stat();
    if (!sameMark(this.#mark, before)) this.#touched = true;
    let seq = this.#scan.lastSeq;
    const lines = batch.map(({ record }) => (this.#sequenced ? sequencedLine(record, ++seq) : plainLine(record)));
    let at: number;
    try {
      at = await handle.append(lines.length === 1 && lines[0] ? lines[0] : Buffer.concat(lines));
      await handle.sync();
    } catch (error) {
      await this.#noteLeftover(handle, before.size);
      throw error;
    }
    this.#mark = await handle.stat();
    const inStep = this.#verifiedTo === at && !this.#touched;
    let offset = at;
    const appended = lines.map((bytes, index): Appended => {
      this.#memory.remember({ offset, bytes });
      const place = { seq: this.#sequenced ? this.#scan.lastSeq + index + 1 : null, offset };
      offset += bytes.length;
      return place;
    });
    this.#scan = {
      ...this.#scan,
      lastSeq: seq,
      ...(inStep ? { records: this.#scan.records + lines.length, lines: this.#scan.lines + lines.length } : {}),
    };
    if (inStep) this.#verifiedTo = offset;
    batch.forEach(({ resolve }, index) => {
      const place = appended[index];
      if (place) resolve(place);
    });
  }

  /** What a failed append left behind is not in the log: nobody was told that it is. */
  async #noteLeftover(handle: AppendHandle, size: number): Promise<void> {
    const { size: now } = await handle.stat();
    if (now <= size) return;
    this.#leftover = { offset: size, length: now - size };
    this.#touched = true;
    await this.#clearLeftover(handle).catch(() => {
      // The disk refuses this too; it is tried again before the next append, and nothing is appended before it succeeds.
      this.#touched = true;
    });
  }

  async #clearLeftover(handle: AppendHandle): Promise<void> {
    if (!this.#leftover) return;
    await handle.overwrite(this.#leftover.offset, blankLine(this.#leftover.length));
    this.#leftover = null;
  }

  async #scanWhole(handle: AppendHandle): Promise<void> {
    const { size } = await handle.stat();
    this.#memory.forgetAll();
    const lastSeq = this.#scan.lastSeq;
    this.#scan = await scan(handle, 0, size, emptyScan, ({ offset, bytes, ended }) => {
      if (ended) this.#memory.remember({ offset, bytes: Buffer.concat([bytes, new Uint8Array([0x0a])]) });
    });
    // A number given once is never given again, even where the line that bore it is gone.
    this.#scan = { ...this.#scan, lastSeq: Math.max(lastSeq, this.#scan.lastSeq) };
    this.#verifiedTo = size;
    this.#mark = await handle.stat();
    this.#touched = false;
  }

  /** Looks again at everything, keeping what is remembered of lines that are damaged now. */
  async #rescan(handle: AppendHandle): Promise<void> {
    const mark = await handle.stat();
    const lastSeq = this.#scan.lastSeq;
    const found = await scan(handle, 0, mark.size);
    this.#scan = { ...found, lastSeq: Math.max(lastSeq, found.lastSeq) };
    this.#verifiedTo = mark.size;
    this.#mark = mark;
    this.#touched = false;
  }

  async #verify(full: boolean): Promise<LogVerdict> {
    const named = await this.#files.stat(this.path);
    const own = this.#handle;
    let found: Scan | null = null;
    const handle = own ?? (named?.kind === 'file' ? await this.#files.openAppend(this.path, { create: false }) : null);
    try {
      const stat = handle ? await handle.stat() : null;
      if (handle && stat) {
        const foreign = this.#touched || !sameMark(this.#mark, stat);
        const grown =
          !this.#touched && this.#mark !== null && stat.size > this.#mark.size && stat.size > this.#verifiedTo;
        if (full || (foreign && !grown)) await this.#rescan(handle);
        else if (grown) {
          found = await scan(handle, this.#verifiedTo, stat.size, this.#scan);
          // A torn last line may still be in the making: it is reported, and looked at again.
          if (!found.torn) {
            this.#scan = found;
            this.#verifiedTo = stat.size;
            this.#mark = stat;
          }
        }
      }
      const { records, bad, missingSeq } = found ?? this.#scan;
      return {
        exists: named !== null,
        writable: named !== null && (await this.#files.writable(this.path)),
        records,
        bytes: stat?.size ?? 0,
        bad,
        missingSeq,
        detached: named !== null && stat !== null && stat.identity !== named.identity,
      };
    } finally {
      if (own === null) await handle?.close();
    }
  }

  async #repair(): Promise<LogRepair> {
    const recreated = await this.#recreate();
    if (!(await this.#files.writable(this.path))) {
      await this.#files.restoreMode(this.path);
      if (!(await this.#files.writable(this.path))) {
        throw new FileFault(
          'repair',
          this.path,
          'EACCES',
          `it stays unwritable; run: chmod u+w ${this.#files.root}/${this.path}`,
        );
      }
    }
    const own = this.#handle;
    const handle = own ?? (await this.#files.openAppend(this.path, { create: true }));
    try {
      await this.#clearLeftover(handle);
      await this.#rescan(handle);
      const restoredLines = await restoreFromMemory(handle, this.#scan.bad, this.#memory);
      if (restoredLines > 0) await this.#rescan(handle);
      const quarantined = await quarantineInPlace(handle, this.#scan.bad, this.#quarantine);
      if (this.#scan.torn) await handle.append(new Uint8Array([0x0a]));
      if (quarantined.length > 0 || this.#scan.torn) await this.#rescan(handle);
      return { recreated, restoredLines, quarantined };
    } finally {
      if (own === null) await handle.close();
    }
  }

  /** A log that lost its name is put back whole from the descriptor that is still open. */
  async #recreate(): Promise<LogRepair['recreated']> {
    const named = await this.#files.stat(this.path);
    const handle = this.#handle;
    const detached = named !== null && handle !== null && named.identity !== (await handle.stat()).identity;
    if (named !== null && !detached) return null;
    if (detached) {
      const foreign = await this.#files.read(this.path);
      if (foreign !== null && foreign.length > 0) {
        await this.#quarantine.keep(this.path, 0, foreign, 'it stood in the place of the open log');
      }
    }
    const size = handle ? (await handle.stat()).size : 0;
    const bytes = handle ? await handle.read(0, size) : new Uint8Array();
    await this.#files.writeWhole(this.path, bytes);
    if (handle) {
      const fresh = await this.#files.openAppend(this.path, { create: false });
      await handle.close();
      this.#handle = fresh;
      this.#mark = await fresh.stat();
    }
    return size > 0 ? 'restored' : 'created';
  }
}

/** Makes the logs of one directory. */
export const jsonlLogs = (files: Files, quarantine: Quarantine): EventLogs => ({
  log: (path, { sequenced }) => new JsonlLog(files, quarantine, path, { sequenced }),
});
