/** Peers of a package.json of their own: `npm ci --prefix test/bench/peers`. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const PEERS = join(import.meta.dirname, 'peers');

/** What a script of `peers` prints: a number. `null` where the peers are not installed. */
export function inPackage(script: string, ...args: readonly number[]): number | null {
  if (!existsSync(join(PEERS, 'node_modules'))) return null;
  return Number(execFileSync(process.execPath, [join(PEERS, script), ...args.map(String)], { encoding: 'utf8' }));
}
