/** Everything that stands before the first real order, against an exchange that speaks the real protocol. */
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { liveNoteOf } from '../../../src/adapters/live-note.ts';
import { Redactor } from '../../../src/adapters/redactor.ts';
import { EXIT } from '../../../src/cli/exit-codes.ts';
import { type LiveOptions, openLive } from '../../../src/cli/live/open-live.ts';
import type { LiveSession } from '../../../src/cli/live/session.ts';
import { FakeExchange } from '../../fake-exchange/fake-exchange.ts';
import { freshFolder } from '../cli.ts';

const KEY = 'a-key-of-some-length';
const SECRET = 'a-secret-of-some-length';

let exchange: FakeExchange;
let state: string;
const open: LiveSession[] = [];
beforeEach(async () => {
  exchange = await FakeExchange.start({ apiKey: { key: KEY, secret: SECRET } });
  exchange.price('BTCUSDT', '60000');
  exchange.price('ETHUSDT', '3000');
  state = mkdtempSync(join(tmpdir(), 'kintsugi-state-'));
});
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
  await exchange.close();
});

const environment = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  KINTSUGI_API_KEY: KEY,
  KINTSUGI_API_SECRET: SECRET,
  KINTSUGI_EXCHANGE_URL: exchange.url,
  KINTSUGI_LIVE_CONFIRM: 'binanceusdm',
  XDG_STATE_HOME: state,
  ...more,
});
const live = async (change: Partial<LiveOptions> = {}): Promise<LiveSession> => {
  const session = await openLive({
    wish: { exchange: 'binanceusdm', isTestnet: false },
    dir: freshFolder(),
    symbols: ['BTCUSDT', 'ETHUSDT'],
    leverage: 3,
    isReborn: false,
    environment: environment(),
    redactor: new Redactor(),
    question: null,
    ...change,
  });
  open.push(session);
  return session;
};

describe('live trading', () => {
  it('begins with entries held, and says what it found of keys and kill path', async () => {
    const session = await live();
    expect(session.holds.why()).toBe('start-up is not green yet');
    expect(session.status()).toMatchObject({
      exchange: 'binanceusdm',
      testnet: false,
      account: expect.stringMatching(/^[0-9a-f]{12}$/),
      kill_path: { ok: true, says: 'it signed, and read 0 positions and 0 orders' },
      keys: 'may not withdraw; may trade futures; bound to addresses',
    });
    expect(JSON.stringify(session.status())).not.toContain(KEY);
  });

  it('takes the keys out of the environment, and out of everything that is said from then on', async () => {
    const own = environment();
    const redactor = new Redactor();
    await live({ environment: own, redactor });
    expect(own.KINTSUGI_API_KEY).toBe(undefined);
    expect(own.KINTSUGI_API_SECRET).toBe(undefined);
    expect(redactor.text(`sent with ${KEY} and ${SECRET}`)).toBe('sent with [redacted] and [redacted]');
  });

  it('is refused without keys, and without anybody to confirm it; the variable that would is named', async () => {
    await expect(live({ environment: environment({ KINTSUGI_API_SECRET: '' }) })).rejects.toMatchObject({
      exitCode: EXIT.config,
      message: expect.stringContaining('KINTSUGI_API_SECRET'),
    });
    const { KINTSUGI_LIVE_CONFIRM: _, ...unconfirmed } = environment();
    await expect(live({ environment: unconfirmed })).rejects.toMatchObject({
      exitCode: EXIT.refused,
      message: expect.stringContaining('KINTSUGI_LIVE_CONFIRM=binanceusdm'),
    });
    await expect(live({ environment: environment({ KINTSUGI_LIVE_CONFIRM: 'yes' }) })).rejects.toMatchObject({
      exitCode: EXIT.refused,
    });
  });

  it('is refused to keys that may withdraw, whatever anybody confirms', async () => {
    exchange.permit({ enableWithdrawals: true });
    await expect(live()).rejects.toMatchObject({
      exitCode: EXIT.refused,
      message: expect.stringContaining('these keys may withdraw'),
    });
    exchange.permit({ enableWithdrawals: false, enableFutures: false });
    await expect(live()).rejects.toMatchObject({ message: expect.stringContaining('may not trade futures') });
  });

  it('asks the person at the terminal to type the name of the exchange, and takes nothing else', async () => {
    const { KINTSUGI_LIVE_CONFIRM: _, ...own } = environment();
    const asked: string[] = [];
    const typing = (answer: string) => async (text: string) => {
      asked.push(text);
      return answer;
    };
    await expect(live({ environment: { ...own }, question: typing('yes') })).rejects.toMatchObject({
      exitCode: EXIT.refused,
    });
    await live({ environment: { ...own }, question: typing('binanceusdm ') });
    expect(asked).toEqual(Array(2).fill(expect.stringContaining('Type binanceusdm to let the bot trade with it')));
  });

  it('lets one bot trade an account, whatever directory the other is in, and the next when the first is gone', async () => {
    const first = await live();
    await expect(live()).rejects.toMatchObject({
      exitCode: EXIT.ownedElsewhere,
      message: expect.stringContaining('another bot of yours trades this account'),
    });
    open.splice(0);
    await first.close();
    await live();
  });

  it('frees the account again when it is refused', async () => {
    exchange.permit({ enableWithdrawals: true });
    await expect(live()).rejects.toThrow(/withdraw/);
    exchange.permit({ enableWithdrawals: false });
    await live();
  });

  it('says that the exchange could not be asked, and not that all is well', async () => {
    exchange.inject({ kind: 'outage', ms: 60_000 });
    await expect(live()).rejects.toMatchObject({ message: expect.stringContaining('could not be asked') });
  });

  it('sends keys to no stranger', async () => {
    const own = environment({ KINTSUGI_EXCHANGE_URL: 'http://example.org' });
    await expect(live({ environment: own })).rejects.toThrow(/127\.0\.0\.1/);
  });

  it('notes which account the directory trades with, and no key', async () => {
    const dir = freshFolder();
    const session = await live({ dir });
    expect(liveNoteOf(dir)).toEqual({
      exchange: 'binanceusdm',
      testnet: false,
      account: session.status().account,
      confirmed_to: null,
    });
    expect(readFileSync(join(dir, 'run/live.json'), 'utf8')).not.toContain(KEY);
  });
});

