import { debounceTime, groupBy, interval, map, merge, mergeMap, Observable, throttleTime } from 'rxjs';
import { fileQuarantine } from '../../adapters/file-quarantine.ts';
import { jsonlLogs } from '../../adapters/jsonl-logs.ts';
import { kernelLock } from '../../adapters/kernel-lock.ts';
import { nodeFiles } from '../../adapters/node-files.ts';
import { everythingBelow } from '../../adapters/read-only.ts';
import { wallClock } from '../../adapters/wall-clock.ts';
import type { EventLog } from '../../ports/event-log.ts';
import { says } from '../../ports/says.ts';
import { botDirectory } from '../bot-directory.ts';
import { EXIT } from '../exit-codes.ts';
import { counted, say, tell } from '../terminal.ts';

const LEFT_OUT = ['quarantine', 'run', 'node_modules', '.git'];
/** News of changes get lost; this does not. */
const POLL_MS = 2_000;
/** A log that is appended to all the time is looked at so often at most. */
const CALM_MS = 100;
/** Of every log, read again at every poll. */
const SWEEP_BYTES = 8 * 1024 * 1024;

/**
 * Stays beside a bot that is not ours and mends its logs in place while it appends. It touches nothing else: documents are
 * their owner's, and a line that may be in the making is left alone until it has stood still.
 */
export async function watchOver({
  dir: given,
  json = false,
}: {
  readonly dir: string;
  readonly json?: boolean;
}): Promise<number> {
  const dir = botDirectory(given);
  const clock = wallClock();
  const files = nodeFiles(dir, { durability: 'synced' });
  const quarantine = fileQuarantine(files, clock);
  const logs = jsonlLogs(files, quarantine);
  const known = new Map<string, EventLog>();
  const lease = await kernelLock(dir, { files, answer: () => ({ pid: process.pid, healing: true }) }).acquire(
    'default',
  );
  const logOf = (path: string): EventLog => {
    const log = known.get(path) ?? logs.log(path, { sequenced: false });
    known.set(path, log);
    return log;
  };
  const paths = (): string[] =>
    [...everythingBelow(dir, LEFT_OUT)]
      .filter(({ path, kind, readable }) => kind === 'file' && readable && path.endsWith('.jsonl'))
      .map(({ path }) => path);

  const lookAt = async (path: string, sweepBytes = 0): Promise<void> => {
    const log = logOf(path);
    try {
      const { bad, exists } = await log.verify({ sweepBytes });
      if (!exists || bad.length === 0) return;
      const { quarantined } = await log.repair();
      const after = await log.verify();
      if (json) say(JSON.stringify({ path, found: bad.length, quarantined, left: after.bad.length }));
      else {
        say(`🔧 ${path}: ${counted(quarantined.length, 'bad line')} moved to quarantine/ and blanked in place`);
        if (after.bad.length > 0) tell(`${path}: ${counted(after.bad.length, 'bad line')} appeared meanwhile`);
      }
    } catch (error) {
      tell(`${path}: ${says(error)}`);
    }
  };

  const changes = new Observable<string>((each) => files.watch((path) => each.next(path))).pipe(
    groupBy((path) => path, { duration: (group) => group.pipe(debounceTime(POLL_MS)) }),
    mergeMap((group) => group.pipe(throttleTime(CALM_MS, undefined, { leading: true, trailing: true }))),
  );
  const polls = interval(POLL_MS).pipe(mergeMap(paths));
  for (const path of paths()) await lookAt(path);
  tell(`Watching over ${counted(known.size, 'log')} in ${dir}; Ctrl-C ends it.`);
  let busy: Promise<void> = Promise.resolve();
  const subscription = merge(
    changes.pipe(map((path) => ({ path, sweepBytes: 0 }))),
    polls.pipe(map((path) => ({ path, sweepBytes: SWEEP_BYTES }))),
  ).subscribe(({ path, sweepBytes }) => {
    if (path.endsWith('.jsonl') && !LEFT_OUT.some((folder) => path.startsWith(`${folder}/`)))
      busy = busy.then(() => lookAt(path, sweepBytes));
  });
  await new Promise<void>((resolved) => {
    process.once('SIGINT', resolved);
    process.once('SIGTERM', resolved);
  });
  subscription.unsubscribe();
  await busy;
  for (const path of paths()) await logOf(path).verify({ full: true });
  for (const path of paths()) await lookAt(path);
  await lease.release();
  return EXIT.done;
}
