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
import type { Files } from '../ports/files.ts';
import type { Logger } from '../ports/logger.ts';
import type { Quarantine } from '../ports/quarantine.ts';
import { segmentName, segmentsIn } from '../ports/segment-name.ts';
import { blankCopies } from './blank-copies.ts';
import { JsonlLog } from './jsonl-log.ts';
import { LogMirror } from './log-mirror.ts';
import { recordsOf } from './log-scan.ts';
import { oneAtATime } from './one-at-a-time.ts';

export interface SegmentedLogOptions {
  readonly sequenced: boolean;
  readonly remembered?: number;
  /** Where a second copy is kept. */
  readonly mirror?: Files | null;
  /** Bytes at which a segment is sealed. */
  readonly segmentBytes: number;
  readonly log?: Pick<Logger, 'warn'>;
}

/**
 * A log in segments: `signal_bus.jsonl` is written to, and sealed ones beside it (`signal_bus-000001.jsonl`, …) are only read,
 * verified and mended. Their names sort, and `tail -F` goes on. The oldest may be taken away while no bot runs.
 */
export class SegmentedLog implements EventLog {
  readonly path: string;
  readonly #files: Files;
  readonly #quarantine: Quarantine;
  readonly #options: SegmentedLogOptions;
  readonly #active: JsonlLog;
  /** Oldest first. */
  #sealed: JsonlLog[] = [];
  /** It is known which segments there are. */
  #found = false;
  /** The segment of which some is read again at the next look. */
  #turn = 0;
  /** Who opens it while another still does would keep all its segments open, and nobody would close them. */
  readonly #openings = oneAtATime();

