import { Agent } from 'node:http';
import type { CcxtClient } from './client.ts';
import { CcxtError } from './load.ts';

/**
 * An exchange on this machine instead of the real one, for tests. Anything but loopback is refused: with this, keys could be
 * sent to a stranger.
 */
export function loopbackUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isLoopback = url !== null && /^(127(\.\d{1,3}){3}|localhost|\[::1\])$/.test(url.hostname);
  if (url?.protocol === 'http:' && isLoopback && url.username === '') return url;
  throw new CcxtError(`${text}: an exchange for tests is at an address like http://127.0.0.1:8080, and nowhere else`);
}

const ADDRESS = /^(https?|wss?):\/\/[^/]+/;

/** Every address in a tree of ccxt's `urls`, with its path kept. */
function moved(tree: unknown, host: string): unknown {
  if (typeof tree === 'string')
    return tree.replace(ADDRESS, (_, protocol: string) => `${protocol.startsWith('ws') ? 'ws' : 'http'}://${host}`);
  if (tree === null || typeof tree !== 'object') return tree;
  return Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, moved(value, host)]));
}

/** Makes a client speak to loopback and to nobody else. */
export function pointAt(client: CcxtClient, url: URL): void {
  for (const key of ['api', 'test', 'demo']) client.urls[key] = moved(client.urls[key], url.host);
  // Without an agent ccxt refuses sockets that are not encrypted.
  client.httpAgent = new Agent({ keepAlive: false });
  // Binance's errors are told apart by the real addresses; these are those of its USD-M futures.
  const { exceptions } = client as { exceptions?: { linear?: Record<string, unknown> } };
  if (client.getExceptionsByUrl) client.getExceptionsByUrl = (_, kind) => exceptions?.linear?.[kind] ?? {};
}
