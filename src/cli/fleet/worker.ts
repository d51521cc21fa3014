import { oneAtATime } from '../../adapters/one-at-a-time.ts';
import type { Connection } from '../../adapters/postgres/connection.ts';
import { StoreRefused, StoreTrouble } from '../../adapters/postgres/errors.ts';
import { FleetStore } from '../../adapters/postgres/fleet-store.ts';
import { PgOwnership } from '../../adapters/postgres/pg-ownership.ts';
import type { ProcessTime } from '../../adapters/process-time.ts';
import { OwnedElsewhere } from '../../ports/ownership.ts';
import { says } from '../../ports/says.ts';
import type { BotOptions, HostedBot } from '../bot.ts';
import { FleetHolds } from './fleet-holds.ts';
import { Hosted, type SharedOptions } from './hosted.ts';
import { countIn, type Partition } from './partitions.ts';

/** A lease is renewed so often in its time, so that one or two lost answers do not cost it. */
const TURNS_A_LEASE = 5;
/** A partition whose bot could not be started is left to others for so long, in leases. */
const LEFT_ALONE_LEASES = 2;

export interface WorkerParts {
  readonly name: string;
  /** For the bots' files. */
  readonly connection: Connection;
  /** For leases and what workers tell each other: never behind what the bots write. */
  readonly control: Connection;
  readonly partitions: readonly Partition[];
  readonly leaseMs: number;
  readonly time: ProcessTime;
  readonly shared: SharedOptions;
  readonly start: (options: BotOptions) => Promise<HostedBot>;
  readonly tell: (level: 'info' | 'warn' | 'error', message: string) => void;
  /** The machine it is on, for people. */
  readonly host?: string;
  /** What it trades with, for people. */
  readonly orders?: string;
}

/** What a worker says of itself to the others, and to `kintsugi status --store`. */
export interface WorkerSays {
  readonly pid: number;
  readonly lease_ms: number;
  /** Health of each partition it has. */
  readonly partitions: Readonly<Record<string, string>>;
  readonly leaving: boolean;
  /** Of an older worker, not there. */
  readonly host?: string | null;
  /** Where its page is, without the token; `null`: it serves none. */
  readonly page?: string | null;
  /** `on paper`, or at which real account. */
  readonly orders?: string;
}

/** Claims its share of the partitions, runs a bot for each, and gives up whatever it may not have any more. */
export class Worker {
  readonly #parts: WorkerParts;
  readonly #store: FleetStore;
  readonly #ownership: PgOwnership;
  readonly #holds = new FleetHolds();
  readonly #hosted = new Map<string, Hosted>();
  readonly #leftAlone = new Map<string, number>();
  /** Partitions that nobody has had whenever it was looked, and since when. */
  readonly #freeSince = new Map<string, number>();
  readonly #starting = oneAtATime();
  #renewing = false;
  #leaving: string | null = null;
  /** Where its page is, for the others to tell. */
  page: string | null = null;

