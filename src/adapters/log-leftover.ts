import type { AppendHandle } from '../ports/files.ts';
import { blankLine } from './log-line.ts';

/** Bytes of an append that failed: nobody was told that they are in the log, so they must not stand there. */
export class Leftover {
  #bytes: { readonly offset: number; readonly length: number } | null = null;

  /** @param size of the log before the append. @returns whether it left anything behind */
  async note(handle: AppendHandle, size: number): Promise<boolean> {
    const { size: now } = await handle.stat();
    if (now <= size) return false;
    this.#bytes = { offset: size, length: now - size };
    await this.clear(handle).catch(() => {
      // The disk refuses this too; it is tried again before the next append, and nothing is appended before it succeeds.
      return undefined;
    });
    return true;
  }

  /** Blanks it where it stands, durably. */
  async clear(handle: AppendHandle): Promise<void> {
    if (!this.#bytes) return;
    const { offset, length } = this.#bytes;
    // Somebody may have cut the log off meanwhile: what is gone needs no blanks, and the log must not grow by them.
    const left = Math.min(length, (await handle.stat()).size - offset);
    if (left > 0) {
      await handle.overwrite(offset, blankLine(left));
      await handle.sync();
    }
    this.#bytes = null;
  }
}

export const NEWLINE = new Uint8Array([0x0a]);

/** Somebody else wrote a line without an end, or cut one off: ours must not become a part of it. */
export async function endForeignLine(handle: AppendHandle, size: number): Promise<void> {
  if (size === 0) return;
  const [last] = await handle.read(size - 1, 1);
  if (last !== NEWLINE[0]) await handle.append(NEWLINE);
}
