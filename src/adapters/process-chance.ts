/** Chance for what concerns this process and no record of the bot: uniform in [0, 1), and never the same twice. */
export const processChance = (): number => Math.random();
