import type { ExpiringLease } from '../../ports/ownership.ts';
import type { CcxtClient } from './client.ts';

/** Of what is left of a lease, so much is given to nobody, ms: the exchange looks at its clock before it acts, not while. */
const MARGIN_MS = 250;
/** With less time than this a request does not arrive, ms. */
const SHORTEST_MS = 250;

/** It has not left this process, and will not. */
export class NotSent extends Error {
  constructor(reason: string) {
    super(`${reason}; it was not sent`);
    this.name = 'NotSent';
  }
}

export interface WindowParts {
  readonly lease: Pick<ExpiringLease, 'partition' | 'remainingMs'>;
  /** What is asked for where there is time enough, ms. */
  readonly usualMs: number;
  /** By how much what is signed may be stamped later than it is at the exchange, ms. */
  readonly aheadMs: () => number;
}

/**
 * For how long the exchange may take what is signed now: never after the lease is out. Whoever claims the partition next can then ask what became
 * of an order, and the answer is the last word. Throws {@link NotSent} where too little of the lease is left.
 */
export function leaseWindow({ lease, usualMs, aheadMs }: WindowParts): () => number {
  return () => {
    const left = lease.remainingMs();
    const windowMs = Math.floor(Math.min(usualMs, left - MARGIN_MS - aheadMs()));
    if (windowMs >= SHORTEST_MS) return windowMs;
    throw new NotSent(
      `partition ${lease.partition} is ours for ${Math.round(left)} ms more, too short for a request to arrive while it is`,
    );
  };
}

/** Requests that change nothing may come late. */
const READS = 'GET';

/**
 * Has every request of a client that changes something signed with its own window, in the moment of signing: that is after all waiting for a
 * turn, and nothing but the network comes after it.
 */
export function signWithin(client: CcxtClient, window: () => number): void {
  const sign = client.sign.bind(client);
  client.sign = (path, api, method, ...rest) => {
    if (method === READS) return sign(path, api, method, ...rest);
    const usual = client.options.recvWindow;
    client.options.recvWindow = window();
    try {
      return sign(path, api, method, ...rest);
    } finally {
      client.options.recvWindow = usual;
    }
  };
}
