import { SIGNAL_BUS_FILE } from '../../actors/records.ts';
import { fileQuarantine } from '../../adapters/file-quarantine.ts';
import { jsonlLogs } from '../../adapters/jsonl-logs.ts';
import type { Connection } from '../../adapters/postgres/connection.ts';
import { FencedCommits } from '../../adapters/postgres/fenced-commits.ts';
import { pgFiles } from '../../adapters/postgres/pg-files.ts';
import type { Partition } from '../../cli/fleet/partitions.ts';
import type { Clock } from '../../ports/clock.ts';
import type { LogRecord } from '../../ports/event-log.ts';
import { SEGMENT_BYTES } from './clerk.ts';
import type { PartitionLeft } from './fleet-observer.ts';

/** Reads a partition’s log as the next owner would, without being one. */
export async function leftOf(
  { name }: Partition,
  connection: Connection,
  clock: Clock,
): Promise<Omit<PartitionLeft, 'held'>> {
  const commits = new FencedCommits({
    connection,
    partition: name,
    epoch: -1,
    token: '',
    rev: -1,
    lost: () => undefined,
  });
  const files = pgFiles({ connection, commits, partition: name, durability: 'synced' });
  const log = jsonlLogs(files, fileQuarantine(files, clock), null, SEGMENT_BYTES).log(SIGNAL_BUS_FILE, {
    sequenced: true,
  });
  const { existed } = await log.open({ create: 'never' });
  const records: LogRecord[] = [];
  if (existed) for await (const record of log.replay()) records.push(record);
  return { partition: name, records, verdict: await log.verify({ full: true }) };
}
