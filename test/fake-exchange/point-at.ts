import { Agent } from 'node:http';
import type { Exchange } from 'ccxt';

/** What of ccxt's Binance is not in its types, and is changed here. */
interface Changeable {
  urls: { api: unknown };
  httpAgent: unknown;
  exceptions: { linear?: Record<string, object> };
  getExceptionsByUrl: (url: string, kind: string) => object;
  milliseconds: () => number;
}

/** Every address in it led to `url`, whatever it is nested in. */
function led(value: unknown, url: string): unknown {
  if (typeof value === 'string') {
    const host = url.replace(/^https?:\/\//, '');
    return value.replace(/^(http|ws)s?:\/\/[^/]+/, (_, protocol: string) => `${protocol}://${host}`);
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, led(inner, url)]));
}

export interface PointOptions {
  /** The exchange's clock, where it does not run like ours: ccxt stamps its requests with it. */
  readonly now?: () => number;
}

/**
 * Leads a ccxt Binance client to an exchange on loopback, before its first request: all addresses, an agent for sockets without TLS
 * (which ccxt otherwise refuses), and the error classes of USD-M, which ccxt chooses by the address (trading.md P1).
 */
export function pointAt(exchange: Exchange, url: string, { now }: PointOptions = {}): void {
  const client = exchange as unknown as Changeable;
  client.urls.api = led(client.urls.api, url);
  client.httpAgent = new Agent();
  client.getExceptionsByUrl = (_url, kind) => client.exceptions.linear?.[kind] ?? {};
  if (now) client.milliseconds = now;
  exchange.options.fetchCurrencies = false;
}
