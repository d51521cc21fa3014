/** The bot, for programs that run it themselves. The command line is `kintsugi` (`src/cli`). */
export { type Bot, createBot } from './actors/bot.ts';
export type { Guard } from './actors/guards/guard.ts';
export type { Settings } from './actors/settings.ts';
export type { Strategy } from './actors/strategies/strategy.ts';
export type { LoneBotOptions as BotOptions, RunningBot, Summary } from './cli/bot.ts';
export { ConfigError } from './cli/config/config-error.ts';
export { type BotConfig, DEFAULT_CONFIG, parseConfig } from './cli/config.ts';
export { startBot } from './cli/start-bot.ts';
export { catalogue } from './healing/invariants/catalogue.ts';
export type { StatusReport } from './healing/status.ts';
export type { World } from './ports/world.ts';
