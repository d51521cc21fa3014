/** The tables `file`, `name` and `chunk` of `schema.ts` in memory, and each kind of change that `kintsugi.enact` makes. */
import type { Change } from './store-tables.ts';

const OWN_MODE = 0o640;
/** Bits that allow writing, as the function has them: 146. */
const WRITE_BITS = 0o222;

export interface FileRow {
  readonly id: number;
  readonly partition: string;
  size: number;
  mode: number;
  changed: number;
  /** In the order of where they begin. */
  readonly chunks: { readonly at: number; bytes: Buffer }[];
}

const byteOrder = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

export class FileTables {
  readonly #now: () => number;
  /** By partition and path; `null` is a folder. */
  readonly #names = new Map<string, Map<string, number | null>>();
  readonly #files = new Map<number, FileRow>();
  #lastId = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** `undefined`: nothing has this name; `null`: a folder. */
  named(partition: string, path: string): FileRow | null | undefined {
    const id = this.#names.get(partition)?.get(path);
    return id === undefined || id === null ? id : this.#files.get(id);
  }

  numbered(id: number): FileRow | undefined {
    return this.#files.get(id);
  }

  /** Names from one up to and without another, in the order of bytes. */
  between(partition: string, from: string, to: string): readonly { path: string; file: number | null }[] {
    return [...(this.#names.get(partition) ?? [])]
      .filter(([path]) => byteOrder(path, from) >= 0 && byteOrder(path, to) < 0)
      .sort(([a], [b]) => byteOrder(a, b))
      .map(([path, file]) => ({ path, file }));
  }

  /** No name of it is there, and no file. */
  isEmpty(partition: string): boolean {
    return (this.#names.get(partition)?.size ?? 0) === 0 && this.changedAt(partition) === null;
  }

  /** All of it goes. */
  forget(partition: string): void {
    this.#names.delete(partition);
    for (const { id, partition: whose } of this.#files.values()) if (whose === partition) this.#files.delete(id);
  }

  /** When anything of a partition was changed last, ms; `null`: never. */
  changedAt(partition: string): number | null {
    let latest: number | null = null;
    for (const file of this.#files.values())
      if (file.partition === partition) latest = Math.max(latest ?? file.changed, file.changed);
    return latest;
  }

  bytesOf(partition: string): number {
    let sum = 0;
    for (const file of this.#files.values()) if (file.partition === partition) sum += file.size;
    return sum;
  }

  /** @returns as the function says it: `+12`, or `!EEXIST` */
  make(partition: string, change: Change): string {
    const { kind, path, other, at, bytes } = change;
    const names = this.#namesOf(partition);
    switch (kind) {
      case 'append':
        return this.#append(partition, change);
      case 'overwrite':
        return this.#overwrite(partition, change);
      case 'open':
      case 'create': {
        const known = names.get(path ?? '');
        if (known === null) return '!EISDIR';
        if (known !== undefined) return kind === 'create' ? '!EEXIST' : `+${known}`;
        return `+${this.#name(partition, path ?? '', bytes ?? Buffer.alloc(0)).id}`;
      }
      case 'whole': {
        const known = names.get(path ?? '');
        if (known === null) return '!EISDIR';
        const file = this.#name(partition, path ?? '', bytes ?? Buffer.alloc(0));
        if (known !== undefined && ![...names.values()].includes(known)) this.#files.delete(known);
        return `+${file.id}`;
      }
      case 'folder':
        if (!names.has(path ?? '')) names.set(path ?? '', null);
        return '+';
      case 'link':
      case 'move': {
        const known = names.get(path ?? '');
        if (known === undefined) return '!ENOENT';
        if (names.has(other ?? '')) return '!EEXIST';
        names.set(other ?? '', known);
        if (kind === 'move') names.delete(path ?? '');
        return '+';
      }
      case 'mode': {
        const file = this.named(partition, path ?? '');
        if (!file) return '!ENOENT';
        file.mode = at ?? OWN_MODE;
        return '+';
      }
      default:
        throw new RangeError(`no such change: ${kind}`);
    }
  }

  #namesOf(partition: string): Map<string, number | null> {
    const known = this.#names.get(partition);
    if (known) return known;
    const fresh = new Map<string, number | null>();
    this.#names.set(partition, fresh);
    return fresh;
  }

  #name(partition: string, path: string, bytes: Buffer): FileRow {
    const id = ++this.#lastId;
    const chunks = bytes.length > 0 ? [{ at: 0, bytes }] : [];
    const file: FileRow = { id, partition, size: bytes.length, mode: OWN_MODE, changed: this.#now(), chunks };
    this.#files.set(id, file);
    this.#namesOf(partition).set(path, id);
    return file;
  }

  #append(partition: string, { file: id, bytes }: Change): string {
    const file = this.#files.get(id ?? 0);
    if (file?.partition !== partition || (file.mode & WRITE_BITS) === 0) return '!EACCES';
    const at = file.size;
    file.size += bytes?.length ?? 0;
    file.changed = this.#now();
    if (bytes?.length) file.chunks.push({ at, bytes });
    return `+${at}`;
  }

  #overwrite(partition: string, { file: id, at, bytes }: Change): string {
    const file = this.#files.get(id ?? 0);
    if (file?.partition !== partition) return '!ENOENT';
    const from = at ?? 0;
    const over = bytes ?? Buffer.alloc(0);
    for (const chunk of file.chunks) {
      const start = Math.max(from, chunk.at);
      const end = Math.min(from + over.length, chunk.at + chunk.bytes.length);
      if (start >= end) continue;
      const changed = Buffer.from(chunk.bytes);
      over.copy(changed, start - chunk.at, start - from, end - from);
      chunk.bytes = changed;
    }
    file.changed = this.#now();
    return '+';
  }
}
