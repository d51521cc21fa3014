import { FileFault } from '../../ports/files.ts';
import type { Connection } from './connection.ts';
import { faultFrom, StoreSilent } from './errors.ts';

/** One change of a partition's files; what a kind does not use is left out. */
export interface Change {
  readonly kind: 'append' | 'overwrite' | 'open' | 'create' | 'whole' | 'folder' | 'link' | 'move' | 'mode';
  readonly file?: number;
  readonly path?: string;
  readonly other?: string;
  /** Where in the file; for `mode` the mode. */
  readonly at?: number;
  readonly bytes?: Uint8Array;
}

interface Waiting {
  readonly operation: string;
  readonly path: string;
  readonly change: Change;
  readonly resolve: (said: string) => void;
  readonly reject: (error: FileFault) => void;
}

/** Bytes of one commit; what waits beyond is the next one's. */
const COMMIT_BYTES = 4 * 1024 * 1024;
const COMMIT_CHANGES = 2_000;

const REASONS: Readonly<Record<string, string>> = {
  EEXIST: 'there is something of that name already',
  ENOENT: 'there is no such file or folder',
  EISDIR: 'it is a folder',
  EACCES: 'its mode allows no writing',
};

export interface FencedCommitsOptions {
  readonly connection: Connection;
  readonly partition: string;
  readonly epoch: number;
  /** Of the lease. */
  readonly token: string;
  /** Of the partition, when it was claimed. */
  readonly rev: number;
  /** The partition may have gone to somebody else, or it is not known what is in it: nothing of it goes on. Called once. */
  readonly lost: (reason: string) => void;
}

/**
 * Group commit over the network: all changes that wait go in one transaction, which checks epoch and revision. A commit whose
 * outcome is unknown is never repeated: the partition is given up, and whoever claims it next reads what is there
 * (research/distributed.md §4, rules 1 to 3).
 */
export class FencedCommits {
  readonly #options: FencedCommitsOptions;
  readonly #waiting: Waiting[] = [];
  #rev: number;
  #busy = false;
  #over: string | null = null;

  constructor(options: FencedCommitsOptions) {
    this.#options = options;
    this.#rev = options.rev;
  }

  /** Why nothing can be committed any more, or `null`. */
  get over(): string | null {
    return this.#over;
  }

  /** Resolves when the change is durable, with what the database said of it; rejects with a `FileFault` when it is not there. */
  make(operation: string, change: Change): Promise<string> {
    const path = change.path ?? '';
    if (this.#over !== null) return Promise.reject(stale(operation, path, this.#over));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ operation, path, change, resolve, reject });
      if (!this.#busy) void this.#run();
    });
  }

  /** No change is made after this; what waits is refused. */
  end(reason: string): void {
    if (this.#over !== null) return;
    this.#over = reason;
    this.#refuseAll(reason);
    this.#options.lost(reason);
  }

  async #run(): Promise<void> {
    this.#busy = true;
    // Whoever has something to write this turn goes along.
    await null;
    while (this.#waiting.length > 0 && this.#over === null) await this.#commit(this.#next());
    this.#busy = false;
  }

  #next(): readonly Waiting[] {
    let [bytes, count] = [0, 0];
    while (count < this.#waiting.length && count < COMMIT_CHANGES && (count === 0 || bytes < COMMIT_BYTES))
      bytes += this.#waiting[count++]?.change.bytes?.length ?? 0;
    return this.#waiting.splice(0, count);
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    const { connection, partition, epoch, token } = this.#options;
    const column = <T>(of: (change: Change) => T): readonly T[] => group.map(({ change }) => of(change));
    try {
      const [row] = await connection.ask('select kintsugi.enact($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) as said', [
        partition,
        epoch,
        token,
        this.#rev,
        column(({ kind }) => kind),
        column(({ file }) => file ?? null),
        column(({ path }) => path ?? null),
        column(({ other }) => other ?? null),
        column(({ at }) => at ?? null),
        column(({ bytes }) => (bytes === undefined ? null : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))),
      ]);
      this.#rev++;
      const said = row?.said as readonly string[];
      for (const [n, { operation, path, resolve, reject }] of group.entries()) {
        const answer = said[n] ?? '!EIO';
        if (answer.startsWith('+')) resolve(answer.slice(1));
        else
          reject(new FileFault(operation, path, answer.slice(1), REASONS[answer.slice(1)] ?? 'the store refuses it'));
      }
    } catch (error) {
      const fault = group.map(({ operation, path }) => faultFrom(operation, path, error));
      for (const [n, { reject }] of group.entries()) reject(fault[n] as FileFault);
      if (error instanceof StoreSilent) this.end(error.message);
      else if (fault[0]?.code === 'ESTALE')
        this.end(
          `partition ${partition} has another owner, or its lease is out: epoch ${epoch}, revision ${this.#rev}`,
        );
    }
  }

  #refuseAll(reason: string): void {
    for (const { operation, path, reject } of this.#waiting.splice(0)) reject(stale(operation, path, reason));
  }
}

const stale = (operation: string, path: string, reason: string): FileFault =>
  new FileFault(operation, path, 'ESTALE', reason);
