import * as fs from 'node:fs';
import { join } from 'node:path';
import { says } from '../ports/says.ts';
import { insideOf } from './path-guard.ts';
import { WATCHED } from './watch-folder.ts';

/** Names under which the bot makes its documents (node-files.ts), its tokens, its note of the account and that of its owner, before they get their own. */
const UNFINISHED = [
  { folders: [...WATCHED, 'run'], name: /^\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.tmp$/ },
  { folders: ['run'], name: /^(token|inspector_token|live\.json|owner\.json)\.[0-9a-f]{8}$/ },
];

export interface Cleared {
  /** Relative to the bot's directory. */
  readonly cleared: readonly string[];
  /** What the system would not do, in words. */
  readonly refused: readonly string[];
}

/**
 * Takes away files that a process of this bot died over before they had their name: nobody was ever told that what is in them
 * is kept, and a bot that dies again and again would fill its disk with them. For the owner of the directory alone: another
 * may be making one just now.
 */
export function clearUnfinished(root: string): Cleared {
  const cleared: string[] = [];
  const refused: string[] = [];
  for (const { folders, name } of UNFINISHED) {
    for (const folder of folders) {
      try {
        for (const file of fs.readdirSync(insideOf(root, folder === '' ? '.' : folder), { withFileTypes: true })) {
          if (!file.isFile() || !name.test(file.name)) continue;
          const path = join(folder, file.name);
          fs.rmSync(insideOf(root, path), { force: true });
          cleared.push(path);
        }
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') continue;
        refused.push(says(error));
      }
    }
  }
  return { cleared, refused };
}
