import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Browser, Frame } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type InspectionTap, tapOf } from '../../../src/adapters/http/inspection.ts';
import { loadStately, StatelyBridge } from '../../../src/adapters/http/stately.ts';
import { Redactor } from '../../../src/adapters/redactor.ts';
import { openChromium } from '../../browser/chromium.ts';
import { raw, serving } from './serving.ts';
import { BY_KEY, BY_VALUE, startedHouse } from './some-system.ts';

interface Message {
  readonly type: string;
  readonly sessionId: string;
  readonly _version: string;
  readonly name?: string;
  readonly parentId?: string;
  readonly definition?: string;
  readonly event?: { readonly type: string };
  readonly snapshot?: { readonly status: string; readonly value: unknown; readonly context: unknown };
}

/** A bridge without a server: what one client has been sent. */
async function bridged(tap: InspectionTap) {
  const redactor = new Redactor();
  redactor.register(BY_VALUE);
  const failures: unknown[] = [];
  const bridge = new StatelyBridge(await loadStately(), {
    tap,
    clean: (value) => redactor.value(value, 64),
    failed: (error) => failures.push(error),
  });
  const join = () => {
    const got: Message[] = [];
    const read = () => {
      for (let text = client.next(); text !== null; text = client.next()) got.push(JSON.parse(text));
    };
    const client = bridge.join(() => undefined);
    read();
    return { got, read, client };
  };
  const settled = () => new Promise((resolve) => setTimeout(resolve, 20));
  return { bridge, join, settled, failures };
}

describe('the bridge to the Stately Inspector', () => {
  it('tells a late comer of every actor that lives, and what it is', async () => {
    const { root, send } = startedHouse();
    onTestFinished(() => void root.stop());
    const { join, settled } = await bridged(tapOf(root));
    send({ type: 'OPEN' });
    const early = join();
    await settled();
    for (let n = 0; n < 300; n += 1) send({ type: n % 2 === 0 ? 'CLOSE' : 'OPEN' });
    await settled();
    const late = join();
    expect(late.got.map(({ type, name }) => [type, name])).toEqual([
      ['@xstate.actor', 'house'],
      ['@xstate.snapshot', undefined],
      ['@xstate.actor', 'front'],
      ['@xstate.snapshot', undefined],
    ]);
    expect(late.got[3]?.snapshot?.value).toEqual({ open: 'wide' });
    expect(late.got[2]?.parentId).toBe(root.sessionId);
    early.read();
    expect(early.got.filter(({ type }) => type === '@xstate.event').length).toBeGreaterThanOrEqual(300);
  });

  it('costs nothing while nobody looks', async () => {
    const { root } = startedHouse();
    onTestFinished(() => void root.stop());
    let following = 0;
    const tap = tapOf(root);
    const { join, bridge } = await bridged({
      living: () => tap.living?.() ?? [],
      subscribe: (observer) => {
        following += 1;
        const end = tap.subscribe(observer);
        return () => {
          following -= 1;
          end();
        };
      },
    });
    expect(following).toBe(0);
    const [one, two] = [join(), join()];
    expect(following).toBe(1);
    bridge.leave(one.client);
    expect(following).toBe(1);
    bridge.leave(two.client);
    expect(following).toBe(0);
    expect(bridge.actors).toBe(0);
  });

  it.each(['RETIRE', 'BREAK'] as const)('tells that an actor ended (%s), and forgets it', async (type) => {
    const { root, send } = startedHouse();
    onTestFinished(() => void root.stop());
    const { join, settled, bridge, failures } = await bridged(tapOf(root));
    const client = join();
    await settled();
    expect(bridge.actors).toBe(2);
    send({ type });
    await settled();
    client.read();
    const status = type === 'BREAK' ? 'error' : 'done';
    expect(client.got.some(({ snapshot }) => snapshot?.status === status)).toBe(true);
    expect(bridge.actors).toBe(1);
    expect(failures).toEqual([]);
  });

  it('is bounded for one who does not read, and shows the last state all the same', async () => {
    const { root, send } = startedHouse();
    onTestFinished(() => void root.stop());
    const { join, settled } = await bridged(tapOf(root));
    const client = join();
    for (let n = 0; n < 10_001; n += 1) send({ type: n % 2 === 0 ? 'OPEN' : 'CLOSE' });
    await expect
      .poll(async () => {
        await settled();
        client.read();
        return client.got.filter(({ snapshot, type }) => type === '@xstate.snapshot' && snapshot?.value).at(-1)
          ?.snapshot?.value;
      })
      .toEqual({ open: 'wide' });
    expect(client.got.length).toBeLessThan(10_000);
  });

  it('goes on when what an actor holds cannot be copied', async () => {
    const { root, send } = startedHouse();
    onTestFinished(() => void root.stop());
    const { join, settled, failures } = await bridged(tapOf(root));
    const client = join();
    const bad = {
      type: 'OPEN',
      note: {
        toJSON: () => {
          throw new Error('no copy of me');
        },
      },
    };
    send(bad as unknown as { type: 'OPEN' });
    send({ type: 'CLOSE' });
    await settled();
    client.read();
    expect(failures.length).toBeGreaterThan(0);
    expect(client.got.at(-1)?.snapshot?.value).toBe('closed');
  });

  it('says what to install where the package is not there', async () => {
    const missing = () => Promise.reject(Object.assign(new Error('gone'), { code: 'ERR_MODULE_NOT_FOUND' }));
    await expect(loadStately(missing)).rejects.toThrow('npm install @statelyai/inspect');
  });

  it('is not there unless it was asked for', async () => {
    const { get } = await serving();
    expect((await get('/stately')).status).toBe(404);
    expect((await get('/stately/stream')).status).toBe(404);
    await expect(serving({ stately: true })).rejects.toThrow(/cannot attach/);
  });

  it('may frame the inspector on its own page alone', async () => {
    const { root } = startedHouse();
    onTestFinished(() => void root.stop());
    const { get, port } = await serving({ stately: true, inspection: tapOf(root) });
    const policy = async (path: string) => (await get(path)).headers.get('content-security-policy');
    expect(await policy('/stately')).toContain('frame-src https://stately.ai');
    expect(await policy('/stately')).toContain("script-src 'self'");
    expect(await policy('/')).not.toContain('frame-src');
    const text = await (await get('/stately')).text();
    expect(text).not.toContain('<iframe');
    expect(text).toMatch(/go to that page/);
    expect((await raw(port, ['GET /stately/stream HTTP/1.1', 'Host: evil.com'])).status).toBe(403);
  });
});

