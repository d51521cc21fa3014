/** Proof that this process owns a partition. Every effect carries the epoch; a lower one is fenced off. */
export interface Lease {
  readonly partition: string;
  readonly epoch: number;
  release(): Promise<void>;
}

/** A lease that somebody else may take when it is out. */
export interface ExpiringLease extends Lease {
  /** How long it surely holds from now on, ms; 0 once it does not. To be asked again after every wait. */
  remainingMs(): number;
}

/** Somebody else owns the partition. */
export class OwnedElsewhere extends Error {
  constructor(partition: string, by: string) {
    super(`${partition} is owned by another bot (${by}); stop it first, or use another --dir`);
    this.name = 'OwnedElsewhere';
  }
}

/** One owner per partition (embedded: a lock that the kernel frees when the process dies). Throws {@link OwnedElsewhere}. */
export interface Ownership {
  acquire(partition: string): Promise<Lease>;
}
