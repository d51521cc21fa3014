import { SIGNAL_BUS_FILE } from '../actors/records.ts';
import { fileQuarantine } from '../adapters/file-quarantine.ts';
import { jsonlLogs } from '../adapters/jsonl-logs.ts';
import type { LogRecord } from '../ports/event-log.ts';
import { SEGMENT_BYTES } from './life.ts';
import type { Left } from './observer.ts';
import type { Outside } from './world/outside.ts';

/** Reads what a bot that was stopped leaves behind, as the next one would. */
export async function whatIsLeft({ disk, clock, exchange }: Outside): Promise<Left> {
  const files = disk.files();
  const logs = jsonlLogs(files, fileQuarantine(files, clock), null, SEGMENT_BYTES);
  const log = logs.log(SIGNAL_BUS_FILE, { sequenced: true });
  await log.open({ create: 'always' });
  const verdict = await log.verify({ full: true });
  const bus: LogRecord[] = [];
  for await (const record of log.replay()) bus.push(record);
  await log.close();
  const { broker } = exchange;
  const [held, resting, payments] = [await broker.positions(), await broker.resting(), await broker.fundingSince(0)];
  return { bus, verdict, held, resting, payments };
}
