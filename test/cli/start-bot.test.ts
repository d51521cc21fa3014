import { expect, it, vi } from 'vitest';
import type { AnyActorRef } from 'xstate';
import { DEFAULT_CONFIG } from '../../src/cli/config.ts';
import { startBot } from '../../src/cli/start-bot.ts';
import { freshFolder } from './cli.ts';

const roots: AnyActorRef[] = [];
vi.mock('../../src/actors/bot.ts', async (original) => {
  const real = await original<typeof import('../../src/actors/bot.ts')>();
  return {
    ...real,
    createBot: (parts: Parameters<typeof real.createBot>[0]) => {
      const bot = real.createBot(parts);
      roots.push(bot.root);
      return bot;
    },
  };
});

it('a bot whose root actor fails has not ended well: its guardian starts it again', async () => {
  const bot = await startBot({
    dir: freshFolder(),
    feed: { kind: 'sim' },
    symbols: null,
    speed: 1,
    forMs: null,
    seed: 1,
    config: DEFAULT_CONFIG,
    onLine: () => undefined,
    onProgress: () => undefined,
  });
  const order = {
    type: 'RESTART_CHILD',
    get id(): string {
      throw new Error('a fault in the supervisor');
    },
  };
  roots[0]?.send(order);
  await expect(bot.finished).rejects.toThrow('the root actor of the bot failed');
});
