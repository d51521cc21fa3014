import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'vite';

const ROOT = resolve(import.meta.dirname, '..');
const BUILT = join(ROOT, 'dist/page/index.html');
/** The page takes types alone from `src`: they change nothing of what is built. */
const SOURCES = ['inspector', 'package-lock.json'];

function newestIn(path: string): number {
  const found = statSync(path);
  if (!found.isDirectory()) return found.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newestIn(join(path, name))));
}

/** Builds the page where it is missing or older than what it is made of, so that no test looks at an old one. */
export async function setup(): Promise<void> {
  const newest = Math.max(...SOURCES.map((name) => newestIn(join(ROOT, name))));
  if (existsSync(BUILT) && statSync(BUILT).mtimeMs >= newest) return;
  await build({ configFile: join(ROOT, 'inspector/vite.config.ts') });
}
