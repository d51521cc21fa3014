import type { Exchange } from 'ccxt';
import { expect } from 'vitest';
import { clientOf } from './ccxt-client.ts';
import { type ExchangeOptions, FakeExchange } from './fake-exchange.ts';
import { guardLoopback } from './loopback-guard.ts';

export const BTC = 'BTC/USDT:USDT';
export const ETH = 'ETH/USDT:USDT';

/**
 * Without this ccxt asks for the positions behind the back of `watchOrders` and keeps a promise of the answer that nobody awaits: a
 * socket cut before it is there is an unhandled rejection.
 */
export const OWN_EVENTS_ONLY = {
  options: { watchPositions: { fetchPositionsSnapshot: false, awaitPositionsSnapshot: false } },
};

/** An exchange with prices, a real ccxt client at it, and a guard that fails the test on any socket to elsewhere. */
export interface Rig extends AsyncDisposable {
  readonly exchange: FakeExchange;
  readonly client: Exchange;
}

export async function rig(options: ExchangeOptions = {}, config: Record<string, unknown> = {}): Promise<Rig> {
  const guard = guardLoopback();
  const exchange = await FakeExchange.start(options);
  exchange.price('BTCUSDT', '60000');
  exchange.price('ETHUSDT', '3000');
  const client = await clientOf(exchange, config);
  return {
    exchange,
    client,
    [Symbol.asyncDispose]: async () => {
      await client.close();
      await exchange.close();
      guard[Symbol.dispose]();
      if (guard.outside.length > 0) throw new Error(`sockets were opened to ${guard.outside.join(', ')}`);
    },
  };
}

/**
 * Begins to watch, and is there when the exchange has the subscription. The first result comes as `next`: a promise that a function
 * gives back would be waited for.
 */
export async function heard<T>(
  { exchange }: Rig,
  stream: string,
  watch: () => Promise<T>,
): Promise<{ next: Promise<T> }> {
  const next = watch();
  // Rejections belong to whoever awaits it later; until then they must not end the process (trading.md P9).
  next.catch(() => undefined);
  await expect.poll(() => exchange.listeningTo).toContain(stream);
  return { next };
}

/** Binance's code of the refusal that a call ends in; 0 if it ends otherwise. */
export async function codeOf(call: Promise<unknown>): Promise<number> {
  try {
    await call;
    return 0;
  } catch (error) {
    return Number(/"code":(-?\d+)/.exec(String(error))?.[1] ?? Number.NaN);
  }
}

/** The name of the class that a call is rejected with. */
export async function classOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'nothing';
  } catch (error) {
    return error instanceof Error ? error.constructor.name : String(error);
  }
}
