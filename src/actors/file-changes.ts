import { debounceTime, groupBy, mergeMap, Subject, throttleTime } from 'rxjs';
import type { World } from '../ports/world.ts';

/** News of changed paths, shared by all components: one watcher a bot. */
export interface FileChanges {
  /** @returns how to stop listening */
  listen(changed: (path: string) => void): () => void;
}

/**
 * The first change of a file is told at once, later ones at most once in `pace.changeMs`, and the last one always: a log
 * that is appended to all the time is not looked at all the time.
 */
export function fileChanges({ files, clock, pace }: World): {
  readonly changes: FileChanges;
  readonly stop: () => void;
} {
  const raw = new Subject<string>();
  const calm = raw.pipe(
    // A group ends when its file has been quiet, so that the files of many years do not pile up.
    groupBy((path) => path, { duration: (group) => group.pipe(debounceTime(pace.changeMs * 2, clock.scheduler)) }),
    mergeMap((group) => group.pipe(throttleTime(pace.changeMs, clock.scheduler, { leading: true, trailing: true }))),
  );
  const told = new Subject<string>();
  const telling = calm.subscribe(told);
  const stopWatching = files.watch((path) => raw.next(path));
  return {
    changes: {
      listen: (listener) => {
        const listening = told.subscribe(listener);
        return () => listening.unsubscribe();
      },
    },
    stop: () => {
      stopWatching();
      telling.unsubscribe();
    },
  };
}
