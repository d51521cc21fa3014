import { type ExpiringLease, OwnedElsewhere } from '../../ports/ownership.ts';
import type { ProcessTime } from '../process-time.ts';
import type { Connection } from './connection.ts';
import { FencedCommits } from './fenced-commits.ts';

/** Of a lease, so much is left unused: what was begun before its end must be over at its end. */
const MARGIN = 0.2;

export interface PgLease extends ExpiringLease {
  /** From whom it was taken, and how long their lease had been out, ms; `null` where it was free. */
  readonly takenFrom: { readonly owner: string; readonly outForMs: number } | null;
  readonly commits: FencedCommits;
  /** Nobody works on it until it is {@link filled}: for who moves records in. `false`: it has records that were not left by such a one. */
  fill(): Promise<boolean>;
  /** All is there. */
  filled(): Promise<boolean>;
  /** Why it is over, once it is. */
  readonly lost: Promise<string>;
}

interface Held {
  readonly lease: PgLease;
  readonly token: string;
  /** How long ago it was asked for, ms. */
  readonly age: () => number;
}

export interface PgOwnershipOptions {
  /** For leases. */
  readonly connection: Connection;
  /** For what is committed under them, where that must not hold up renewals; the same when left out. */
  readonly commitsOver?: Connection;
  /** Name of this worker, for people. */
  readonly worker: string;
  readonly leaseMs: number;
  /** Begins to count: how long ago that was, ms, never less than it truly is. */
  readonly stopwatch: ProcessTime['stopwatch'];
}

/**
 * Leases on partitions, by the clock of the database. The worker counts each lease from the moment at which it *asked* for it, by a clock
 * that nobody sets, so that it ends here before it ends there.
 */
export class PgOwnership {
  readonly #options: PgOwnershipOptions;
  readonly #held = new Map<string, Held>();

  constructor(options: PgOwnershipOptions) {
    this.#options = options;
  }

  get held(): readonly PgLease[] {
    return [...this.#held.values()].map(({ lease }) => lease);
  }

  /** @param toFill it may be one that is half moved. Throws {@link OwnedElsewhere}. */
  async acquire(partition: string, toFill = false): Promise<PgLease> {
    const { connection, commitsOver = connection, worker, leaseMs, stopwatch } = this.#options;
    const age = stopwatch();
    const claim = [partition, worker, leaseMs, toFill];
    const [row] = await connection.ask('select * from kintsugi.claim($1, $2, $3, $4)', claim);
    if (row === undefined) throw new OwnedElsewhere(`partition ${partition}`, 'another worker');
    const [epoch, token] = [Number(row.epoch), String(row.token)];
    const tell = async (what: 'release' | 'fill' | 'filled'): Promise<boolean> => {
      const [said] = await connection.ask(`select kintsugi.${what}($1, $2, $3) as done`, [partition, epoch, token]);
      return said?.done === true;
    };
    let end: (reason: string) => void = () => undefined;
    const lost = new Promise<string>((resolve) => {
      end = resolve;
    });
    const commits = new FencedCommits({
      ...{ connection: commitsOver, partition, epoch, token, rev: Number(row.rev) },
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
        return held?.lease === lease ? Math.max(0, leaseMs * (1 - MARGIN) - held.age()) : 0;
      },
      release: async () => {
        commits.end('it was given back');
        await tell('release');
      },
      fill: () => tell('fill'),
      filled: () => tell('filled'),
    };
    this.#held.set(partition, { lease, token, age });
    return lease;
  }

  /** Renews all that are held. Those that are gone are ended; where the database is silent, they end when their time is over. */
  async renew(): Promise<void> {
    const { connection, leaseMs, stopwatch } = this.#options;
    this.expire();
    const leases = [...this.#held.values()];
    if (leases.length === 0) return;
    const age = stopwatch();
    const rows = await connection.ask('select name, anew from kintsugi.renew($1, $2, $3, $4)', [
      leases.map(({ lease }) => lease.partition),
      leases.map(({ lease }) => lease.epoch),
      leases.map(({ token }) => token),
      leaseMs,
    ]);
    const still = new Map(rows.map(({ name, anew }) => [String(name), anew === true]));
    for (const { lease, token } of leases) {
      const anew = still.get(lease.partition);
      if (anew === undefined) lease.commits.end(`the lease on partition ${lease.partition} is out`);
      // Where somebody keeps its row locked, what is left of it runs on.
      else if (anew && this.#held.get(lease.partition)?.lease === lease)
        this.#held.set(lease.partition, { lease, token, age });
    }
  }

  /** Ends what has run out by our own clock: a process that was stopped, or whose database was silent for too long. */
  expire(): void {
    for (const { lease } of [...this.#held.values()])
      if (lease.remainingMs() === 0)
        lease.commits.end(`the lease on partition ${lease.partition} could not be renewed in time`);
  }
}
