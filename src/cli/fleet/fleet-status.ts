import type { Connection } from '../../adapters/postgres/connection.ts';
import { FleetStore } from '../../adapters/postgres/fleet-store.ts';
import type { FleetReport } from '../../inspector/contract.ts';
import { EXIT } from '../exit-codes.ts';
import { say, table } from '../terminal.ts';
import type { WorkerSays } from './worker.ts';

/** Worst first: the fleet is as well as its worst partition. */
const RANK = ['red', 'unknown', 'yellow', 'starting', 'stopping', 'green'] as const;

const EXITS: Readonly<Record<string, number>> = { green: EXIT.done, red: EXIT.red };

/** Who owns what, since which epoch, for how long yet, and how it is. */
export async function fleetReport(connection: Connection): Promise<FleetReport> {
  const store = new FleetStore(connection);
  const [partitions, workers, hold] = [await store.partitions(), await store.workers(), await store.hold()];
  const seen = workers.map(({ name, seenMsAgo, says }) => {
    const said = says as WorkerSays;
    return { name, seenMsAgo, said, alive: seenMsAgo < said.lease_ms && !said.leaving };
  });
  const rows = partitions.map(({ name, epoch, owner, leaseMs, bytes, idleMs }) => {
    const held = leaseMs !== null && leaseMs > 0;
    const health = held ? seen.find((one) => one.name === owner)?.said.partitions[name] : undefined;
    return {
      name,
      epoch,
      owner: held ? owner : null,
      lease_ms: leaseMs,
      lag_ms: idleMs,
      status: health ?? (held ? 'starting' : 'red'),
      bytes,
    };
  });
  const status = RANK.find((rank) => rows.some((row) => row.status === rank)) ?? 'unknown';
  return {
    schema: 1,
    store: connection.store,
    status,
    hold,
    workers: seen.map(({ name, seenMsAgo, said, alive }) => ({
      ...{ name, alive, seen_ms_ago: seenMsAgo, pid: said.pid, leaving: said.leaving },
      ...{ host: said.host ?? null, page: said.page ?? null, orders: said.orders ?? null },
      partitions: rows.filter((row) => row.owner === name).length,
    })),
    partitions: rows,
  };
}

/** `kintsugi status --store URL`. @returns the exit code */
export async function fleetStatus(connection: Connection, json: boolean): Promise<number> {
  const report = await fleetReport(connection);
  if (json) say(JSON.stringify(report, null, 2));
  else {
    say(`${report.status}  ${report.store}`);
    if (report.hold) say(`HELD since ${report.hold.at} by ${report.hold.by}: ${report.hold.reason}`);
    say(
      table([
        ['worker', 'last seen', 'partitions', 'orders'],
        ...report.workers.map(({ name, alive, seen_ms_ago: ago, partitions, orders }) => [
          name,
          `${ago} ms ago${alive ? '' : ', gone'}`,
          String(partitions),
          orders ?? 'does not say',
        ]),
      ]),
    );
    say(
      table([
        ['partition', 'owner', 'epoch', 'lease', 'last commit', 'status', 'bytes'],
        ...report.partitions.map(({ name, owner, epoch, lease_ms: lease, lag_ms: lag, status, bytes }) => [
          name,
          owner ?? 'nobody',
          String(epoch),
          lease === null ? 'none' : lease > 0 ? `${lease} ms` : `out for ${-lease} ms`,
          lag === null ? 'none' : `${lag} ms ago`,
          status,
          bytes.toLocaleString('en-US'),
        ]),
      ]),
    );
  }
  return EXITS[report.status] ?? EXIT.yellow;
}
