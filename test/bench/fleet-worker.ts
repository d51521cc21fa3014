/**
 * Bots as fast as their store lets them: those of the given partitions on a PostgreSQL, or the ordinary one of all symbols on files.
 * `node fleet-worker.ts STORE_URL|DIR PARTITION…`; says `ready`, begins at the first byte on stdin, and says what CPU it took, ms.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectTo } from '../../src/adapters/postgres/connection.ts';
import { pgFiles } from '../../src/adapters/postgres/pg-files.ts';
import { PgOwnership } from '../../src/adapters/postgres/pg-ownership.ts';
import { processTime } from '../../src/adapters/process-time.ts';
import { DEFAULT_CONFIG } from '../../src/cli/config.ts';
import { partitionsOf } from '../../src/cli/fleet/partitions.ts';
import { startBot } from '../../src/cli/start-bot.ts';
import { ACCOUNT, everyBar, PARTITIONS, SYMBOLS, sparing } from '../postgres/fleet-world.ts';
import { cpuMs } from './contest.ts';

const MINUTE_MS = 60_000;
const BARS = 20;
const LEASE_MS = 60_000;
const [place = '', ...names] = process.argv.slice(2);

const run = async (dir: string, parts: Partial<Parameters<typeof startBot>[0]>): Promise<void> => {
  const bot = await startBot({
    ...{ dir, feed: { kind: 'sim' }, symbols: SYMBOLS, speed: 'max', forMs: BARS * MINUTE_MS, seed: 1 },
    config: { ...DEFAULT_CONFIG, durability: 'synced' },
    strategies: everyBar(MINUTE_MS),
    guards: [sparing(MINUTE_MS)],
    onLine: () => undefined,
    onProgress: () => undefined,
    ...parts,
  });
  await bot.finished;
};

async function onStore(): Promise<void> {
  const connection = connectTo(place, { max: 8 });
  const ownership = new PgOwnership({
    connection,
    worker: String(process.pid),
    leaseMs: LEASE_MS,
    stopwatch: processTime().stopwatch,
  });
  const renewing = setInterval(() => void ownership.renew(), LEASE_MS / 5);
  const dir = mkdtempSync(join(tmpdir(), 'kintsugi-bench-fleet-'));
  const mine = partitionsOf(ACCOUNT, SYMBOLS, PARTITIONS).filter(({ name }) => names.includes(name));
  await Promise.all(
    mine.map(async ({ name, symbols }) => {
      const lease = await ownership.acquire(name);
      const files = pgFiles({ connection, partition: name, commits: lease.commits, durability: 'synced' });
      const holds = { why: () => null, onChange: () => () => undefined };
      await run(join(dir, name.replaceAll('/', '.')), { symbols, partition: { files, lease, holds } });
      await lease.release();
    }),
  );
  clearInterval(renewing);
  await connection.close();
}

process.stdout.write('ready\n');
await new Promise((resolve) => process.stdin.once('data', resolve));
const began = cpuMs();
if (place.startsWith('postgres:')) await onStore();
else await run(place, {});
process.stdout.write(`${cpuMs() - began}\n`, () => process.exit(0));
