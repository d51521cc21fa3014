import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { fileQuarantine } from '../../adapters/file-quarantine.ts';
import { kernelLock } from '../../adapters/kernel-lock.ts';
import { nodeFiles } from '../../adapters/node-files.ts';
import type { Connection } from '../../adapters/postgres/connection.ts';
import { FleetStore } from '../../adapters/postgres/fleet-store.ts';
import { pgFiles } from '../../adapters/postgres/pg-files.ts';
import { type PgLease, PgOwnership } from '../../adapters/postgres/pg-ownership.ts';
import { processTime } from '../../adapters/process-time.ts';
import { placeAt } from '../../adapters/read-only.ts';
import { wallClock } from '../../adapters/wall-clock.ts';
import { says } from '../../ports/says.ts';
import { CliError, EXIT } from '../exit-codes.ts';
import { type Copied, copyFiles, requireEmpty, type Side, type Source, sourceIn } from '../fleet/copy-files.ts';
import { withStore } from '../fleet/open-store.ts';
import { countIn } from '../fleet/partitions.ts';
import { noteMoved } from '../half-moved.ts';
import { say } from '../terminal.ts';

const LEASE_MS = 30_000;
const isStore = (place: string): boolean => /^postgres(ql)?:\/\//.test(place);

export interface MigrateFlags {
  readonly from: string;
  readonly to: string;
  readonly partition: string;
  readonly json?: boolean;
}

/** The directory, locked: no bot runs there meanwhile. Throws `OwnedElsewhere`. */
async function withDirectory<T>(dir: string, work: (side: Side) => Promise<T>): Promise<T> {
  const files = nodeFiles(dir, { durability: 'synced', watched: false });
  const lock = await kernelLock(dir, { files, answer: () => ({ pid: process.pid }) }).acquire('default');
  try {
    const clock = wallClock({ speed: 1, origin: null, follows: true });
    return await work({ files, quarantine: fileQuarantine(files, clock), name: dir });
  } finally {
    await lock.release();
  }
}

/** The partition, owned: no worker has it meanwhile. Throws `OwnedElsewhere`. */
async function withPartition<T>(
  connection: Connection,
  partition: string,
  toFill: boolean,
  work: (side: Side, lease: PgLease) => Promise<T>,
): Promise<T> {
  const time = processTime();
  const worker = `migration by ${hostname()}-${process.pid}`;
  const owner = new PgOwnership({ connection, worker, leaseMs: LEASE_MS, stopwatch: time.stopwatch });
  const lease = await owner.acquire(partition, toFill);
  const stopRenewing = time.every(LEASE_MS / 5, () => void owner.renew().catch(() => owner.expire()));
  try {
    const files = pgFiles({ connection, partition, commits: lease.commits, durability: 'synced' });
    const clock = wallClock({ speed: 1, origin: null, follows: true });
    const side = { files, quarantine: fileQuarantine(files, clock), name: placeOf(connection, partition) };
    return await work(side, lease);
  } finally {
    stopRenewing();
    await lease.release();
  }
}

const placeOf = ({ store }: Connection, partition: string): string => `${store}, ${partition}`;

/** What is there before all of it is there is nobody's to work on: it is taken away when somebody begins anew. */
function intoStore(connection: Connection, partition: string, source: Source): Promise<Copied> {
  return withPartition(connection, partition, true, async (stored, lease) => {
    if (!(await lease.fill())) throw new CliError(`${stored.name} has records already. Name another partition`);
    try {
      const copied = await copyFiles(source, stored);
      if (!(await lease.filled())) throw new CliError(`the lease on ${stored.name} was out before all was there`);
      return copied;
    } catch (error) {
      throw new CliError(
        `${says(error)}. What is in ${stored.name} is only a part, and no worker runs it: say the same once more to begin anew, or take it away with kintsugi store forget --partition ${partition}`,
      );
    }
  });
}

async function intoDirectory(connection: Connection, partition: string, directory: Side): Promise<Copied> {
  return withPartition(connection, partition, false, async (stored) => {
    await requireEmpty(directory);
    const source = await sourceIn(stored);
    try {
      await noteMoved(directory.files, false);
      const copied = await copyFiles(source, directory);
      await noteMoved(directory.files, true);
      return copied;
    } catch (error) {
      throw new CliError(
        `${says(error)}. What is in ${directory.name} is only a part, and no bot runs there: take it away, or name another`,
      );
    }
  });
}

/** Throws {@link CliError} where a partition is not there to be read, or only a part of it is. */
async function requireWhole(connection: Connection, partition: string): Promise<void> {
  const all = await new FleetStore(connection).partitions();
  const found = all.find(({ name }) => name === partition);
  if (found === undefined)
    throw new CliError(
      `${connection.store} has no partition ${partition}; it has ${all.map(({ name }) => name).join(', ') || 'none'}. Say which with --partition`,
    );
  if (found.filling)
    throw new CliError(`${placeOf(connection, partition)}, is only a part of what was to be moved there`);
}

/** `kintsugi migrate`: moves a bot's records into a store, or out of it, and proves that they are the same. The source stays as it is. */
export async function migrate({ from, to, partition, json }: MigrateFlags): Promise<number> {
  if (isStore(from) === isStore(to))
    throw new CliError('one of --from and --to is a directory, and the other one a store (postgres://…)', EXIT.usage);
  if (countIn(partition) === null)
    throw new CliError(`--partition: “${partition}” is no name of a partition, ACCOUNT/3of12`, EXIT.usage);
  const [dir, url] = isStore(from) ? [resolve(to), from] : [resolve(from), to];
  if (!isStore(from) && placeAt(dir).is !== 'folder')
    throw new CliError(`${dir}: there is no such directory. Name the bot's with --from`);
  const move = async (connection: Connection): Promise<Copied> => {
    if (isStore(from)) {
      await requireWhole(connection, partition);
      return withDirectory(dir, (directory) => intoDirectory(connection, partition, directory));
    }
    return withDirectory(dir, async (directory) => {
      const source = await sourceIn(directory);
      // Only now is there something to make room for.
      await new FleetStore(connection).provide([partition]);
      return intoStore(connection, partition, source);
    });
  };
  const copied = await withStore(url, move, { max: 4 });
  if (json) say(JSON.stringify({ schema: 1, partition, ...copied }, null, 2));
  else
    say(
      `${copied.files} files with ${copied.records} records (${copied.bytes.toLocaleString('en-US')} bytes) were copied, and are the same on both sides. The source is as it was.`,
    );
  return EXIT.done;
}
