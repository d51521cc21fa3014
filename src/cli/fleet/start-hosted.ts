import type { BotOptions, HostedBot } from '../bot.ts';
import type { LiveFleet } from '../live/live-fleet.ts';
import { startBot } from '../start-bot.ts';

/** Starts a partition's bot with the money its worker trades with. Throws `CliError` where its records are of other money. */
export function startHosted(live: LiveFleet | null): (options: BotOptions) => Promise<HostedBot> {
  return async (options) => {
    const { partition } = options;
    if (partition === undefined) throw new Error('only the bot of a partition is started here');
    if (live === null) {
      await (await import('../live/live-fleet.ts')).refusePaper(partition);
      return startBot(options);
    }
    const session = await live.session(partition);
    try {
      const bot = await startBot({ ...options, live: session });
      const close = (): Promise<void> => session.close();
      void bot.finished.then(close, close);
      return bot;
    } catch (error) {
      await session.close();
      if (error instanceof Error) error.message = live.redactor.text(error.message);
      throw error;
    }
  };
}
