import { test } from 'vitest';
import { type LivingBot, type LivingBotOptions, livingBot } from './living-bot.ts';

export type Start = (options?: LivingBotOptions) => Promise<LivingBot>;

/** Each test has bots of its own, which are stopped when it is over, so that tests may share the time. */
export const it = test.extend<{ start: Start }>({
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads from it what a fixture needs
  start: async ({}, use) => {
    const bots: LivingBot[] = [];
    await use(async (options) => {
      const bot = await livingBot(options);
      bots.push(bot);
      return bot;
    });
    for (const bot of bots) await bot.stop();
  },
});
