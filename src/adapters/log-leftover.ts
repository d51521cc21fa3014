import type { AppendHandle } from '../ports/files.ts';
import type { Logger } from '../ports/logger.ts';
import type { Quarantine } from '../ports/quarantine.ts';
import { says } from '../ports/says.ts';
import type { LogKnowledge } from './log-knowledge.ts';
import { blankLine } from './log-line.ts';
import { rewriteEnd } from './rewrite-end.ts';

/** What an append that failed left behind. `ours`: what was appended. */
interface Left {
  readonly offset: number;
  readonly length: number;
  readonly ours: Uint8Array;
}

const NEWLINE_BYTE = 0x0a;
export const NEWLINE = new Uint8Array([NEWLINE_BYTE]);

const NOT_OURS = 'somebody else wrote here while an append failed, which is taken back';

export const isBlank = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0x20 || byte === NEWLINE_BYTE);
const isBeginningOf = (bytes: Uint8Array, whole: Uint8Array): boolean =>
  Buffer.compare(bytes, whole.subarray(0, bytes.length)) === 0;

export interface LeftoverOptions {
  /** Records carry numbers, and say their places in their groups. */
  readonly sequenced: boolean;
  /** Told what the disk refused where nobody else is. */
  readonly log?: Pick<Logger, 'warn'>;
}

/** Bytes of an append that failed: nobody was told that they are in the log, so they must not stand there. */
export class Leftover {
  readonly #quarantine: Pick<Quarantine, 'keep'>;
  readonly #options: LeftoverOptions;
  #left: Left | null = null;
  /** Of the process before, of which nobody can ask what its last sync came to. */
  #isInherited = false;

  constructor(quarantine: Pick<Quarantine, 'keep'>, options: LeftoverOptions) {
    this.#quarantine = quarantine;
    this.#options = options;
  }

  /** Where it begins; `Infinity` where nothing is left. */
  get from(): number {
    return this.#left?.offset ?? Number.POSITIVE_INFINITY;
  }

  /**
   * @param size of the log before the append
   * @param bytes that were appended, or a part of them
   * @returns whether it left anything behind
   */
  async note(handle: AppendHandle, size: number, bytes: Uint8Array): Promise<boolean> {
    const { size: now } = await handle.stat();
    if (now <= size) return false;
    this.#left = { offset: size, length: now - size, ours: Uint8Array.from(bytes) };
    await this.#clearIfAllowed(handle);
    return true;
  }

  /** Another process had the log before: its end is made durable as it stands. */
  inherit(handle: AppendHandle): Promise<void> {
    this.#isInherited = true;
    return this.#clearIfAllowed(handle);
  }

  #clearIfAllowed(handle: AppendHandle): Promise<void> {
    return this.clear(handle).catch((error: unknown) => {
      // The disk refuses this too; it is tried again before the next append, and nothing is appended before it succeeds. Of an append that
      // failed somebody was told.
      if (this.#isInherited)
        this.#options.log?.warn(
          `${handle.path}: its end could not be written once more (${says(error)}); it is tried again before anything is appended`,
        );
    });
  }

  /** Blanks it where it stands, durably; what is not ours of it is set aside first. */
  async clear(handle: AppendHandle): Promise<void> {
    if (this.#isInherited) {
      await rewriteEnd(handle, this.#options.sequenced);
      await handle.sync();
      this.#isInherited = false;
    }
    if (!this.#left) return;
    const { offset, length, ours } = this.#left;
    // Somebody may have cut the log off meanwhile: what is gone needs no blanks, and the log must not grow by them.
    const left = Math.min(length, (await handle.stat()).size - offset);
    if (left > 0) {
      const stands = await handle.read(offset, left);
      if (!isBeginningOf(stands, ours) && !isBlank(stands))
        await this.#quarantine.keep(handle.path, offset, stands, NOT_OURS);
      await handle.overwrite(offset, blankLine(left));
      await handle.sync();
    }
    this.#left = null;
  }
}

/** Somebody else wrote a line without an end, or cut one off: ours must not become a part of it. */
export async function endForeignLine(handle: AppendHandle): Promise<void> {
  const { size } = await handle.stat();
  if (size === 0) return;
  const [last] = await handle.read(size - 1, 1);
  if (last !== NEWLINE_BYTE) await handle.append(NEWLINE);
}

/**
 * Somebody else wrote without an end between the look at the end of the log and our append: ours must not stay a part of his line.
 * His is set aside, and blanks with an end stand in its place.
 * @param from where the log ended at that look
 * @param to where ours begins
 */
export async function endRacedLine(
  handle: AppendHandle,
  from: number,
  to: number,
  quarantine: Pick<Quarantine, 'keep'>,
  log?: Pick<Logger, 'warn'>,
): Promise<void> {
  if (to <= from) return;
  const theirs = await handle.read(from, to - from);
  const at = theirs.lastIndexOf(NEWLINE_BYTE) + 1;
  if (at === theirs.length) return;
  const unfinished = theirs.subarray(at);
  await quarantine.keep(handle.path, from + at, unfinished, 'it has no end, and a record was appended behind it');
  await handle.overwrite(from + at, blankLine(unfinished.length));
  log?.warn(
    `🔧 [HEALING] ${handle.path}: ${unfinished.length} bytes without an end, in front of a record, were set aside`,
  );
}

/**
 * Ends a last line without an end. In somebody else's log it may be in the making; in ours nobody is making any.
 * @returns whether there was one
 */
export async function endTail(handle: AppendHandle, known: LogKnowledge, isOurs: boolean): Promise<boolean> {
  const { tail } = known.scan;
  if (!tail || !(isOurs || known.isTailSettled())) return false;
  if ((await handle.stat()).size === tail.offset + tail.length) await handle.append(NEWLINE);
  return true;
}
