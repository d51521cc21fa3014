import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '../../src/cli/config.ts';
import { startBot } from '../../src/cli/start-bot.ts';
import { CONFIG, WORKLOADS } from '../strace/workloads.ts';

export interface RealBot {
  readonly dir: string;
  /** Bytes by path, relative to the directory. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** All files below a folder. */
export function filesBelow(dir: string): ReadonlyMap<string, Buffer> {
  const entries = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    entries
      .map(({ parentPath, name }) => join(parentPath, name))
      .sort()
      .map((path) => [path.slice(dir.length + 1), readFileSync(path)]),
  );
}

/** Runs a bot in a directory, in virtual time. Rejects as `startBot` does. */
export async function runBot(dir: string, minutes: number): Promise<void> {
  const bot = await startBot({
    ...{ dir, feed: { kind: 'sim' }, symbols: null, speed: 'max', forMs: minutes * 60_000, seed: 7 },
    config: parseConfig(JSON.stringify(CONFIG), 'kintsugi.json'),
    ...{ onLine: () => undefined, onProgress: () => undefined },
  });
  await bot.finished;
}

/** The records of a bot that traded, was damaged, and healed it: incidents with their proof, and a quarantine. */
export async function realRecords(): Promise<RealBot> {
  const folder = mkdtempSync(join(tmpdir(), 'kintsugi-real-'));
  const [healthy, dir] = [join(folder, 'healthy'), join(folder, 'bot')];
  await runBot(healthy, 45);
  WORKLOADS.find(({ name }) => name === 'mend')?.prepare(dir, healthy);
  await runBot(dir, 12);
  return { dir, files: filesBelow(dir) };
}