describe('the official inspector in a browser', () => {
  let receiver: Server;
  let url: string;
  let browser: Browser;

  beforeAll(async () => {
    const built = await build({
      configFile: false,
      logLevel: 'silent',
      build: {
        write: false,
        lib: { entry: join(import.meta.dirname, 'stately-receiver.ts'), formats: ['es'], fileName: 'receiver' },
      },
    });
    const [result] = Array.isArray(built) ? built : [built];
    const script = result !== undefined && 'output' in result ? result.output[0].code : '';
    receiver = createServer((request, response) => {
      const isScript = request.url === '/receiver.js';
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
      response.end(isScript ? script : '<!doctype html><script type="module" src="/receiver.js"></script>');
    });
    await new Promise<void>((resolve) => {
      receiver.listen(0, '127.0.0.1', resolve);
    });
    url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/inspect`;
    browser = await openChromium();
  });

  afterAll(async () => {
    await browser?.close();
    receiver?.closeAllConnections();
    receiver?.close();
  });

  it('attaches late, shows actors and snapshots, and follows: the published createBrowserReceiver in Chromium', async () => {
    const { root, send } = startedHouse();
    onTestFinished(() => void root.stop());
    for (let n = 0; n < 300; n += 1) send({ type: n % 2 === 0 ? 'OPEN' : 'CLOSE' });
    const { server, redactor } = await serving({ stately: true, inspection: tapOf(root), statelyUrl: url });
    redactor.register(BY_VALUE);

    const page = await browser.newPage();
    const asked: string[] = [];
    const problems: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    page.on('console', (message) => problems.push(message.text()));
    page.on('pageerror', (error) => problems.push(String(error)));
    await page.goto(new URL('/stately', server.url).href);
    expect(asked.filter((address) => !address.startsWith(server.url))).toEqual([]);
    expect(page.frames()).toHaveLength(1);

    await page.getByRole('button').click();
    const received = async (): Promise<readonly Message[]> => {
      const frame: Frame | undefined = page.frames().find((one) => one.url() === url);
      return ((await frame?.evaluate('globalThis.got ?? []')) as Message[]) ?? [];
    };
    const ofType = async (type: string) => (await received()).filter((message) => message.type === type);
    await expect.poll(async () => (await ofType('@xstate.actor')).length, { timeout: 15_000 }).toBe(2);
    await expect.poll(async () => (await ofType('@xstate.snapshot')).length).toBeGreaterThanOrEqual(2);
    const actors = await ofType('@xstate.actor');
    expect(actors.map(({ name }) => name)).toEqual(['house', 'front']);
    expect(JSON.parse(actors[1]?.definition ?? '')).toMatchObject({
      id: 'door',
      initial: 'closed',
      states: { open: {} },
    });
    expect(actors.every(({ _version }) => _version.startsWith('0.7.'))).toBe(true);

    send({ type: 'OPEN', password: BY_KEY, note: `told ${BY_VALUE}` });
    await expect.poll(async () => (await ofType('@xstate.snapshot')).at(-1)?.snapshot?.value).toEqual({ open: 'wide' });
    expect((await ofType('@xstate.event')).some(({ event }) => event?.type === 'OPEN')).toBe(true);
    const everything = JSON.stringify(await received());
    expect(everything).not.toContain(BY_KEY);
    expect(everything).not.toContain(BY_VALUE);
    expect(everything).toContain('[redacted]');
    expect(problems).toEqual([]);
    await page.close();
  });
});
