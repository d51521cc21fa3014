import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { fileQuarantine } from '../../adapters/file-quarantine.ts';
import { kernelLock } from '../../adapters/kernel-lock.ts';
import { nodeFiles } from '../../adapters/node-files.ts';
import type { Connection } from '../../adapters/postgres/connection.ts';
import { FleetStore } from '../../adapters/postgres/fleet-store.ts';
import { pgFiles } from '../../adapters/postgres/pg-files.ts';
import { PgOwnership } from '../../adapters/postgres/pg-ownership.ts';
import { processTime } from '../../adapters/process-time.ts';
import { placeAt } from '../../adapters/read-only.ts';
import { wallClock } from '../../adapters/wall-clock.ts';
import { CliError, EXIT } from '../exit-codes.ts';
import { copyFiles, type Side } from '../fleet/copy-files.ts';
import { withStore } from '../fleet/open-store.ts';
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
  work: (side: Side) => Promise<T>,
): Promise<T> {
  const time = processTime();
  await new FleetStore(connection).provide([partition]);
  const worker = `migration by ${hostname()}-${process.pid}`;
  const owner = new PgOwnership({ connection, worker, leaseMs: LEASE_MS, stopwatch: time.stopwatch });
  const lease = await owner.acquire(partition);
  const stopRenewing = time.every(LEASE_MS / 5, () => void owner.renew().catch(() => owner.expire()));
  try {
    const files = pgFiles({ connection, partition, commits: lease.commits, durability: 'synced' });
    const clock = wallClock({ speed: 1, origin: null, follows: true });
    return await work({ files, quarantine: fileQuarantine(files, clock), name: `${connection.store}, ${partition}` });
  } finally {
    stopRenewing();
    await lease.release();
  }
}

/** `kintsugi migrate`: moves a bot's records into a store, or out of it, and proves that they are the same. The source stays as it is. */
export async function migrate({ from, to, partition, json }: MigrateFlags): Promise<number> {
  if (isStore(from) === isStore(to))
    throw new CliError('one of --from and --to is a directory, and the other one a store (postgres://…)', EXIT.usage);
  const [dir, url] = isStore(from) ? [resolve(to), from] : [resolve(from), to];
  if (!isStore(from) && placeAt(dir).is !== 'folder')
    throw new CliError(`${dir}: there is no such directory. Name the bot's with --from`);
  const copied = await withStore(
    url,
    (connection) =>
      withDirectory(dir, (directory) =>
        withPartition(connection, partition, (stored) =>
          isStore(from) ? copyFiles(stored, directory) : copyFiles(directory, stored),
        ),
      ),
    { max: 4 },
  );
  if (json) say(JSON.stringify({ schema: 1, partition, ...copied }, null, 2));
  else
    say(
      `${copied.files} files with ${copied.records} records (${copied.bytes.toLocaleString('en-US')} bytes) were copied, and are the same on both sides. The source is as it was.`,
    );
  return EXIT.done;
}