  constructor(files: Files, quarantine: Quarantine, path: string, options: SegmentedLogOptions) {
    this.path = path;
    this.#files = files;
    this.#quarantine = quarantine;
    this.#options = options;
    const { segmentBytes: bytes } = options;
    this.#active = new JsonlLog(files, quarantine, path, {
      ...this.#common(path),
      rotation: {
        bytes,
        nameOf: (index) => segmentName(path, index + 1),
        sealed: (segment) => void this.#sealed.push(segment),
        refused: (why) => options.log?.warn(`${path} goes on beyond its size, and is sealed later: ${why}`),
      },
    });
  }

  get waiting(): number {
    return this.#active.waiting;
  }

  open(options: Parameters<EventLog['open']>[0]): Promise<Opened> {
    return this.#openings(() => this.#open(options));
  }

  async #open(options: Parameters<EventLog['open']>[0]): Promise<Opened> {
    await this.#close();
    const names = await this.#names();
    await this.#finishRotation(names.at(-1));
    const before = await this.#takenAway(names[0]);
    const sealed: JsonlLog[] = [];
    let after = before ?? 0;
    let records = 0;
    for (const name of names) {
      const log = this.#segmentAt(name, after);
      records += (await log.open({ create: 'never' })).records;
      after = log.lastSeq;
      sealed.push(log);
    }
    this.#sealed = sealed;
    const last = sealed.at(-1);
    if (last && this.#options.sequenced) await blankCopies(this.#files, this.#quarantine, this.path, last);
    this.#active.continueFrom({ index: names.at(-1)?.number ?? 0, after });
    const opened = await this.#active.open(options);
    this.#found = true;
    return { ...opened, records: records + opened.records, archived: before !== null };
  }

  async *replay(): AsyncIterable<LogRecord> {
    for await (const { record } of this.entries(0)) yield record;
  }

  async *entries(from: Position): ReturnType<EventLog['entries']> {
    if (!this.#found) await this.#find();
    const end = await this.#active.end();
    const first = this.#segments()[0]?.segment.index ?? 0;
    for (let index = Math.max(first, Math.floor(from / SEGMENT_SPAN)); index * SEGMENT_SPAN <= end; index++) {
      // Looked up anew each time: what is written to now may be sealed when its turn comes.
      const log = this.#segments().find(({ segment }) => segment.index === index);
      if (log) yield* log.entries(Math.max(from, index * SEGMENT_SPAN), end);
    }
  }

  append(record: LogRecord): Promise<Appended> {
    return this.#active.append(record);
  }

  async verify({ full = false, sweepBytes = 0 }: Parameters<EventLog['verify']>[0] = {}): Promise<LogVerdict> {
    const turn = this.#turn++ % this.#segments().length;
    const { results: verdicts } = await this.#each((log, place) =>
      log.verify({ full, sweepBytes: place === turn ? sweepBytes : 0 }),
    );
    const active = verdicts.at(-1) as LogVerdict;
    const unwell = verdicts.find(({ exists, detached }) => !exists || detached) ?? active;
    return {
      ...active,
      path: unwell.path,
      exists: unwell.exists,
      detached: unwell.detached,
      records: verdicts.reduce((sum, { records }) => sum + records, 0),
      gaps: verdicts.reduce((sum, { gaps }) => sum + gaps, 0),
      cutOff: verdicts.reduce((sum, { cutOff }) => sum + cutOff, 0),
      bytes: verdicts.reduce((sum, { bytes }) => sum + bytes, 0),
      bad: verdicts.flatMap(({ path, bad }) => (path === this.path ? bad : bad.map((one) => ({ ...one, file: path })))),
      missingSeq: verdicts.flatMap(({ missingSeq }) => missingSeq),
      duplicateSeq: verdicts.flatMap(({ duplicateSeq }) => duplicateSeq),
    };
  }

  async repair(): Promise<LogRepair> {
    const { results, superseded } = await this.#each((log) => log.repair());
    const repairs = [...results, ...superseded];
    const recreated = repairs.map((one) => one.recreated);
    return {
      recreated: recreated.find((how) => how === 'created') ?? recreated.find((how) => how !== null) ?? null,
      restoredLines: repairs.reduce((sum, { restoredLines }) => sum + restoredLines, 0),
      restoredBytes: repairs.reduce((sum, { restoredBytes }) => sum + restoredBytes, 0),
      quarantined: repairs.flatMap(({ quarantined }) => quarantined),
    };
  }

  close(): Promise<void> {
    return this.#openings(() => this.#close());
  }

  async #close(): Promise<void> {
    // First the one that is written to: a rotation that is under way seals it.
    const closed = await Promise.allSettled([this.#active.close()]);
    for (const log of this.#sealed) closed.push(...(await Promise.allSettled([log.close()])));
    for (const one of closed) if (one.status === 'rejected') throw one.reason;
  }

  #common(path: string) {
    const { sequenced, remembered, mirror, log } = this.#options;
    return {
      sequenced,
      ...(log ? { log } : {}),
      ...(remembered === undefined ? {} : { remembered }),
      ...(mirror ? { mirror: new LogMirror(mirror, path) } : {}),
    };
  }

  #segmentAt({ path, number }: { readonly path: string; readonly number: number }, after: number): JsonlLog {
    const log = new JsonlLog(this.#files, this.#quarantine, path, { ...this.#common(path), remembered: 0 });
    log.continueFrom({ index: number - 1, after });
    return log;
  }

  /** For reading what nobody has opened. */
  async #find(): Promise<void> {
    const names = await this.#names();
    this.#sealed = names.map((name) => this.#segmentAt(name, 0));
    this.#active.continueFrom({ index: names.at(-1)?.number ?? 0, after: 0 });
    this.#found = true;
  }

  /** Works on every segment, the one that is written to last: again, where it was sealed meanwhile. */
  async #each<T>(work: (log: JsonlLog, place: number) => Promise<T>): Promise<{ results: T[]; superseded: T[] }> {
    const results: T[] = [];
    const superseded: T[] = [];
    for (;;) {
      for (let log = this.#sealed[results.length]; log; log = this.#sealed[results.length])
        results.push(await work(log, results.length));
      const last = await work(this.#active, results.length);
      if (this.#sealed.length === results.length) return { results: [...results, last], superseded };
      superseded.push(last);
    }
  }

  #segments(): readonly JsonlLog[] {
    return [...this.#sealed, this.#active];
  }

  /** The sealed segments, of which one may be left in the mirror alone. */
  async #names(): Promise<readonly { readonly path: string; readonly number: number }[]> {
    const own = await segmentsIn(this.#files, this.path);
    const copies = this.#options.mirror ? await segmentsIn(this.#options.mirror, this.path) : [];
    const all = new Map([...copies, ...own].map((one) => [one.number, one]));
    return [...all.values()].sort((a, b) => a.number - b.number);
  }

  /** Both names of one file: it died between sealing the old file and beginning the new one. */
  async #finishRotation(last: { readonly path: string } | undefined): Promise<void> {
    if (!last) return;
    const [sealed, active] = [await this.#files.stat(last.path), await this.#files.stat(this.path)];
    if (sealed !== null && sealed.identity === active?.identity)
      await this.#files.writeWhole(this.path, new Uint8Array());
  }

  /** The last number of the segments that were taken away; `null` where none was. */
  async #takenAway(oldest: { readonly path: string; readonly number: number } | undefined): Promise<number | null> {
    const path = oldest?.path ?? this.path;
    if ((await this.#files.stat(path)) === null) return null;
    const handle = await this.#files.openAppend(path, { create: false });
    try {
      const { size } = await handle.stat();
      for await (const { record, offset } of recordsOf(handle, 0, size, this.#options.sequenced)) {
        if (typeof record.seq !== 'number') continue;
        // Of the first file, a first record that is not at its beginning tells nothing: what stood there may be in quarantine. One at its
        // beginning was written when all before it was lost, and goes on where that had ended.
        const isFirst = oldest === undefined || oldest.number === 1;
        return !isFirst || (offset === 0 && record.seq > 1) ? record.seq - 1 : null;
      }
      return null;
    } finally {
      await handle.close();
    }
  }
}
