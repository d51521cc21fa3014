import { says } from '../ports/says.ts';
import type { Rotation } from './log-segment.ts';

/** When a log goes on in a new file, and what became of the last try. */
export class RotationDue {
  #running = false;
  /** Not before the log has this size is rotating tried again, bytes. */
  #from = 0;
  /** Why it could not be done. */
  #refusal: string | null = null;

  get refusal(): string | null {
    return this.#refusal;
  }

  /** Begins `rotate` where a log of `size` bytes has grown enough and none is under way. Where it fails, the log goes on in the file it has. */
  at(size: number, rotation: Rotation | undefined, rotate: (rotation: Rotation) => Promise<void>): void {
    if (!rotation || this.#running || size < Math.max(rotation.bytes, this.#from)) return;
    this.#running = true;
    rotate(rotation)
      .catch((error: unknown) => {
        this.#refusal = says(error);
        this.#from = size + rotation.bytes / 16;
        rotation.refused(this.#refusal);
      })
      .finally(() => {
        this.#running = false;
      });
  }

  done(): void {
    this.#from = 0;
    this.#refusal = null;
  }
}
