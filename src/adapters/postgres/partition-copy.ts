import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { insideNames } from '../path-names.ts';
import type { Connection, Row } from './connection.ts';

/** Chunks that are asked for at a time: each is one append, of a few kB as a rule. */
const CHUNKS_AT_ONCE = 200;

interface Copied {
  readonly id: number;
  readonly size: number;
  readonly changed: string;
}

export interface PartitionCopyOptions {
  readonly connection: Connection;
  readonly partition: string;
  /** Where the copy is; nobody else may write there. */
  readonly dir: string;
  /** Which of the partition's files are wanted. */
  readonly isWanted: (path: string) => boolean;
}

/**
 * Files of a partition on a disk, for who reads bots' directories and knows no other. Only what is new comes over the network. It takes no
 * lease and asks for none: whoever reads may read, and cannot write.
 *
 * Bytes that were overwritten in place between two appends are not seen to have changed before the next change that is no append; blanks are
 * then still the damage they were.
 */
export class PartitionCopy {
  readonly #options: PartitionCopyOptions;
  readonly #copied = new Map<string, Copied>();

  constructor(options: PartitionCopyOptions) {
    this.#options = options;
  }

  /** Brings the copy up to date. Rejects as the connection does, and with the system's error. */
  async catchUp(): Promise<void> {
    const { connection, partition, isWanted } = this.#options;
    const rows = await connection.ask(
      `select n.path, f.id, f.size, f.changed::text as changed from kintsugi.name n join kintsugi.file f on f.id = n.file
        where n.partition = $1 order by n.path`,
      [partition],
    );
    const present = new Map(rows.filter(({ path }) => isWanted(String(path))).map((row) => [String(row.path), row]));
    this.#follow(present);
    for (const [path, row] of present) await this.#bring(path, row);
  }

  /** What has another name now keeps its file: a log whose segment was sealed is still the same log to who reads it. */
  #follow(present: ReadonlyMap<string, Row>): void {
    const pathOf = new Map([...present].map(([path, { id }]) => [Number(id), path]));
    for (const [path, copied] of [...this.#copied]) {
      if (Number(present.get(path)?.id) === copied.id) continue;
      this.#copied.delete(path);
      const moved = pathOf.get(copied.id);
      if (moved === undefined) {
        // A document that is replaced is written anew in its place.
        if (!present.has(path)) fs.rmSync(this.#at(path), { force: true });
        continue;
      }
      fs.mkdirSync(dirname(this.#at(moved)), { recursive: true });
      fs.renameSync(this.#at(path), this.#at(moved));
      this.#copied.set(moved, copied);
    }
  }

  async #bring(path: string, row: Row): Promise<void> {
    const [id, size, changed] = [Number(row.id), Number(row.size), String(row.changed)];
    const before = this.#copied.get(path);
    if (before?.changed === changed && before.size === size) return;
    const grows = before !== undefined && size > before.size;
    if (!grows) {
      fs.mkdirSync(dirname(this.#at(path)), { recursive: true });
      fs.writeFileSync(this.#at(path), '');
    }
    let end = grows ? before.size : 0;
    while (end < size) {
      // Whatever fails on the way, it is known how much of it is here.
      this.#copied.set(path, { id, size: end, changed: '' });
      const came = await this.#chunks(id, end, size);
      // Replaced meanwhile: the next look has what follows it.
      if (came.length === 0) return;
      fs.appendFileSync(this.#at(path), came);
      end += came.length;
    }
    this.#copied.set(path, { id, size, changed });
  }

  /** Bytes of a file from one of its chunks on, up to where another begins; none where it is gone. */
  async #chunks(file: number, from: number, to: number): Promise<Buffer> {
    const rows = await this.#options.connection.ask(
      'select at, bytes from kintsugi.chunk where file = $1 and at >= $2 and at < $3 order by at limit $4',
      [file, from, to, CHUNKS_AT_ONCE],
    );
    let next = from;
    for (const { at, bytes } of rows) {
      if (Number(at) !== next) throw new Error(`bytes ${next} to ${Number(at)} of a file are not in the store`);
      next += (bytes as Buffer).length;
    }
    return Buffer.concat(rows.map(({ bytes }) => bytes as Buffer));
  }

  #at(path: string): string {
    return join(this.#options.dir, insideNames(path));
  }
}
