import { userInfo } from 'node:os';
import { connectTo } from '../../adapters/postgres/connection.ts';
import { FleetStore } from '../../adapters/postgres/fleet-store.ts';
import { prepareStore } from '../../adapters/postgres/schema-steps.ts';
import { CliError, EXIT } from '../exit-codes.ts';
import { requireUrl, withStore } from '../fleet/open-store.ts';
import { say } from '../terminal.ts';

/** How long a step of the schema may take, ms. */
const STEP_MS = 600_000;

/** `kintsugi store init`: makes the tables, or brings them to this version. */
export async function initStore({ store, role }: { readonly store?: string; readonly role?: string }): Promise<number> {
  // A step may go over all that is there.
  const connection = connectTo(requireUrl(store), { answerMs: STEP_MS });
  try {
    const steps = await prepareStore(connection, role ?? null);
    const what = steps === 0 ? 'has what this kintsugi needs already' : `was prepared (${steps} steps)`;
    say(`${connection.store} ${what}${role === undefined ? '' : `; ${role} may work with it`}.`);
    return EXIT.done;
  } finally {
    await connection.close();
  }
}

/** `kintsugi store hold`: nobody of the fleet enters from the workers' next turn on; exits go on. */
export async function holdStore({
  store,
  reason,
}: {
  readonly store?: string;
  readonly reason: string;
}): Promise<number> {
  if (reason.trim() === '') throw new CliError('--reason is empty: say why no entries may be made', EXIT.usage);
  await withStore(store, (connection) =>
    new FleetStore(connection).holdAll(reason.trim(), `${userInfo().username} (process ${process.pid})`),
  );
  say('The fleet is held: no worker enters from its next turn on (a fifth of a lease); exits go on.');
  return EXIT.done;
}

/** `kintsugi store forget`: takes a partition away in which nothing is, or a part of what was to be moved in. */
export async function forgetPartition({
  store,
  partition,
}: {
  readonly store?: string;
  readonly partition: string;
}): Promise<number> {
  await withStore(store, async (connection) => {
    const fleet = new FleetStore(connection);
    if (await fleet.forget(partition)) return;
    const found = (await fleet.partitions()).find(({ name }) => name === partition);
    if (found === undefined) throw new CliError(`${connection.store} has no partition ${partition}`);
    throw new CliError(
      `${partition} stays: ${found.owner === null ? 'it has records' : `it is worker ${found.owner}'s, or has records`}`,
    );
  });
  say(`${partition} was taken away; nothing was in it that is needed.`);
  return EXIT.done;
}

/** `kintsugi store release`. */
export async function releaseStore({ store }: { readonly store?: string }): Promise<number> {
  await withStore(store, (connection) => new FleetStore(connection).letAllGo());
  say('The fleet may enter again.');
  return EXIT.done;
}
