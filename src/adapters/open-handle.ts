import type { AppendHandle } from '../ports/files.ts';

/** The handle of a log, which may be replaced while somebody reads by the old one: that is closed when its last reader is done. */
export class OpenHandle {
  #present: AppendHandle | null = null;
  readonly #readers = new Map<AppendHandle, number>();
  readonly #replaced = new Set<AppendHandle>();

  get present(): AppendHandle | null {
    return this.#present;
  }

  async replace(handle: AppendHandle | null): Promise<void> {
    if (this.#present) this.#replaced.add(this.#present);
    this.#present = handle;
    await this.#closeReplaced();
  }

  /** A handle to read by, until {@link release}; `otherwise` where none is open. */
  async borrow(otherwise: () => Promise<AppendHandle>): Promise<AppendHandle> {
    const handle = this.#present ?? (await otherwise());
    this.#readers.set(handle, (this.#readers.get(handle) ?? 0) + 1);
    if (handle !== this.#present) this.#replaced.add(handle);
    return handle;
  }

  async release(handle: AppendHandle): Promise<void> {
    this.#readers.set(handle, (this.#readers.get(handle) ?? 1) - 1);
    await this.#closeReplaced();
  }

  async #closeReplaced(): Promise<void> {
    for (const handle of this.#replaced) {
      if ((this.#readers.get(handle) ?? 0) > 0) continue;
      this.#replaced.delete(handle);
      this.#readers.delete(handle);
      await handle.close();
    }
  }
}
