/** A worker has many bots, one after the other, in one process: nothing of one that ended may be left locked. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { DECISIONS_FILE } from '../../src/actors/decision-tracker.ts';
import { POSITIONS_FILE } from '../../src/actors/records.ts';
import type { Strategy } from '../../src/actors/strategies/strategy.ts';
import { nodeFiles } from '../../src/adapters/node-files.ts';
import type { BotOptions } from '../../src/cli/bot.ts';
import { DEFAULT_CONFIG } from '../../src/cli/config.ts';
import { startBot } from '../../src/cli/start-bot.ts';
import { FileFault, type Files } from '../../src/ports/files.ts';
import { freshFolder } from './cli.ts';

const silent = (path: string) => new FileFault('look at', path, 'EIO', 'the store does not answer');

function bench() {
  const [dir, stored] = [freshFolder(), freshFolder()];
  const files = nodeFiles(stored, { durability: 'written', watched: false });
  let epoch = 0;
  const start = (broken: Partial<Files> = {}, options: Partial<BotOptions> = {}) =>
    startBot({
      ...{ dir: join(dir, 'partition'), symbols: ['BTCUSDT'], speed: 1, forMs: null, seed: 1, config: DEFAULT_CONFIG },
      feed: { kind: 'sim' },
      partition: {
        files: { ...files, ...broken },
        lease: { partition: 'default/0of1', epoch: ++epoch, remainingMs: () => 60_000, release: async () => undefined },
        holds: { why: () => null, onChange: () => () => undefined },
      },
      onLine: () => undefined,
      onProgress: () => undefined,
      ...options,
    });
  return { files, start };
}

it('a bot whose records cannot be read at its end ends all the same, and leaves nothing locked', async () => {
  const { files, start } = bench();
  let isSilent = false;
  const stat: Files['stat'] = (path) => (isSilent ? Promise.reject(silent(path)) : files.stat(path));
  const bot = await start({ stat });
  isSilent = true;
  bot.stop('the lease is out');
  await bot.finished;
  const next = await start();
  next.stop('the test is over');
  await next.finished;
});

it('a bot that is to give its partition back does not read through its records first', async () => {
  const { files, start } = bench();
  await (await start({}, { speed: 'max', forMs: 600_000 })).finished;
  let reads = 0;
  const openAppend: Files['openAppend'] = async (path, how) => {
    const handle = await files.openAppend(path, how);
    const counted = <T>(answer: T): T => {
      if (path === DECISIONS_FILE) reads++;
      return answer;
    };
    return {
      path: handle.path,
      read: (offset: number, length: number) => counted(handle.read(offset, length)),
      readInto: (target: Uint8Array, offset: number) => counted(handle.readInto(target, offset)),
      append: (bytes: Uint8Array) => handle.append(bytes),
      sync: () => handle.sync(),
      stat: () => handle.stat(),
      overwrite: (offset: number, bytes: Uint8Array) => handle.overwrite(offset, bytes),
      close: () => handle.close(),
    };
  };
  const bot = await start({ openAppend });
  await expect.poll(() => bot.proof().ready).toBe(true);
  expect(reads).toBeGreaterThan(0);
  const before = reads;
  bot.stop('another worker has less than its share');
  await bot.finished;
  expect(reads).toBe(before);
});

it('a partition is not opened without a symbol in which it holds something, and nothing of it is booked as closed', async () => {
  const { files, start } = bench();
  const enters: Strategy = {
    name: 'enters',
    kind: 'trend',
    think: ({ symbol }) =>
      symbol === 'SOLUSDT'
        ? { symbol, strategy: 'enters', direction: 'LONG', confidence: 0.9, reason: 'the test wants it' }
        : null,
  };
  const T = 1_760_000_000_000;
  const quick = { speed: 'max', forMs: 400_000, guards: [] } as const;
  const symbols = ['BTCUSDT', 'SOLUSDT'];
  await (await start({}, { ...quick, symbols, startAt: T, strategies: [enters] })).finished;
  const held = async (): Promise<readonly string[]> => {
    const { open_positions } = JSON.parse(new TextDecoder().decode((await files.read(POSITIONS_FILE)) ?? undefined));
    return open_positions.map((position: { symbol: string }) => position.symbol);
  };
  expect(await held()).toContain('SOLUSDT');
  const later = { ...quick, startAt: T + 400_000, strategies: [] };
  await expect(start({}, { ...later, symbols: ['BTCUSDT'] })).rejects.toThrow(
    /default\/0of1 hold SOLUSDT .*told to trade BTCUSDT there alone.*--symbols/s,
  );
  expect(await held()).toContain('SOLUSDT');
  // Whoever has all of them goes on, and nothing stays locked.
  await (await start({}, { ...later, forMs: 60_000, symbols })).finished;
});
