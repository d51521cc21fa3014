import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { bundled } from '../faults/bundled.ts';
import { installedPackage } from '../installed-package.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** The program itself: what `node_modules/.bin/node` starts would be counted too. */
export const NODE = execFileSync(join(ROOT, 'node_modules/.bin/node'), ['-p', 'process.execPath']).toString().trim();

/** The command as it is published: packed, unpacked, plain JavaScript. Takes half a minute. */
export const packagedCommand = (): string => join(installedPackage(), 'node_modules/kintsugi/dist/cli/kintsugi.js');

/** The same sources in one file, made in seconds. */
export async function bundledCommand(): Promise<string> {
  const built = dirname(await bundled(join(ROOT, 'src/cli/kintsugi.ts')));
  const home = mkdtempSync(join(tmpdir(), 'kintsugi-bundle-'));
  // It reads its version two folders above.
  mkdirSync(join(home, 'dist'));
  cpSync(built, join(home, 'dist/cli'), { recursive: true, filter: (path) => !path.endsWith('node_modules') });
  cpSync(join(ROOT, 'package.json'), join(home, 'package.json'));
  symlinkSync(join(ROOT, 'node_modules'), join(home, 'node_modules'));
  return join(home, 'dist/cli/kintsugi.mjs');
}
