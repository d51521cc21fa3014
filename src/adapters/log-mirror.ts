/**
 * A second copy of a log, byte for byte at the same places, on another path (best: another disk). Either side mends the other.
 * The log itself never waits for its mirror to be well: a mirror that cannot be written falls behind and catches up.
 */
import type { AppendHandle, Files } from '../ports/files.ts';
import { says } from '../ports/says.ts';
import type { LineMemory, RememberedLine } from './line-memory.ts';
import { checkLine } from './log-line.ts';
import type { Witness } from './log-mend.ts';
import { linesOf, type Scan, scan } from './log-scan.ts';
import type { Sequence } from './log-sequence.ts';

const BLOCK = 256 * 1024;
/** How far a line's beginning is looked for. */
const REACH = 64 * 1024;
const NEWLINE = 0x0a;
const END = new Uint8Array([NEWLINE]);

/** Whether every number that one side has is on the other, too. */
export function covers(one: Sequence, other: Sequence): boolean {
  const isMissing = ([from, to]: readonly [number, number]): boolean =>
    from > other.lastSeq || other.missingSeq.some(([low, high]) => low <= from && Math.min(to, other.lastSeq) <= high);
  return one.lastSeq >= other.lastSeq && one.missingSeq.every(isMissing);
}

/** The whole lines of `handle` that share a byte with a place; none unless all of them verify. */
function witnessOf(handle: AppendHandle, sequenced: boolean): Witness {
  return {
    touching: async (from, to) => {
      const { size } = await handle.stat();
      const begin = Math.max(0, from - REACH);
      const bytes = Buffer.from(await handle.read(begin, Math.min(size, to + REACH) - begin));
      const before = from === 0 ? -1 : bytes.lastIndexOf(NEWLINE, from - begin - 1);
      if (before < 0 && begin > 0) return [];
      const start = begin + before + 1;
      const last = bytes.indexOf(NEWLINE, Math.max(to - 1, start) - begin);
      if (last < 0) return [];
      const lines: RememberedLine[] = [];
      for (let at = before + 1; at <= last; ) {
        const end = bytes.indexOf(NEWLINE, at);
        if (checkLine(bytes.subarray(at, end), 'verdict', { sequenced }).kind === 'bad') return [];
        lines.push({ offset: begin + at, bytes: bytes.subarray(at, end + 1) });
        at = end + 1;
      }
      return lines;
    },
  };
}

/** Whoever knows what stood in a log: memory first, and its second copy where it has one. */
export async function witnessesOf(
  memory: LineMemory,
  mirror: LogMirror | null,
  sequenced: boolean,
): Promise<readonly Witness[]> {
  const own: Witness = { touching: async (from, to) => memory.touching(from, to) };
  return mirror === null ? [own] : [own, witnessOf(await mirror.handle(), sequenced)];
}

/** Makes one file the other, byte for byte, writing only what differs. @returns how many bytes were written */
export async function copyOver(from: AppendHandle, to: AppendHandle): Promise<number> {
  const { size } = await from.stat();
  const { size: had } = await to.stat();
  let written = 0;
  for (let at = 0; at < size; at += BLOCK) {
    const wanted = await from.read(at, Math.min(BLOCK, size - at));
    const present = at < had ? await to.read(at, Math.min(wanted.length, had - at)) : new Uint8Array();
    if (Buffer.compare(wanted, present) === 0) continue;
    const inside = wanted.subarray(0, Math.max(0, Math.min(wanted.length, had - at)));
    if (inside.length > 0) await to.overwrite(at, inside);
    if (inside.length < wanted.length) await to.append(wanted.subarray(inside.length));
    written += wanted.length;
  }
  return written;
}

/** Records without a number are somebody else's, which the copy might not have. */
async function foreignRecords(log: AppendHandle, to: number, copy: AppendHandle): Promise<readonly Uint8Array[]> {
  const shift = Math.abs((await copy.stat()).size - (await log.stat()).size);
  const foreign: Uint8Array[] = [];
  for await (const slice of linesOf(log, 0, to)) {
    for (const { offset, bytes } of slice) {
      const checked = checkLine(bytes, 'verdict');
      if (checked.kind !== 'good' || checked.seq !== null) continue;
      const from = Math.max(0, offset - shift);
      const there = Buffer.from(await copy.read(from, shift * 2 + bytes.length));
      // A cut can leave the beginning of a record and the end of another, and that may parse: it is nobody's.
      if (!there.includes(Buffer.from(bytes.subarray(0, -1)))) foreign.push(Buffer.concat([bytes, END]));
    }
  }
  return foreign;
}

