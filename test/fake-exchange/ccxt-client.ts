import type { Exchange } from 'ccxt';
import type { FakeExchange } from './fake-exchange.ts';
import { pointAt } from './point-at.ts';

type ExchangeClass = new (config: Record<string, unknown>) => Exchange;

/** Loads one exchange's class alone: all of ccxt take three times as long, and its `exports` name only the whole. */
export async function loadClass(id: string): Promise<ExchangeClass> {
  const file = new URL(`./src/pro/${id}.js`, import.meta.resolve('ccxt'));
  const loaded = (await import(file.href)) as { default: ExchangeClass };
  return loaded.default;
}

/** The real ccxt client of Binance USD-M, with the keys of that exchange and led to it. */
export async function clientOf(exchange: FakeExchange, config: Record<string, unknown> = {}): Promise<Exchange> {
  const Binance = await loadClass('binanceusdm');
  const client = new Binance({
    apiKey: exchange.apiKey.key,
    secret: exchange.apiKey.secret,
    // Its own limiter would make a test wait; the exchange counts for itself.
    enableRateLimit: false,
    timeout: 10_000,
    ...config,
  });
  pointAt(client, exchange.url, { now: () => exchange.clock.now() });
  return client;
}
