import { describe, expect, it, onTestFinished } from 'vitest';
import { confirmLive } from '../../../src/cli/live/confirm.ts';
import { killPathOf } from '../../../src/cli/live/kill-path.ts';
import { FakeExchange } from '../../fake-exchange/fake-exchange.ts';

const KEYS = { apiKey: 'fake-key', secret: 'fake-secret' };

describe('the connection that needs no bot', () => {
  it("asks for the exchange's dead-man switch and takes it back; a clock that was wrong once is asked for anew", async () => {
    const exchange = await FakeExchange.start();
    onTestFinished(() => exchange.close());
    exchange.price('BTCUSDT', '60000');
    const path = killPathOf({ exchange: 'binanceusdm', isTestnet: false }, KEYS, new URL(exchange.url));
    await path?.countdown('BTCUSDT', 120_000);
    expect(exchange.engine.deadMan.armed.get('BTCUSDT')).toBeGreaterThan(exchange.clock.now() + 110_000);
    exchange.inject({ kind: 'clock-skew', ms: 60_000 });
    await expect(path?.countdown('BTCUSDT', 0)).rejects.toThrow(/-1021/);
    expect(exchange.engine.deadMan.armed.has('BTCUSDT')).toBe(true);
    await path?.countdown('BTCUSDT', 0);
    expect(exchange.engine.deadMan.armed.has('BTCUSDT')).toBe(false);
  });

  it('asks nothing of an exchange that has banned it, which would be banned for longer, until that is over', async () => {
    const exchange = await FakeExchange.start();
    onTestFinished(() => exchange.close());
    const path = killPathOf({ exchange: 'binanceusdm', isTestnet: false }, KEYS, new URL(exchange.url));
    exchange.inject({ kind: 'banned', retryAfterSec: 2 });
    await expect(path?.countdown('BTCUSDT', 0)).rejects.toThrow(/-1003/);
    for (const symbol of ['BTCUSDT', 'ETHUSDT'])
      await expect(path?.countdown(symbol, 0)).rejects.toThrow(/left alone for 2 s more/);
    expect(await path?.test()).toMatchObject({ ok: false, says: expect.stringContaining('left alone') });
    expect(exchange.audit.report().refusals).toMatchObject({ '-1003': 1 });
    await expect
      .poll(async () => path?.countdown('BTCUSDT', 120_000).catch(() => 'refused'), { timeout: 5_000 })
      .toBe(undefined);
    expect(exchange.audit.report().refusals).toMatchObject({ '-1003': 1 });
    expect(await path?.test()).toMatchObject({ ok: true });
  });

  it('is there for Binance USD-M alone, and never promised for others', () => {
    for (const exchange of ['okx', 'bybit', 'binance', 'binancecoinm'])
      expect(killPathOf({ exchange, isTestnet: false }, KEYS, null), exchange).toBe(null);
  });
});

describe('what cannot be made sure of', () => {
  const confirmation = {
    account: { exchange: 'okx', isTestnet: false, fingerprint: 'abc' },
    stake: {
      rights: { withdraw: 'unknown', trade: null, says: 'okx does not tell' },
      equityUsd: null,
      held: [],
    },
    symbols: ['BTCUSDT'],
    leverage: 3,
    killPath: 'none for okx',
    doubts: [
      { word: 'rights-unknown', says: 'look there' },
      { word: 'no-kill-path', says: 'do it there' },
    ],
  } as const;
  const asked = (said: string) => ({ question: null, environment: { KINTSUGI_LIVE_CONFIRM: said } });

  it('has a word of its own, which has to be said as well', async () => {
    await expect(confirmLive(confirmation, asked('okx'))).rejects.toThrow(/rights-unknown and no-kill-path/);
    await expect(confirmLive(confirmation, asked('okx+rights-unknown'))).rejects.toThrow(/no-kill-path/);
    await confirmLive(confirmation, asked('okx+rights-unknown+no-kill-path'));
    const answers = ['okx', 'rights-unknown', 'yes'];
    const question = async () => answers.shift() ?? '';
    await expect(confirmLive(confirmation, { question, environment: {} })).rejects.toThrow(
      /no-kill-path was not typed/,
    );
  });
});
