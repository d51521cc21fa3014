import { type ExpiringLease, OwnedElsewhere } from '../../ports/ownership.ts';
import type { Connection } from './connection.ts';
import { FencedCommits } from './fenced-commits.ts';

/** Of a lease, so much is left unused: what was begun before its end must be over at its end. */
const MARGIN = 0.2;

export interface PgLease extends ExpiringLease {
  /** From whom it was taken, and how long their lease had been out, ms; `null` where it was free. */
  readonly takenFrom: { readonly owner: string; readonly outForMs: number } | null;
  readonly commits: FencedCommits;
  /** Why it is over, once it is. */
  readonly lost: Promise<string>;
}

export interface PgOwnershipOptions {
  /** For leases. */
  readonly connection: Connection;
  /** For what is committed under them, where that must not hold up renewals; the same when left out. */
  readonly commitsOver?: Connection;
  /** Name of this worker, for people. */
  readonly worker: string;
  readonly leaseMs: number;
  /** Time that no clock change moves, ms. */
  readonly monotonic: () => number;
}

/**
 * Leases on partitions, by the clock of the database. The worker counts each lease from the moment at which it *asked* for it, by a clock
 * that nobody sets, so that it ends here before it ends there.
 */
export class PgOwnership {
  readonly #options: PgOwnershipOptions;
  readonly #held = new Map<string, { lease: PgLease; until: number }>();

  constructor(options: PgOwnershipOptions) {
    this.#options = options;
  }

  get held(): readonly PgLease[] {
    return [...this.#held.values()].map(({ lease }) => lease);
  }

  /** Throws {@link OwnedElsewhere}. */
  async acquire(partition: string): Promise<PgLease> {
    const { connection, commitsOver = connection, worker, leaseMs, monotonic } = this.#options;
    const asked = monotonic();
    const [row] = await connection.ask('select * from kintsugi.claim($1, $2, $3)', [partition, worker, leaseMs]);
    if (row === undefined) throw new OwnedElsewhere(`partition ${partition}`, 'another worker');
    const epoch = Number(row.epoch);
    let end: (reason: string) => void = () => undefined;
    const lost = new Promise<string>((resolve) => {
      end = resolve;
    });
    const commits = new FencedCommits({
      ...{ connection: commitsOver, partition, epoch, rev: Number(row.rev) },
      lost: (reason) => {
        if (this.#held.get(partition)?.lease === lease) this.#held.delete(partition);
        end(reason);
      },
    });
    const lease: PgLease = {
      ...{ partition, epoch, commits, lost },
      takenFrom:
        row.owner_before === null
          ? null
          : { owner: String(row.owner_before), outForMs: Math.round(Number(row.out_since)) },
      remainingMs: () => {
        const held = this.#held.get(partition);
        return held?.lease === lease ? Math.max(0, held.until - monotonic()) : 0;
      },
      release: async () => {
        commits.end('it was given back');
        await connection.ask('select kintsugi.release($1, $2)', [partition, epoch]);
      },
    };
    this.#held.set(partition, { lease, until: asked + leaseMs * (1 - MARGIN) });
    return lease;
  }

  /** Renews all that are held. Those that are gone are ended; where the database is silent, they end when their time is over. */
  async renew(): Promise<void> {
    const { connection, leaseMs, monotonic } = this.#options;
    this.expire();
    const leases = this.held;
    if (leases.length === 0) return;
    const asked = monotonic();
    const rows = await connection.ask('select * from kintsugi.renew($1, $2, $3) as name', [
      leases.map(({ partition }) => partition),
      leases.map(({ epoch }) => epoch),
      leaseMs,
    ]);
    const still = new Set(rows.map(({ name }) => String(name)));
    for (const lease of leases) {
      if (!still.has(lease.partition)) lease.commits.end(`the lease on partition ${lease.partition} is out`);
      else if (this.#held.get(lease.partition)?.lease === lease)
        this.#held.set(lease.partition, { lease, until: asked + leaseMs * (1 - MARGIN) });
    }
  }

  /** Ends what has run out by our own clock: a process that was stopped, or whose database was silent for too long. */
  expire(): void {
    for (const { lease } of [...this.#held.values()])
      if (lease.remainingMs() === 0)
        lease.commits.end(`the lease on partition ${lease.partition} could not be renewed in time`);
  }
}
