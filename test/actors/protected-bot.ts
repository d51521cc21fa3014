/** The trading actors before a scripted exchange, with stops behind every position. */
import type { Intent } from '../../src/machines/messages.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { bar, type HabitatOptions } from './habitat.ts';
import { ScriptedExchange } from './scripted-exchange.ts';
import { tradingBot } from './trading.ts';

export const PROTECTION = { enabled: true, beyondStop: 0.002 } as const;
export type ProtectedBot = Awaited<ReturnType<typeof protectedBot>>;

export async function protectedBot(
  options: HabitatOptions & { readonly prices?: Readonly<Record<string, number>> } = {},
) {
  const prices = options.prices ?? { BTCUSDT: 100_000 };
  const held: { clock: Clock | null } = { clock: null };
  const exchange = new ScriptedExchange(() => {
    if (!held.clock) throw new Error('the habitat has no clock yet');
    return held.clock;
  }, prices);
  const t = await tradingBot({
    ...options,
    prices,
    settings: { protection: PROTECTION, ...options.settings },
    world: { broker: exchange, ...options.world },
    begun: (clock) => {
      held.clock = clock;
    },
  });
  return {
    ...t,
    exchange,
    work: () => t.snapshot('tradeExecution').value.running.work,
    context: () => t.snapshot('tradeExecution').context,
    /** A bar that goes straight to a price: the exchange sees it first. */
    move: async (price: number, symbol = 'BTCUSDT') => {
      exchange.price(symbol, price);
      await t.tick([bar(symbol, price, t.clock.now())]);
    },
    sentOf: (purpose: Intent['purpose']) => exchange.submitted.filter((intent) => intent.purpose === purpose),
  };
}
