/** A market for a live bot as a process: an hour of minutes before now, and prices that go on. */
import { accountIn, connect } from '../../../src/adapters/kill/binance-usdm.ts';
import { FakeExchange } from '../../fake-exchange/fake-exchange.ts';

export const KEY = 'a-key-of-some-length';
export const SECRET = 'a-secret-of-some-length';
const MINUTE = 60_000;
const PAST_BARS = 60;
const EVERY_MS = 500;

export interface LiveMarket extends AsyncDisposable {
  readonly exchange: FakeExchange;
  /** What a live bot as a process needs to find it. */
  environment(stateDir: string): Record<string, string>;
  /** An order by another hand, with the same keys. */
  order(params: Record<string, string>): Promise<void>;
  /** What the exchange's own books hold. */
  left(): { readonly positions: Readonly<Record<string, string>>; readonly orders: number; readonly stops: number };
}

/** @param pastBars minutes before now; strategies think when there have been some hundreds */
export async function liveMarket(prices: Readonly<Record<string, number>>, pastBars = PAST_BARS): Promise<LiveMarket> {
  const exchange = await FakeExchange.start({ apiKey: { key: KEY, secret: SECRET } });
  const began = Math.floor(Date.now() / MINUTE) * MINUTE;
  for (const [symbol, price] of Object.entries(prices)) {
    exchange.history(
      Array.from({ length: pastBars }, (_, i) => {
        const ts = began - (pastBars - i) * MINUTE;
        return { symbol, ts, open: price, high: price * 1.001, low: price * 0.999, close: price, volume: 10 };
      }),
    );
  }
  let turns = 0;
  const move = (): void => {
    turns++;
    for (const [symbol, price] of Object.entries(prices))
      exchange.price(symbol, (price * (1 + 0.0002 * Math.sin(turns / 5))).toFixed(1));
  };
  move();
  const moving = setInterval(move, EVERY_MS);
  const account = accountIn({ KINTSUGI_API_KEY: KEY, KINTSUGI_API_SECRET: SECRET }, false, exchange.url);
  return {
    exchange,
    environment: (stateDir) => ({
      KINTSUGI_API_KEY: KEY,
      KINTSUGI_API_SECRET: SECRET,
      KINTSUGI_EXCHANGE_URL: exchange.url,
      KINTSUGI_LIVE_CONFIRM: 'binanceusdm',
      XDG_STATE_HOME: stateDir,
    }),
    order: async (params) => {
      const { signed } = await connect(account);
      await signed('POST', params.triggerPrice ? '/fapi/v1/algoOrder' : '/fapi/v1/order', params);
    },
    left: () => ({
      positions: exchange.audit.positions,
      orders: exchange.audit.openOrders.length,
      stops: exchange.audit.openStops.length,
    }),
    [Symbol.asyncDispose]: async () => {
      clearInterval(moving);
      await exchange.close();
    },
  };
}
