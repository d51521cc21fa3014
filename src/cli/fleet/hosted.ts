import { join } from 'node:path';
import type { Connection } from '../../adapters/postgres/connection.ts';
import { pgFiles } from '../../adapters/postgres/pg-files.ts';
import type { PgLease } from '../../adapters/postgres/pg-ownership.ts';
import { says } from '../../ports/says.ts';
import type { BotOptions, HostedBot } from '../bot.ts';
import type { Inspected } from '../inspector/inspected.ts';
import type { FleetHolds } from './fleet-holds.ts';
import { type Partition, seedOf } from './partitions.ts';

/** What all partitions of a worker have in common. */
export type SharedOptions = Omit<BotOptions, 'partition' | 'symbols' | 'onLine' | 'born'>;

export interface HostedParts {
  readonly partition: Partition;
  readonly lease: PgLease;
  readonly connection: Connection;
  readonly holds: FleetHolds;
  readonly shared: SharedOptions;
  /** Other partitions trade the same account. */
  readonly sharesAccount: boolean;
  readonly start: (options: BotOptions) => Promise<HostedBot>;
  /** Does the work when it is this one's turn to start. */
  readonly inTurn: (work: () => Promise<void>) => Promise<void>;
  readonly tell: BotOptions['onLine'];
}

const takeover = ({ lease }: HostedParts): string | null =>
  lease.takenFrom === null
    ? null
    : `the partition was taken over from ${lease.takenFrom.owner}, whose lease had been out for ${lease.takenFrom.outForMs} ms; its work goes on from what it had committed (epoch ${lease.epoch})`;

export interface Ending {
  readonly reason: string;
  /** It broke by itself: to start it again at once would break it again. */
  readonly failed: boolean;
}

/** The ordinary bot, on one partition's files, for as long as the lease holds. */
export class Hosted {
  readonly lease: PgLease;
  readonly partition: Partition;
  /** Resolves when nothing of it runs any more, with why it ended. */
  readonly over: Promise<Ending>;
  /** Resolves, with why, as soon as it is to end or has ended. */
  readonly leaving: Promise<string>;
  /** What of it is on this machine: its own log. */
  readonly dir: string;
  #leave: (reason: string) => void = () => undefined;
  #bot: HostedBot | null = null;
  #stop: string | null = null;

  constructor(parts: HostedParts) {
    this.lease = parts.lease;
    this.partition = parts.partition;
    this.dir = join(parts.shared.dir, parts.partition.name.replaceAll('/', '.'));
    this.leaving = new Promise((resolve) => {
      this.#leave = resolve;
    });
    void this.lease.lost.then((reason) => this.stop(reason));
    this.over = this.#run(parts);
    void this.over.then(({ reason }) => this.#leave(reason));
  }

  /** For who wants to look into it; `null` as long as it has not started. */
  get inspected(): Inspected | null {
    return this.#bot?.inspected ?? null;
  }

  get status(): string {
    if (this.#stop !== null) return 'stopping';
    return this.#bot?.status().status ?? 'starting';
  }

  stop(reason: string): void {
    this.#stop ??= reason;
    this.#leave(reason);
    this.#bot?.stop(reason);
  }

  async #run(parts: HostedParts): Promise<Ending> {
    try {
      await parts.inTurn(async () => {
        // Whose lease ran out before its turn came has nothing to start.
        if (this.#stop === null) this.#bot = await this.#start(parts);
      });
      if (this.#stop !== null) this.#bot?.stop(this.#stop);
      await this.#bot?.finished;
      return { reason: this.#stop ?? 'it ended by itself', failed: this.#stop === null };
    } catch (error) {
      return { reason: `${this.#stop ?? 'it failed'}: ${says(error)}`, failed: this.#stop === null };
    }
  }

  #start(parts: HostedParts): Promise<HostedBot> {
    const { partition, lease, connection, holds, shared, sharesAccount, start, tell } = parts;
    const born = takeover(parts);
    return start({
      ...shared,
      dir: this.dir,
      symbols: partition.symbols,
      seed: seedOf(shared.seed, partition.name),
      partition: {
        files: pgFiles({ connection, partition: partition.name, commits: lease.commits, durability: 'synced' }),
        ...{ lease, holds, sharesAccount },
      },
      ...(born === null ? {} : { born }),
      onLine: tell,
    });
  }
}