describe('a live bot that its guardian has started again', () => {
  const guardian = { KINTSUGI_CONFIRMED_TO: 'guardian-1' };

  it('is not asked again, holds entries until keys and kill path were looked at, and then lets them go', async () => {
    const dir = freshFolder();
    const first = await live({ dir, environment: environment(guardian) });
    open.splice(0);
    await first.close();
    const { KINTSUGI_LIVE_CONFIRM: _, ...own } = environment(guardian);
    const session = await live({ dir, environment: own, isReborn: true });
    expect(session.status()).toMatchObject({ kill_path: null, keys: null });
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const invariants = [{ id: 'a/b', holds: true, evidence: { says: '' }, checked_at: null }];
    session.begin({ status: () => ({ status: 'green', invariants }) as never, stop: () => undefined, log });
    await expect.poll(() => session.holds.why()).toBe(null);
    expect(session.status()).toMatchObject({ kill_path: { ok: true }, entries_held: null });
  });

  it('is asked where the person confirmed it to another guardian, or for another account', async () => {
    const dir = freshFolder();
    const first = await live({ dir, environment: environment(guardian) });
    open.splice(0);
    await first.close();
    const { KINTSUGI_LIVE_CONFIRM: _, ...own } = environment({ KINTSUGI_CONFIRMED_TO: 'guardian-2' });
    await expect(live({ dir, environment: own, isReborn: true })).rejects.toMatchObject({ exitCode: EXIT.refused });
  });

  it('minds what is held although its keys have come to be able to withdraw, and makes no entry', async () => {
    const dir = freshFolder();
    const first = await live({ dir, environment: environment(guardian) });
    open.splice(0);
    await first.close();
    exchange.permit({ enableWithdrawals: true });
    const session = await live({ dir, environment: environment(guardian), isReborn: true });
    const said: string[] = [];
    const log = { info: () => undefined, warn: () => undefined, error: (line: string) => void said.push(line) };
    const invariants = [{ id: 'a/b', holds: true, evidence: { says: '' }, checked_at: null }];
    session.begin({ status: () => ({ status: 'green', invariants }) as never, stop: () => undefined, log });
    await expect.poll(() => said.join()).toContain('the keys may withdraw');
    await expect
      .poll(() => session.holds.why())
      .toBe('the keys may withdraw: replace them by keys that may only trade');
  });
});

describe('start-up that does not become green', () => {
  const broken = { id: 'trade_execution/agrees-with-broker', holds: false, evidence: { says: 'ETHUSDT differs' } };
  const notGreenBot = (session: LiveSession) => {
    const stopped: string[] = [];
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
    session.begin({
      status: () => ({ status: 'red', invariants: [broken] }) as never,
      stop: (why) => void stopped.push(why),
      log,
    });
    return stopped;
  };

  it('ends the first start with its reasons, and has let no entry through', async () => {
    const session = await live({ environment: environment({ KINTSUGI_GREEN_WITHIN_S: '1' }) });
    const stopped = notGreenBot(session);
    await expect.poll(() => stopped).toEqual([expect.stringContaining('ETHUSDT differs')]);
    expect(session.gaveUp()).toEqual([expect.stringContaining('trade_execution/agrees-with-broker is broken')]);
    expect(session.holds.why()).toBe('start-up is not green yet');
  });

  it('ends no bot that was started again: somebody must mind what is held', async () => {
    const dir = freshFolder();
    const own = { KINTSUGI_CONFIRMED_TO: 'g', KINTSUGI_GREEN_WITHIN_S: '1' };
    const first = await live({ dir, environment: environment(own) });
    open.splice(0);
    await first.close();
    const session = await live({ dir, environment: environment(own), isReborn: true });
    const stopped = notGreenBot(session);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(stopped).toEqual([]);
    expect(session.holds.why()).toContain('start-up is not green yet');
  });
});

describe('a kill path that does not work', () => {
  it('holds entries, and is tested again until it does', async () => {
    exchange.inject({ kind: 'status-before', status: 503, on: { method: 'GET', path: '/openAlgoOrders' } }, 1);
    const session = await live();
    expect(session.status().kill_path).toMatchObject({ ok: false, says: expect.stringContaining('-1000') });
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const invariants = [{ id: 'a/b', holds: true, evidence: { says: '' }, checked_at: null }];
    expect(session.holds.why()).not.toBe(null);
    session.begin({ status: () => ({ status: 'green', invariants }) as never, stop: () => undefined, log });
    await expect.poll(() => session.holds.why()).toBe(null);
    expect(session.status().kill_path).toMatchObject({ ok: true });
  });
});
