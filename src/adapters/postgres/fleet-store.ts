import type { Connection } from './connection.ts';

/** A partition as everybody sees it. */
export interface PartitionState {
  readonly name: string;
  readonly epoch: number;
  readonly owner: string | null;
  /** Until its lease is out, ms by the database's clock; below 0 it has been out for so long. `null`: nobody has one. */
  readonly leaseMs: number | null;
  readonly bytes: number;
  /** What is there is only a part of what is being moved in, or was to be: no worker may have it. */
  readonly filling: boolean;
  /** Since its last commit that wrote something, ms; `null`: there was none. */
  readonly idleMs: number | null;
}

/** What a worker last said of itself. */
export interface WorkerState {
  readonly name: string;
  readonly seenMsAgo: number;
  readonly says: unknown;
}

export interface FleetHold {
  readonly reason: string;
  readonly by: string;
  /** ISO-8601. */
  readonly at: string;
}

/** What all workers share besides files: who owns what, who lives, and the one switch. */
export class FleetStore {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Makes the partitions that are not there yet. Throws `StoreRefused` where the account has some of another count. */
  async provide(names: readonly string[]): Promise<void> {
    await this.#connection.ask('select kintsugi.provide($1)', [names]);
  }

  /** Takes a partition away that nobody has, and that is empty or only a part of what was moved in. @returns whether it was one */
  async forget(name: string): Promise<boolean> {
    const [row] = await this.#connection.ask('select kintsugi.forget($1) as gone', [name]);
    return row?.gone === true;
  }

  async partitions(): Promise<readonly PartitionState[]> {
    const rows = await this.#connection.ask(
      `select name, epoch, owner, filling, extract(epoch from nullif(expires, '-infinity') - clock_timestamp()) * 1000 as lease,
              (select coalesce(sum(size), 0) from kintsugi.file where partition = p.name) as bytes,
              (select extract(epoch from clock_timestamp() - max(changed)) * 1000 from kintsugi.file where partition = p.name) as idle
         from kintsugi.partition p order by name`,
    );
    return rows.map(({ name, epoch, owner, filling, lease, bytes, idle }) => ({
      name: String(name),
      filling: filling === true,
      epoch: Number(epoch),
      owner: owner === null ? null : String(owner),
      leaseMs: lease === null ? null : Math.round(Number(lease)),
      bytes: Number(bytes),
      idleMs: idle === null ? null : Math.max(0, Math.round(Number(idle))),
    }));
  }

  /** Names of partitions nobody owns, and how many workers live: both as of now. */
  async free(names: readonly string[]): Promise<readonly string[]> {
    const rows = await this.#connection.ask(
      'select name from kintsugi.partition where name = any($1) and expires <= clock_timestamp() and not filling order by expires, name',
      [names],
    );
    return rows.map(({ name }) => String(name));
  }

  async workers(): Promise<readonly WorkerState[]> {
    const rows = await this.#connection.ask(
      'select name, says, extract(epoch from clock_timestamp() - seen) * 1000 as ago from kintsugi.worker order by name',
    );
    return rows.map(({ name, says, ago }) => ({ name: String(name), says, seenMsAgo: Math.round(Number(ago)) }));
  }

  /** A worker says that it lives, and how it is. */
  async tell(worker: string, says: unknown): Promise<void> {
    await this.#connection.ask('select kintsugi.tell($1, $2)', [worker, JSON.stringify(says)]);
  }

  async hold(): Promise<FleetHold | null> {
    const [row] = await this.#connection.ask('select reason, by, at from kintsugi.hold');
    return row === undefined
      ? null
      : { reason: String(row.reason), by: String(row.by), at: (row.at as Date).toISOString() };
  }

  /** Nobody of the fleet enters from now on; exits go on. */
  async holdAll(reason: string, by: string): Promise<void> {
    await this.#connection.ask('select kintsugi.hold_all($1, $2)', [reason, by]);
  }

  async letAllGo(): Promise<void> {
    await this.#connection.ask('select kintsugi.let_all_go()');
  }
}
