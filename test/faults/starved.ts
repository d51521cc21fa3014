import { existsSync, readFileSync } from 'node:fs';

/** Of this thread: nanoseconds that it ran, that it could have run and others did, and how often it was let run (proc(5)). */
const SCHEDSTAT = '/proc/thread-self/schedstat';

/** How long this thread has waited so far for a processor that others had, ms; 0 where the system does not tell. */
export function starvedMs(): number {
  if (!existsSync(SCHEDSTAT)) return 0;
  const [, waitedNs = '0'] = readFileSync(SCHEDSTAT, 'utf8').split(' ');
  return Number(waitedNs) / 1e6;
}
