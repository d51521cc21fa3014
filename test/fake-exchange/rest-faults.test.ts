/** Every fault of REST: what the exchange did, and what the client learnt of it. */
import type { Exchange } from 'ccxt';
import { describe, expect, it } from 'vitest';
import { steppedClock } from './engine/exchange-clock.ts';
import type { RestFault } from './faults/fault.ts';
import { BTC, classOf, rig } from './rig.ts';

const ORDER = { method: 'POST', path: '/order' } as const;
const buy = (client: Exchange, id = 'a-1') =>
  client.createOrder(BTC, 'market', 'buy', 0.01, undefined, { clientOrderId: id });

/** Each fault, the class of ccxt's error, and whether the order was executed all the same. */
const CASES: readonly (readonly [RestFault, error: string, executed: boolean])[] = [
  [{ kind: 'drop-before' }, 'NetworkError', false],
  [{ kind: 'drop-after' }, 'NetworkError', true],
  [{ kind: 'timeout-before' }, 'RequestTimeout', false],
  [{ kind: 'timeout-after' }, 'RequestTimeout', true],
  [
    { kind: 'status-before', status: 503, code: -1008, msg: 'Server is currently overloaded' },
    'OperationFailed',
    false,
  ],
  [{ kind: 'status-before', status: 500 }, 'OperationFailed', false],
  [{ kind: 'status-after', status: 503 }, 'RequestTimeout', true],
  [{ kind: 'status-after', status: 503, code: -1000, msg: 'Unknown error.' }, 'OperationFailed', true],
  [{ kind: 'html-page', status: 502 }, 'ExchangeNotAvailable', false],
  [{ kind: 'too-many-requests', retryAfterSec: 7 }, 'DDoSProtection', false],
  [{ kind: 'delay-before', ms: 60 }, 'nothing', true],
  [{ kind: 'delay-after', ms: 60 }, 'nothing', true],
];

describe('a fault of REST', () => {
  it.for(CASES)('%o ends in %s; executed: %s', async ([fault, error, executed]) => {
    const patience = fault.kind.startsWith('timeout') ? 1_000 : 10_000;
    await using r = await rig({}, { timeout: 10_000 });
    await r.client.loadMarkets();
    r.client.timeout = patience;
    r.exchange.inject({ ...fault, on: ORDER });
    expect(await classOf(buy(r.client))).toBe(error);
    expect(r.exchange.audit.positions).toEqual(executed ? { BTCUSDT: '0.01' } : {});
    expect(r.exchange.audit.faultsFired).toMatchObject([{ fault: { kind: fault.kind }, met: 'POST /fapi/v1/order' }]);
    // One fault meets one request: the next is well, and the fate of the first can be asked.
    r.client.timeout = 10_000;
    expect(await classOf(r.client.fetchOrder('', BTC, { clientOrderId: 'a-1' }))).toBe(
      executed ? 'nothing' : 'OrderNotFound',
    );
  });

  it('says when to come back', async () => {
    await using r = await rig();
    await r.client.loadMarkets();
    r.exchange.inject({ kind: 'too-many-requests', retryAfterSec: 7 });
    expect(await classOf(r.client.fetchTicker(BTC))).toBe('DDoSProtection');
    expect(r.client.last_response_headers?.['Retry-After']).toBe('7');
  });

  it('that bans turns everything away until the ban ends', async () => {
    const clock = steppedClock(Date.UTC(2025, 4, 5));
    await using r = await rig({ clock });
    await r.client.loadMarkets();
    r.exchange.inject({ kind: 'banned', retryAfterSec: 120 });
    expect(await classOf(buy(r.client))).toBe('DDoSProtection');
    expect(await classOf(r.client.fetchTime())).toBe('DDoSProtection');
    expect(r.client.last_response_headers?.['Retry-After']).toBe('120');
    expect(r.exchange.audit.positions).toEqual({});
    clock.moveTo(clock.now() + 120_000);
    expect(await classOf(buy(r.client))).toBe('nothing');
  });

  it('waits for the request it names, as often as it was armed', async () => {
    await using r = await rig();
    await r.client.loadMarkets();
    r.exchange.inject({ kind: 'drop-before', on: { method: 'GET', path: '/time' } }, 2);
    expect(await classOf(buy(r.client))).toBe('nothing');
    expect(r.exchange.audit.faultsWaiting).toHaveLength(2);
    expect(await classOf(r.client.fetchTime())).toBe('NetworkError');
    expect(await classOf(r.client.fetchTime())).toBe('NetworkError');
    expect(await classOf(r.client.fetchTime())).toBe('nothing');
    expect(r.exchange.audit.faultsWaiting).toEqual([]);
  });

  it('in the first request is kept by ccxt for ever, and repeated without asking: only `loadMarkets(true)` asks again', async () => {
    await using r = await rig();
    r.exchange.inject({ kind: 'drop-before', on: { path: '/exchangeInfo' } });
    expect(await classOf(r.client.fetchTicker(BTC))).toBe('NetworkError');
    expect(await classOf(r.client.fetchTicker(BTC))).toBe('NetworkError');
    expect(r.exchange.audit.receipts.requests.get('GET /fapi/v1/exchangeInfo')).toBe(1);
    expect(await classOf(r.client.loadMarkets(true))).toBe('nothing');
    expect(await classOf(r.client.fetchTicker(BTC))).toBe('nothing');
  });

  it('never passes for one of the fake itself', async () => {
    await using r = await rig();
    await r.client.loadMarkets();
    expect(await classOf(r.client.fetchTicker('SOL/USDT:USDT'))).toBe('nothing');
    expect(r.exchange.audit.faultsFired).toEqual([]);
  });
});
