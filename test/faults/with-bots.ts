import { test } from 'vitest';
import { type LivingBot, type LivingBotOptions, livingBot } from './living-bot.ts';

export type Start = (options?: LivingBotOptions) => Promise<LivingBot>;

/** A bot computes for half of its first second: more than two at a time are late for each other, and heal that. */
let places = 2;
const queue: (() => void)[] = [];
const enter = async (): Promise<void> => {
  if (places > 0) places -= 1;
  else await new Promise<void>((resolve) => queue.push(resolve));
};
const leave = (): void => {
  const next = queue.shift();
  if (next) next();
  else places += 1;
};

/** Each test has bots of its own, which are stopped when it is over, so that tests may share the time. */
export const it = test.extend<{ start: Start }>({
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads from it what a fixture needs
  start: async ({}, use) => {
    const bots: LivingBot[] = [];
    await enter();
    await use(async (options) => {
      const bot = await livingBot(options);
      bots.push(bot);
      return bot;
    });
    // A place that is not left is waited for by all the others.
    try {
      for (const bot of bots) await bot.stop();
    } finally {
      leave();
    }
  },
});
