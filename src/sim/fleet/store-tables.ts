/** What the database of a fleet keeps, and who may change it: `schema.ts` in memory, statement by statement. */
import { StoreRefused } from '../../adapters/postgres/errors.ts';
import { countIn } from '../../cli/fleet/partitions.ts';
import { FileTables } from './file-tables.ts';
import type { Sabotage } from './sabotage.ts';

export interface PartitionRow {
  readonly name: string;
  epoch: number;
  /** Of its lease: no other ever had it. */
  token: string | null;
  rev: number;
  /** What is there is a part of what is to be moved in. */
  filling: boolean;
  owner: string | null;
  /** By the database's clock, ms; `-Infinity` where nobody has it. */
  expires: number;
}

/** A lease, as whoever holds it names it. */
export type LeaseNamed = Pick<PartitionRow, 'name' | 'epoch'> & { readonly token: string };

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
  #tokens = 0;
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

  /** Throws {@link StoreRefused} where the account has some of another count. */
  provide(names: readonly string[]): void {
    for (const name of names)
      for (const other of [...this.partitions.keys(), ...names]) {
        const [mine, theirs] = [countIn(name), countIn(other)];
        if (mine && theirs?.account === mine.account && theirs.count !== mine.count)
          throw new StoreRefused(this.#options.store, 'KT002', `it has ${other}, and ${name} was asked for`);
      }
    for (const name of names)
      if (!this.partitions.has(name))
        this.partitions.set(name, {
          ...{ name, epoch: 0, token: null, rev: 0, filling: false, owner: null },
          expires: Number.NEGATIVE_INFINITY,
        });
  }

  claim(name: string, worker: string, ttlMs: number, toFill = false): (PartitionRow & { before: PartitionRow }) | null {
    const row = this.partitions.get(name);
    if (row === undefined || row.expires > this.now() || (row.filling && !toFill)) return null;
    const before = { ...row };
    row.epoch++;
    row.token = `lease ${++this.#tokens}`;
    row.owner = worker;
    row.expires = this.#until(ttlMs);
    this.#options.onClaim(row);
    return { ...row, before };
  }

  renew(leases: readonly LeaseNamed[], ttlMs: number): readonly string[] {
    return leases.flatMap((lease) => {
      const row = this.#held(lease);
      if (row === null) return [];
      row.expires = this.#until(ttlMs);
      return [row.name];
    });
  }

  /** Its row, while that lease holds. */
  #held(lease: LeaseNamed): PartitionRow | null {
    const row = this.#ours(lease);
    return row !== null && row.expires > this.now() ? row : null;
  }

  #ours({ name, epoch, token }: LeaseNamed): PartitionRow | null {
    const row = this.partitions.get(name);
    return row?.epoch === epoch && row.token === token ? row : null;
  }

  fill(lease: LeaseNamed): boolean {
    const row = this.#held(lease);
    if (row === null || !(row.filling || this.files.isEmpty(row.name))) return false;
    row.filling = true;
    this.files.forget(row.name);
    return true;
  }

  filled(lease: LeaseNamed): boolean {
    const row = this.#held(lease);
    if (row !== null) row.filling = false;
    return row !== null;
  }

  forget(name: string): boolean {
    const row = this.partitions.get(name);
    if (row === undefined || row.expires > this.now() || !(row.filling || this.files.isEmpty(name))) return false;
    this.files.forget(name);
    return this.partitions.delete(name);
  }

  release(lease: LeaseNamed): boolean {
    const row = this.#ours(lease);
    if (row === null) return false;
    row.owner = null;
    row.expires = Number.NEGATIVE_INFINITY;
    return true;
  }

  /** One commit: all of these changes, or none. Throws {@link StoreRefused} where it is fenced off. */
  enact(lease: LeaseNamed, rev: number, changes: readonly Change[]): readonly string[] {
    const { name, epoch } = lease;
    const { store, sabotage, onCommit } = this.#options;
    const row = this.partitions.get(name);
    const isCurrent = sabotage.has('no-revision') || (row?.rev === rev && row.expires > this.now());
    const mayPass = sabotage.has('no-fence') || (this.#ours(lease) !== null && isCurrent);
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
