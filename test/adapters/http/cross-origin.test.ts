import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { tapOf } from '../../../src/adapters/http/inspection.ts';
import { openChromium } from '../../browser/chromium.ts';
import { serving, TOKEN } from './serving.ts';
import { startedHouse } from './some-system.ts';

/** Everything a page can do to ask another origin. What came of each is told as text. */
const attack = (target: string, token: string) => `(async () => {
  const target = ${JSON.stringify(target)};
  const told = (promise) => Promise.race([
    promise.then((answer) => 'got ' + answer, (error) => 'refused: ' + error.name),
    new Promise((resolve) => setTimeout(() => resolve('refused: nothing came'), 3000)),
  ]);
  const read = (path, init) => told(fetch(target + path, init).then(async (r) => r.type + r.status + (await r.text())));
  const loaded = (tag, set) => told(new Promise((resolve, reject) => {
    const element = document.createElement(tag);
    element.onload = () => resolve('loaded');
    element.onerror = () => reject(new Error('error'));
    set(element);
    document.body.append(element);
  }));
  const body = JSON.stringify({ do: 'pause', reason: 'a page did it' });
  const form = document.createElement('form');
  form.method = 'POST'; form.enctype = 'text/plain'; form.action = target + 'api/commands'; form.target = 'sink';
  form.innerHTML = '<input name=\\'{"do":"pause","reason":"\\' value=\\'"}\\'>';
  const sink = document.createElement('iframe'); sink.name = 'sink'; document.body.append(sink, form);
  form.submit();
  return {
    get: await read('api/overview'),
    sandboxed: await told(new Promise((resolve, reject) => {
      addEventListener('message', ({ data }) => data === 'refused' ? reject(new Error(data)) : resolve(data), { once: true });
      const frame = document.createElement('iframe');
      frame.sandbox = 'allow-scripts';
      frame.srcdoc = '<script>fetch("' + target + 'api/overview").then((r) => r.text()).then((t) => parent.postMessage(t, "*"), () => parent.postMessage("refused", "*"))</' + 'script>';
      document.body.append(frame);
    })),
    post: await read('api/commands', { method: 'POST', body, headers: { 'content-type': 'application/json' } }),
    withToken: await read('api/commands', { method: 'POST', body,
      headers: { 'content-type': 'application/json', authorization: 'Bearer ${token}' } }),
    simple: await told(fetch(target + 'api/commands', { method: 'POST', mode: 'no-cors', body }).then((r) => {
      if (r.status === 0) throw new Error('opaque');
      return r.status;
    })),
    stream: await told(new Promise((resolve, reject) => {
      const events = new EventSource(target + 'api/stream');
      events.onopen = () => resolve('open');
      events.onerror = () => { events.close(); reject(new Error('error')); };
    })),
    socket: await told(new Promise((resolve, reject) => {
      const socket = new WebSocket(target.replace('http', 'ws') + 'inspect/v4');
      socket.onopen = () => resolve('open');
      socket.onerror = () => reject(new Error('error'));
    })),
    image: await loaded('img', (element) => { element.src = target + 'icon.svg'; }),
    script: await loaded('script', (element) => { element.src = target + 'main.js'; }),
  };
})()`;

describe('another page in the same browser', () => {
  let elsewhere: Server;
  let port: number;
  let browser: Browser;

  beforeAll(async () => {
    elsewhere = createServer((_, response) => {
      response.setHeader('content-type', 'text/html');
      response.end('<!doctype html><title>elsewhere</title>');
    });
    await new Promise<void>((resolve) => {
      elsewhere.listen(0, '127.0.0.1', resolve);
    });
    port = (elsewhere.address() as AddressInfo).port;
    browser = await openChromium('--host-resolver-rules=MAP evil.test 127.0.0.1,MAP *.evil.test 127.0.0.1');
  });
  afterAll(async () => {
    await browser?.close();
    elsewhere?.closeAllConnections();
    elsewhere?.close();
  });

  async function served() {
    const { root } = startedHouse();
    onTestFinished(() => void root.stop());
    const page = mkdtempSync(join(tmpdir(), 'page-'));
    writeFileSync(join(page, 'index.html'), '<!doctype html><title>ours</title>');
    writeFileSync(join(page, 'main.js'), 'globalThis.stolen = true;');
    writeFileSync(join(page, 'icon.svg'), '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>');
    const all = await serving({ page, stately: true, inspection: tapOf(root) });
    const tab = await browser.newPage();
    onTestFinished(() => tab.close());
    return { ...all, tab };
  }

  it.each(['127.0.0.1', 'evil.test', 'localhost'])('at %s gets nothing and changes nothing', async (host) => {
    const { server, tab, source } = await served();
    await tab.goto(`http://${host}:${port}/`);
    const outcomes = (await tab.evaluate(attack(server.url, TOKEN))) as Record<string, string>;
    expect(Object.keys(outcomes)).toHaveLength(9);
    for (const [what, outcome] of Object.entries(outcomes)) expect(outcome, what).toMatch(/^refused/);
    expect(source.commands).toEqual([]);
    expect(source.followed).toBe(0);
    expect(await tab.evaluate('globalThis.stolen')).toBeUndefined();
  });

  it('whose name was bound anew to this machine is told that it is not meant', async () => {
    const { server, tab, source } = await served();
    for (const host of ['evil.test', '127.0.0.1.evil.test']) {
      const answer = await tab.goto(`http://${host}:${server.port}/`);
      expect(answer?.status()).toBe(403);
      const outcomes = (await tab.evaluate(`(async () => {
        const answers = await Promise.all(['api/overview', 'api/stream', ''].map((path) => fetch('/' + path)));
        return answers.map((answer) => answer.status);
      })()`)) as number[];
      expect(outcomes).toEqual([403, 403, 403]);
    }
    expect(source.followed).toBe(0);
  });

  it('cannot frame ours; ours, opened itself, may ask all of it', async () => {
    const { server, tab, source } = await served();
    await tab.goto(`http://127.0.0.1:${port}/`);
    await tab.evaluate(
      `{ const frame = document.createElement('iframe'); frame.src = ${JSON.stringify(server.url)}; document.body.append(frame); }`,
    );
    await expect.poll(() => tab.frames().length).toBe(2);
    await tab.waitForTimeout(300);
    expect(
      await tab
        .frames()[1]
        ?.evaluate('document.title')
        .catch(() => 'blocked'),
    ).not.toBe('ours');

    await tab.goto(server.url);
    expect(await tab.title()).toBe('ours');
    // The same attempts: what fails elsewhere works here, so it is the origin that is refused.
    const outcomes = (await tab.evaluate(attack(server.url, TOKEN))) as Record<string, string>;
    for (const what of ['get', 'withToken', 'stream', 'socket', 'image', 'script']) {
      expect(outcomes[what], what).toMatch(/^got/);
    }
    expect(outcomes.post).toContain('401');
    expect(source.commands).toEqual([{ do: 'pause', reason: 'a page did it' }]);
  });
});