  constructor(parts: WorkerParts) {
    this.#parts = parts;
    const { control, connection: commitsOver, name: worker, leaseMs, time } = parts;
    this.#store = new FleetStore(control);
    this.#ownership = new PgOwnership({
      ...{ connection: control, commitsOver, worker, leaseMs },
      stopwatch: time.stopwatch,
    });
  }

  /** What it has of a partition; `null`: nothing. */
  hosted(name: string): Hosted | null {
    return this.#hosted.get(name) ?? null;
  }

  stop(reason: string): void {
    this.#leaving ??= reason;
  }

  /** Until it is stopped and nothing of it runs any more. Throws what the store says at the start: where it is of another count, too. */
  async run(): Promise<void> {
    const { partitions, leaseMs, time } = this.#parts;
    // A fixed number of partitions, for ever: with another one, symbols would belong elsewhere, and their positions to nobody.
    await this.#store.provide(partitions.map(({ name }) => name));
    await this.#nameUnminded();
    // While the store is silent, leases must end here all the same.
    const endWatch = time.every(Math.max(10, leaseMs / 20), () => this.#ownership.expire());
    const endRenewing = time.every(leaseMs / TURNS_A_LEASE, () => void this.#renew());
    while (this.#leaving === null || this.#hosted.size > 0) {
      await this.#turn().catch((error: unknown) => this.#holds.unknown(this.#told(error)));
      await time.sleep(leaseMs / TURNS_A_LEASE);
    }
    endRenewing();
    endWatch();
    await this.#store.tell(this.#parts.name, this.#says());
  }

  #told(error: unknown): string {
    const reason = says(error);
    this.#parts.tell('warn', reason);
    return reason;
  }

  /** On a clock of its own: whatever else a turn waits for, what is held is renewed in time. */
  async #renew(): Promise<void> {
    if (this.#renewing) return;
    this.#renewing = true;
    await this.#ownership.renew().catch((error: unknown) => this.#told(error));
    this.#renewing = false;
  }

  /** Says which partitions of the account have records that this worker cannot mind: none of its symbols are there, or not all of the records. */
  async #nameUnminded(): Promise<void> {
    const { partitions, tell } = this.#parts;
    const account = countIn(partitions[0]?.name ?? '')?.account;
    const ours = new Set(partitions.map(({ name }) => name));
    for (const { name, bytes, filling } of await this.#store.partitions()) {
      if (filling && ours.has(name))
        tell(
          'warn',
          `[FLEET] ${name} has only a part of what was to be moved there: nobody runs it before all is there`,
        );
      if (bytes > 0 && !ours.has(name) && account !== undefined && countIn(name)?.account === account)
        tell('warn', `[FLEET] ${name} has records, and no symbol of this worker belongs there: it minds nothing of it`);
    }
  }

  async #turn(): Promise<void> {
    this.#holds.take(await this.#store.hold());
    await this.#store.tell(this.#parts.name, this.#says());
    if (this.#leaving !== null) {
      for (const hosted of this.#hosted.values()) hosted.stop(this.#leaving);
      return;
    }
    const { share, isSomebodyShort } = await this.#share();
    await this.#claim(share);
    if (isSomebodyShort) this.#giveBack(share);
  }

  /**
   * So many partitions are this worker's, if all that live are to have the same; and whether another has fewer. What a worker is still
   * ending counts: before that is over it can claim nothing in its place.
   */
  async #share(): Promise<{ readonly share: number; readonly isSomebodyShort: boolean }> {
    const { partitions, leaseMs, name } = this.#parts;
    const alive = (await this.#store.workers()).filter(
      (worker) => worker.name === name || (worker.seenMsAgo < leaseMs && !(worker.says as WorkerSays).leaving),
    );
    const share = Math.ceil(partitions.length / Math.max(1, alive.length));
    const hasLess = ({ says }: (typeof alive)[number]): boolean =>
      Object.keys((says as WorkerSays).partitions).length < share;
    return { share, isSomebodyShort: alive.some((worker) => worker.name !== name && hasLess(worker)) };
  }

  async #claim(share: number): Promise<void> {
    const { partitions, time, leaseMs } = this.#parts;
    const now = time.monotonic();
    let silent = 0;
    const free = await this.#store.free(partitions.map(({ name }) => name));
    for (const name of this.#freeSince.keys()) if (!free.includes(name)) this.#freeSince.delete(name);
    for (const name of free) {
      const since = this.#freeSince.get(name) ?? now;
      this.#freeSince.set(name, since);
      const partition = partitions.find((one) => one.name === name);
      if (partition === undefined || this.#hosted.has(name) || (this.#leftAlone.get(name) ?? 0) > now) continue;
      // Whose share it is may still be ending the bot that it lost: better one with too many than a partition without an owner.
      if (this.#hosted.size >= share && now - since < leaseMs) continue;
      try {
        await this.#host(partition);
      } catch (error) {
        if (!(error instanceof StoreTrouble)) throw error;
        this.#told(error);
        // One that cannot be had is no reason to leave the others; two without an answer are the store.
        if (!(error instanceof StoreRefused) && ++silent > 1) throw error;
      }
    }
    for (const [name, until] of this.#leftAlone) if (until + leaseMs < now) this.#leftAlone.delete(name);
  }

  async #host(partition: Partition): Promise<void> {
    const { connection, shared, start, tell, time, leaseMs } = this.#parts;
    try {
      const lease = await this.#ownership.acquire(partition.name);
      const from = lease.takenFrom === null ? '' : `, taken over from ${lease.takenFrom.owner}`;
      tell('info', `[FLEET] ${partition.name} is ours: epoch ${lease.epoch}${from}`);
      const hosted = new Hosted({
        ...{ partition, lease, connection, shared, start, holds: this.#holds },
        sharesAccount: this.#parts.partitions.length > 1,
        inTurn: (work) => this.#inTurn(work),
        tell: (level, message) => tell(level, `${partition.name}: ${message}`),
      });
      this.#hosted.set(partition.name, hosted);
      void hosted.over.then(async ({ reason, failed }) => {
        tell(this.#leaving === null ? 'warn' : 'info', `[FLEET] ${partition.name} is no longer ours: ${reason}`);
        if (failed) this.#leftAlone.set(partition.name, time.monotonic() + LEFT_ALONE_LEASES * leaseMs);
        // Where it is out already this changes nothing, and where the store is silent it will be out by itself.
        await lease.release().catch((error: Error) => tell('warn', error.message));
        this.#hosted.delete(partition.name);
      });
    } catch (error) {
      if (!(error instanceof OwnedElsewhere)) throw error;
    }
  }

  /**
   * Bots start one after the other: many at once would keep the process so busy that it could not renew what it has. One that is slow
   * (an exchange that does not answer) holds nobody up for long.
   */
  async #inTurn(work: () => Promise<void>): Promise<void> {
    const { time, leaseMs } = this.#parts;
    const begun = await this.#starting(async () => {
      const done = work();
      await Promise.race([done.catch(() => undefined), time.sleep(leaseMs / TURNS_A_LEASE)]);
      // What came meanwhile, and a renewal that is due, goes first.
      await time.sleep(1);
      return { done };
    });
    await begun.done;
  }

  /** One at a time: whoever came late gets its share without a storm of restarts. */
  #giveBack(share: number): void {
    const running = [...this.#hosted.values()].filter(({ status }) => status !== 'stopping');
    if (running.length > share) running.at(-1)?.stop('another worker has less than its share');
  }

  #says(): WorkerSays {
    return {
      pid: process.pid,
      lease_ms: this.#parts.leaseMs,
      partitions: Object.fromEntries([...this.#hosted].map(([name, { status }]) => [name, status])),
      leaving: this.#leaving !== null,
      host: this.#parts.host ?? null,
      page: this.page,
      orders: this.#parts.orders ?? 'on paper',
    };
  }
}