export class LogMirror {
  readonly #files: Files;
  readonly #path: string;
  #handle: AppendHandle | null = null;
  /** Why it is behind; `null` while it is not. */
  behind: string | null = null;

  constructor(files: Files, path: string) {
    this.#files = files;
    this.#path = path;
  }

  /** The open copy; made where there is none. */
  async handle(): Promise<AppendHandle> {
    this.#handle ??= await this.#files.openAppend(this.#path, { create: true });
    return this.#handle;
  }

  /** Takes what the log has beyond the copy. Never throws: a copy that cannot be written is behind. */
  async follow(log: AppendHandle): Promise<void> {
    try {
      const copy = await this.handle();
      const { size } = await log.stat();
      for (let { size: at } = await copy.stat(); at < size; ) {
        const bytes = await log.read(at, Math.min(BLOCK, size - at));
        await copy.append(bytes);
        at += bytes.length;
      }
      await copy.sync();
      this.behind = null;
    } catch (error) {
      this.behind = says(error);
      await this.close();
    }
  }

  /** Becomes the log, byte for byte. One that is longer is set aside, and made anew. @returns bytes written */
  async become(log: AppendHandle): Promise<number> {
    const [{ size }, { size: mine }] = [await log.stat(), await (await this.handle()).stat()];
    if (mine > size) {
      await this.close();
      for (let n = 1; ; n++) {
        const aside = `${this.#path}.aside-${n}`;
        if ((await this.#files.stat(aside)) !== null) continue;
        await this.#files.move(this.#path, aside);
        break;
      }
    }
    const copy = await this.handle();
    const written = await copyOver(log, copy);
    await copy.sync();
    this.behind = null;
    return written;
  }

  /** Bytes it holds; 0 where it is not. */
  async size(): Promise<number> {
    return (await this.#files.stat(this.#path))?.size ?? 0;
  }

  /** @param nothing what is known of a log before anything of it was read */
  async scan(sequenced: boolean, nothing: Scan): Promise<Scan> {
    const copy = await this.handle();
    return scan(copy, (await copy.stat()).size, { sequenced, before: nothing });
  }

  /** The copy of a sealed segment. What was written so far is it, where the copy is not behind; else it is made anew from the log. */
  async seal(path: string): Promise<LogMirror> {
    try {
      await this.close();
      if ((await this.#files.stat(path)) === null) await this.#files.link(this.#path, path);
      await this.#files.writeWhole(this.#path, new Uint8Array());
    } catch (error) {
      this.behind = says(error);
    }
    return new LogMirror(this.#files, path);
  }

  async close(): Promise<void> {
    await this.#handle?.close();
    this.#handle = null;
  }
}

/** What was exchanged between a log and its copy. */
export interface Exchange {
  /** Bytes of the log that were written from the copy. */
  readonly restored: number;
  /** Bytes of the copy that were written from the log. */
  readonly copied: number;
}

/**
 * Where one side has all that the other has, makes the other like it; what somebody else wrote into the log alone is appended
 * to it again. Where each lacks something, nothing is done: lines are
 * then put back one by one.
 * @param found the log as it was just scanned
 * @param nothing what is known of it before anything was read
 */
export async function exchange(
  log: AppendHandle,
  found: Scan,
  mirror: LogMirror,
  sequenced: boolean,
  nothing: Scan,
): Promise<Exchange> {
  const other = await mirror.scan(sequenced, nothing);
  if (covers(found, other)) {
    const isWhole = found.bad.length === 0 && found.tail === null;
    return { restored: 0, copied: isWhole ? await mirror.become(log) : 0 };
  }
  const isWhole = other.bad.length === 0 && other.tail === null;
  const copy = await mirror.handle();
  // What a damaged copy has is better than nothing, and nothing is all there is.
  const isAllThereIs = found.records === 0;
  if (!(isWhole || isAllThereIs) || !covers(other, found)) return { restored: 0, copied: 0 };
  const foreign = await foreignRecords(log, found.end, copy);
  const restored = await copyOver(copy, log);
  if (foreign.length > 0) await log.append(Buffer.concat(foreign));
  return { restored, copied: 0 };
}
