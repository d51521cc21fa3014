/** A worker has many bots, one after the other, in one process: nothing of one that ended may be left locked. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { nodeFiles } from '../../src/adapters/node-files.ts';
import { DEFAULT_CONFIG } from '../../src/cli/config.ts';
import { startBot } from '../../src/cli/start-bot.ts';
import { FileFault, type Files } from '../../src/ports/files.ts';
import { freshFolder } from './cli.ts';

const silent = (path: string) => new FileFault('look at', path, 'EIO', 'the store does not answer');

function bench() {
  const [dir, stored] = [freshFolder(), freshFolder()];
  const files = nodeFiles(stored, { durability: 'written', watched: false });
  const start = (broken: Partial<Files> = {}) =>
    startBot({
      ...{ dir: join(dir, 'partition'), symbols: ['BTCUSDT'], speed: 1, forMs: null, seed: 1, config: DEFAULT_CONFIG },
      feed: { kind: 'sim' },
      partition: {
        files: { ...files, ...broken },
        lease: { partition: 'default/0of1', epoch: 1, remainingMs: () => 60_000, release: async () => undefined },
        holds: { why: () => null, onChange: () => () => undefined },
      },
      onLine: () => undefined,
      onProgress: () => undefined,
    });
  return { files, start };
}

it('a bot whose records cannot be read at its end leaves nothing locked', async () => {
  const { files, start } = bench();
  let isSilent = false;
  const stat: Files['stat'] = (path) => (isSilent ? Promise.reject(silent(path)) : files.stat(path));
  const bot = await start({ stat });
  isSilent = true;
  bot.stop('the lease is out');
  await expect(bot.finished).rejects.toThrow('does not answer');
  const next = await start();
  next.stop('the test is over');
  await next.finished;
});
