import { join } from 'node:path';
import { readIfThere } from '../../adapters/read-only.ts';
import { GUARDIAN_FILE, type RestartRecord } from './records.ts';

const DAY_S = 86_400;

/** What `kintsugi status` says of the guardian; JSON field names are those of the record. */
export interface GuardianStatus {
  readonly restarts_in_24_hours: number;
  readonly last: RestartRecord | null;
}

/**
 * What the guardians of a directory have written. A line that cannot be read hides no other; `doctor` shows it.
 * @param at the wall's time, ms since the epoch
 */
export function readRestarts(dir: string, at: number): GuardianStatus {
  const bytes = readIfThere(join(dir, GUARDIAN_FILE));
  const records = (bytes === null ? '' : new TextDecoder().decode(bytes)).split('\n').flatMap((line) => {
    try {
      const record = JSON.parse(line) as RestartRecord;
      return typeof record.ts === 'number' && typeof record.says === 'string' ? [record] : [];
    } catch {
      return [];
    }
  });
  const since = at / 1_000 - DAY_S;
  const restarts = records.filter(({ event, ts }) => event === 'restart' && ts > since).length;
  return { restarts_in_24_hours: restarts, last: records.at(-1) ?? null };
}

/** In a line for people; `null` when there is nothing to say. That a guardian once gave up is news only while nothing runs. */
export function sayRestarts({ restarts_in_24_hours: restarts, last }: GuardianStatus, running: boolean): string | null {
  if (last === null) return null;
  const how = `${last.says} (logs/guardian.jsonl)`;
  if (last.event === 'gave_up' && !running) return `the guardian gave up at ${last.timestamp}: ${how}`;
  if (restarts === 0) return null;
  return `restarted ${restarts === 1 ? 'once' : `${restarts} times`} by the guardian in 24 hours; last at ${last.timestamp}: ${how}`;
}
