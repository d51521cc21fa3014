import * as fs from 'node:fs';
import { join, relative, sep } from 'node:path';

/** Folders below the root that the bot works in; others are seen by the poll only. */
export const WATCHED = ['', 'logs', 'feature_store', 'feature_store/intelligence', 'state'];

/**
 * Tells of changes below `root` within milliseconds (inotify). News get lost, so it is never the only eye: where watching
 * is not possible (no folder yet, too many watches), the poll of the components is the backstop.
 */
export function watchFolder(root: string, changed: (path: string) => void): () => void {
  const watchers = new Map<string, fs.FSWatcher>();
  let wanted = true;

  const watch = (folder: string): void => {
    if (!wanted || watchers.has(folder) || !fs.existsSync(join(root, folder))) return;
    try {
      const watcher = fs.watch(join(root, folder), { persistent: false }, (_, name) => {
        if (!wanted) return;
        const path =
          name === null
            ? folder
            : relative(root, join(root, folder, name))
                .split(sep)
                .join('/');
        if (WATCHED.includes(path)) rewatch(path);
        changed(path);
      });
      watcher.on('error', () => drop(folder));
      watchers.set(folder, watcher);
    } catch (error) {
      // Too many watches or a folder that went away just now: the poll sees what this does not.
      if (!(error instanceof Error)) throw error;
    }
  };
  const drop = (folder: string): void => {
    watchers.get(folder)?.close();
    watchers.delete(folder);
  };
  /** A folder that appeared, or appeared anew under its old name, is another folder. */
  const rewatch = (folder: string): void => {
    for (const one of WATCHED) if (one === folder || one.startsWith(`${folder}/`)) drop(one);
    for (const one of WATCHED) watch(one);
  };

  for (const folder of WATCHED) watch(folder);
  return () => {
    wanted = false;
    for (const folder of [...watchers.keys()]) drop(folder);
  };
}
