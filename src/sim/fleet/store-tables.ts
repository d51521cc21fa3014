/** What the database of a fleet keeps, and who may change it: `schema.ts` in memory, statement by statement. */
import { StoreRefused } from '../../adapters/postgres/errors.ts';
import { FileTables } from './file-tables.ts';
import type { Sabotage } from './sabotage.ts';

export interface PartitionRow {
  readonly name: string;
  epoch: number;
  rev: number;
  owner: string | null;
  /** By the database's clock, ms; `-Infinity` where nobody has it. */
  expires: number;
}

/** One change as `kintsugi.enact` is given it, a column each. */
export interface Change {
  readonly kind: string;
  readonly file: number | null;
  readonly path: string | null;
  readonly other: string | null;
  readonly at: number | null;
  readonly bytes: Buffer | null;
}

/** A commit that was made. */
export interface Commit {
  readonly partition: string;
  readonly epoch: number;
  readonly rev: number;
  readonly changes: readonly Change[];
}

export interface TablesOptions {
  readonly store: string;
  /** The database's clock, ms since the epoch. */
  readonly now: () => number;
  readonly sabotage: ReadonlySet<Sabotage>;
  readonly onCommit: (commit: Commit) => void;
  readonly onClaim: (row: Readonly<PartitionRow>) => void;
}

export class StoreTables {
  readonly #options: TablesOptions;
  readonly partitions = new Map<string, PartitionRow>();
  readonly workers = new Map<string, { seen: number; says: string }>();
  readonly files: FileTables;
  hold: { readonly reason: string; readonly by: string; readonly at: Date } | null = null;

  constructor(options: TablesOptions) {
    this.#options = options;
    this.files = new FileTables(options.now);
  }

  now(): number {
    return this.#options.now();
  }

  provide(names: readonly string[]): void {
    for (const name of names)
      if (!this.partitions.has(name))
        this.partitions.set(name, { name, epoch: 0, rev: 0, owner: null, expires: Number.NEGATIVE_INFINITY });
  }

  claim(name: string, worker: string, ttlMs: number): (PartitionRow & { before: PartitionRow }) | null {
    const row = this.partitions.get(name);
    if (row === undefined || row.expires > this.now()) return null;
    const before = { ...row };
    row.epoch++;
    row.owner = worker;
    row.expires = this.#until(ttlMs);
    this.#options.onClaim(row);
    return { ...row, before };
  }

  renew(names: readonly string[], epochs: readonly number[], ttlMs: number): readonly string[] {
    return names.filter((name, n) => {
      const row = this.partitions.get(name);
      if (row === undefined || row.epoch !== epochs[n] || row.expires <= this.now()) return false;
      row.expires = this.#until(ttlMs);
      return true;
    });
  }

  release(name: string, epoch: number): boolean {
    const row = this.partitions.get(name);
    if (row?.epoch !== epoch) return false;
    row.owner = null;
    row.expires = Number.NEGATIVE_INFINITY;
    return true;
  }

  /** One commit: all of these changes, or none. Throws {@link StoreRefused} where it is fenced off. */
  enact(name: string, epoch: number, rev: number, changes: readonly Change[]): readonly string[] {
    const { store, sabotage, onCommit } = this.#options;
    const row = this.partitions.get(name);
    const isCurrent = sabotage.has('no-revision') || (row?.rev === rev && row.expires > this.now());
    const mayPass = sabotage.has('no-fence') || (row?.epoch === epoch && isCurrent);
    if (row === undefined || !mayPass) throw new StoreRefused(store, 'KT001', 'fenced');
    row.rev++;
    const said = changes.map((change) => this.files.make(name, change));
    onCommit({ partition: name, epoch, rev: row.rev, changes });
    return said;
  }

  #until(ttlMs: number): number {
    return this.now() + ttlMs * (this.#options.sabotage.has('leases-outlast') ? 4 : 1);
  }
}
