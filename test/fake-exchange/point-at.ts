import type { Exchange } from 'ccxt';
import type { CcxtClient } from '../../src/adapters/ccxt/client.ts';
import { pointAt as lead, loopbackUrl } from '../../src/adapters/ccxt/point-at.ts';

export interface PointOptions {
  /** The exchange's clock, where it does not run like ours: ccxt stamps its requests with it. */
  readonly now?: () => number;
}

/** Leads a ccxt Binance client to an exchange on loopback, before its first request, as the bot leads its own. */
export function pointAt(exchange: Exchange, url: string, { now }: PointOptions = {}): void {
  const client = exchange as unknown as CcxtClient;
  lead(client, loopbackUrl(url));
  if (now) client.milliseconds = now;
  client.options.fetchCurrencies = false;
}
