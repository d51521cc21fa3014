import { cpSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Exchange } from 'ccxt';
import { expect, test } from 'vitest';
import packageJson from '../../../package.json' with { type: 'json' };
import type { CcxtClient } from '../../../src/adapters/ccxt/client.ts';
import { ExchangeTime } from '../../../src/adapters/ccxt/exchange-time.ts';
import { CCXT_VERSION, loadExchange, UnknownExchange } from '../../../src/adapters/ccxt/load.ts';
import { openClient } from '../../../src/adapters/ccxt/open-client.ts';
import { loopbackUrl } from '../../../src/adapters/ccxt/point-at.ts';
import { listingsOf } from '../../../src/adapters/ccxt/symbols.ts';
import { VirtualClock } from '../../../src/adapters/virtual-clock.ts';

/** What we take of ccxt is what its own types say, where they say anything. */
type Ours = Pick<
  CcxtClient,
  | 'id'
  | 'fetchTime'
  | 'setLeverage'
  | 'setMarginMode'
  | 'setSandboxMode'
  | 'fetchMyTrades'
  | 'fetchOrders'
  | 'fetchOpenOrders'
  | 'fetchPositions'
  | 'fetchBalance'
  | 'watchOHLCV'
  | 'watchOrders'
>;
const asOurs = (exchange: Exchange): Ours => exchange;

const opened = async (id: string, testnet = false) => {
  const { Exchange } = await loadExchange(id);
  const clock = new VirtualClock();
  return openClient({ Exchange, clock, time: new ExchangeTime(clock, () => undefined), testnet }).client;
};

test('the version that is installed is the one this bot names', async () => {
  const { version } = await loadExchange('binanceusdm');
  expect(version).toBe(CCXT_VERSION);
  expect(packageJson.devDependencies.ccxt).toBe(CCXT_VERSION);
  expect(typeof asOurs).toBe('function');
});

test('a name that ccxt does not know is said to be unknown, and so is one that leads elsewhere', async () => {
  for (const id of ['binanceusdn', '../base/Exchange', 'Binance', 'abstract', ''])
    await expect(loadExchange(id)).rejects.toThrow(UnknownExchange);
});

test('where ccxt is not installed, the command that installs it is told', async () => {
  const elsewhere = mkdtempSync(join(tmpdir(), 'kintsugi-no-ccxt-'));
  mkdirSync(join(elsewhere, 'src'));
  cpSync(join(import.meta.dirname, '../../../src/adapters/ccxt/load.ts'), join(elsewhere, 'src/load.ts'));
  const lonely = (await import(pathToFileURL(join(elsewhere, 'src/load.ts')).href)) as {
    loadExchange: typeof loadExchange;
  };
  await expect(lonely.loadExchange('binanceusdm')).rejects.toThrow(`npm install ccxt@${CCXT_VERSION}`);
});

test.each(['binanceusdm', 'bybit', 'okx', 'hyperliquid', 'gate', 'bitget', 'kucoinfutures', 'krakenfutures'])(
  '%s can be opened; its limiter is on',
  async (id) => {
    const client = await opened(id);
    expect(client.id).toBe(id);
    expect(client.has.fetchOHLCV).toBe(true);
    expect(client.has.watchOHLCV === true).toBe(id !== 'krakenfutures');
    const { enableRateLimit, rateLimit, timeout } = client as unknown as Record<string, unknown>;
    expect(enableRateLimit).toBe(true);
    expect(rateLimit).toBeGreaterThan(1);
    expect(timeout).toBe(10_000);
  },
);

test('keys are sent to this machine or to the exchange, and to nobody else', () => {
  expect(loopbackUrl('http://127.0.0.1:8080').host).toBe('127.0.0.1:8080');
  expect(loopbackUrl('http://localhost:1').port).toBe('1');
  for (const text of [
    'http://example.com',
    'https://127.0.0.1',
    'http://127.0.0.1.example.com',
    'http://user@127.0.0.1',
    'http://10.0.0.1',
    'nothing',
    'ws://127.0.0.1',
  ])
    expect(() => loopbackUrl(text), text).toThrow('http://127.0.0.1');
});

test('symbols are found by the exchange’s name and by ours; steps of contracts are base units', async () => {
  const client = await opened('krakenfutures');
  const market = (parts: Record<string, unknown>) => ({
    base: 'BTC',
    quote: 'USD',
    settle: 'USD',
    swap: true,
    linear: true,
    active: true,
    contractSize: 1,
    taker: 0.0005,
    precision: { amount: 0.001, price: 0.5 },
    limits: { cost: { min: null }, leverage: { max: 50 } },
    info: {},
    ...parts,
  });
  client.markets = {
    a: market({ id: 'PF_XBTUSD', symbol: 'BTC/USD:USD' }),
    b: market({
      id: 'BTC-USDT-SWAP',
      symbol: 'BTC/USDT:USDT',
      quote: 'USDT',
      settle: 'USDT',
      contractSize: 0.01,
      precision: { amount: 0.1, price: 0.1 },
    }),
    c: market({ id: 'PI_XBTUSD', symbol: 'BTC/USD:BTC', settle: 'BTC', linear: false }),
  };
  const [first, second] = listingsOf(client, ['BTCUSD', 'BTCUSDT']);
  expect(first).toMatchObject({
    symbol: 'BTCUSD',
    unified: 'BTC/USD:USD',
    instrument: { tick: 0.5, lot: 0.001, maxLeverage: 50 },
  });
  expect(second).toMatchObject({ symbol: 'BTCUSDT', instrument: { lot: 0.001, tick: 0.1 } });
  expect(() => listingsOf(client, ['BTCUSDC'])).toThrow(/no perpetual BTCUSDC .* There is BTCUSD, BTCUSDT/);
});

test('the test network is Binance’s demo trading, another’s sandbox, or said not to be there', async () => {
  const api = async (id: string): Promise<string> => JSON.stringify((await opened(id, true)).urls.api);
  expect(await api('binanceusdm')).toContain('https://demo-fapi.binance.com/fapi');
  expect(await api('binanceusdm')).not.toContain('https://fapi.binance.com');
  expect(await api('bybit')).toContain('testnet');
  await expect(opened('kucoinfutures', true)).rejects.toThrow(/kucoinfutures has no testnet/);
});
