import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished, vi } from 'vitest';
import { accountIn, flatten, selfTest } from '../../../src/adapters/kill/binance-usdm.ts';

const KEYS = { KINTSUGI_API_KEY: 'fake-key', KINTSUGI_API_SECRET: 'fake-secret' };

/** An exchange that answers nothing but this many looks, of an account that is flat, and is gone then. */
async function exchangeOf(looks: number, status = 200): Promise<string> {
  let answers = looks * 4;
  const server = createServer((request, response) => {
    if (answers-- <= 0) return request.socket.destroy();
    response.statusCode = status;
    if (status !== 200) response.setHeader('retry-after', '7');
    return response.end(status === 200 ? (request.url?.includes('/time') ? '{"serverTime":0}' : '[]') : '<html>');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** @returns how long it paused, ms; no time goes by */
function pauses(): readonly number[] {
  const all: number[] = [];
  vi.stubGlobal('setTimeout', (done: () => void, ms: number) => {
    all.push(ms);
    return setImmediate(done);
  });
  onTestFinished(() => void vi.unstubAllGlobals());
  return all;
}

it('an account that was seen flat once, before the exchange was gone, is not called flat', async () => {
  pauses();
  expect(await flatten(accountIn(KEYS, false, await exchangeOf(1)), () => undefined)).toBe(null);
  expect(await flatten(accountIn(KEYS, false, await exchangeOf(2)), () => undefined)).toEqual({
    held: [],
    resting: [],
  });
});

it('waits for as long as it is told by a page for people, too, where it has asked too much; not where it is only told to come later', async () => {
  const paused = pauses();
  await flatten(accountIn(KEYS, false, await exchangeOf(1, 418)), () => undefined);
  expect(paused).toContain(7_000);
  const others = pauses();
  await flatten(accountIn(KEYS, false, await exchangeOf(1, 503)), () => undefined);
  expect(others).not.toContain(7_000);
});

it.each(['{}', 'null', '{"code":0,"msg":"ok"}'])(
  'leaves what is held although a book of orders is told as %s',
  async (body) => {
    pauses();
    const asked: string[] = [];
    const server = createServer((request, response) => {
      const path = new URL(request.url ?? '', 'http://of.it').pathname;
      asked.push(`${request.method} ${path}`);
      if (path.endsWith('/time')) return response.end('{"serverTime":0}');
      if (path.endsWith('/openAlgoOrders')) return response.end(body);
      const held = '[{"symbol":"BTCUSDT","positionAmt":"-0.01","positionSide":"BOTH"}]';
      return response.end(path.endsWith('/positionRisk') ? held : '[]');
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void server.close());
    const account = accountIn(KEYS, false, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const said: string[] = [];
    expect(await flatten(account, (line) => said.push(line))).toBe(null);
    expect(asked).toContain('POST /fapi/v1/order');
    expect(said.join('\n')).toContain('/fapi/v1/openAlgoOrders: no list');
    await expect(selfTest(account)).rejects.toThrow('no list');
  },
);
