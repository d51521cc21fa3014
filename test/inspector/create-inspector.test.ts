import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { join, resolve } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createActor, setup } from 'xstate';
import { supervise } from '../../src/healing/index.ts';
import type {
  ActorDetail,
  ActorView,
  CommandAnswer,
  MachineView,
  Moment,
  Overview,
  StepPage,
  StreamEvent,
} from '../../src/inspector/contract.ts';
import { type CreateInspectorOptions, createInspector, type Inspector } from '../../src/inspector/index.ts';
import { counter } from '../healing/app.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const open: Inspector[] = [];
afterEach(async () => {
  for (const inspector of open.splice(0)) await inspector.close();
});
const get = async <T>(url: string, path: string): Promise<T> => (await fetch(new URL(path, url))).json() as Promise<T>;

async function inspected(options: CreateInspectorOptions = {}) {
  const said: string[] = [];
  const inspector = createInspector({ port: 0, log: (words) => void said.push(words), ...options });
  open.push(inspector);
  const address = new URL(await inspector.ready);
  const token = new URLSearchParams(address.hash.slice(1)).get('token');
  const url = inspector.url ?? '';
  const send = async (actor: string, type: string): Promise<CommandAnswer> => {
    const answer = await fetch(new URL('/api/commands', url), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Origin: new URL(url).origin, Authorization: `Bearer ${token}` },
      body: JSON.stringify({ do: 'send', actor, event: { type } }),
    });
    return (await answer.json()) as CommandAnswer;
  };
  return { inspector, url, said, send, token };
}

const lamp = setup({ types: { events: {} as { type: 'FLIP' } } }).createMachine({
  id: 'lamp',
  initial: 'off',
  states: { off: { on: { FLIP: 'on' } }, on: { on: { FLIP: 'off' } } },
});

describe('createInspector', () => {
  it('serves any app: actors, machines, and honestly that nobody judges it', async () => {
    const { inspector, url, token } = await inspected({ name: 'lamps' });
    createActor(lamp, { inspect: inspector.inspect }).start().send({ type: 'FLIP' });
    expect(await get<ActorView[]>(url, '/api/actors')).toMatchObject([
      { id: 'lamp', machine: 'lamp', value: 'on', health: null },
    ]);
    expect(await get<MachineView[]>(url, '/api/machines')).toMatchObject([{ id: 'lamp' }]);
    const overview = await get<Overview>(url, '/api/overview');
    expect(overview).toMatchObject({
      kind: 'app',
      name: 'lamps',
      commands: [],
      verdict: { health: 'unknown', title: '1 actor lives.' },
    });
    expect(token).toBe(null);
    expect(await get(url, '/api/trading')).toMatchObject({ error: expect.any(String) });
  });

  it('shows states by their names, also where a secret would stand under such a key', async () => {
    const { inspector, url } = await inspected({ secrets: ['state-secret'] });
    const field = { initial: 'empty', states: { empty: { on: { TYPE: 'full' } }, full: {} } };
    const form = setup({ types: { context: {} as { password: string } } }).createMachine({
      id: 'form',
      context: { password: 'hunter2' },
      initial: 'open',
      states: {
        open: { type: 'parallel', states: { email: field, password: field, token: { ...field, initial: 'full' } } },
      },
    });
    createActor(form, { inspect: inspector.inspect }).start().send({ type: 'TYPE' });
    const value = { open: { email: 'full', password: 'full', token: 'full' } };
    const detail = await get<ActorDetail>(url, '/api/actors/form');
    expect(detail).toMatchObject({ value, context: { password: '[redacted]' } });
    expect(detail.log.at(-1)).toMatchObject({ type: 'TYPE', value });
    const { steps } = await get<StepPage>(url, `/api/history/steps?from=0&to=${Date.now() + 1_000}`);
    expect(steps.at(-1)).toMatchObject({ was: { open: { password: 'empty' } }, value });
    expect(JSON.stringify(steps)).not.toContain('hunter2');
    const { actors } = await get<Moment>(url, `/api/history/moment?at=${Date.now() + 1_000}`);
    expect(actors).toMatchObject([{ value }]);
  });

  it.each(['x'.repeat(900), '<b>/é?#%2F', 'constructor', '__proto__'])('takes any id, as %j', async (id) => {
    const { inspector, url, send } = await inspected({ allowSend: true });
    const actor = createActor(lamp, { id, inspect: inspector.inspect }).start();
    expect(await send(id, 'FLIP')).toMatchObject({ ok: true });
    expect(actor.getSnapshot().value).toBe('on');
    expect(await get<ActorView[]>(url, '/api/actors')).toMatchObject([{ id, health: null }]);
    const asked = encodeURIComponent(id);
    expect(await get(url, `/api/actors/${asked}`)).toMatchObject({ id, value: 'on' });
    expect(await get(url, `/api/events?actor=${asked}`)).toMatchObject([{ to: id }, { to: id, type: 'FLIP' }]);
    const { steps } = await get<StepPage>(url, `/api/history/steps?from=0&to=${Date.now() + 1_000}&actor=${asked}`);
    expect(steps).toHaveLength(2);
  });

  it('sends events by hand only where that was allowed, and only with the token', async () => {
    const { inspector, url, send } = await inspected({ allowSend: true });
    const actor = createActor(lamp, { systemId: 'lamp', inspect: inspector.inspect }).start();
    expect(await send('lamp', 'FLIP')).toMatchObject({ ok: true });
    expect(actor.getSnapshot().value).toBe('on');
    expect(await send('lantern', 'FLIP')).toMatchObject({ ok: false, says: 'there is no living actor lantern' });
    expect(await send('lamp', 'xstate.stop')).toMatchObject({ ok: false });
    const without = await fetch(new URL('/api/commands', url), { method: 'POST', body: '{}' });
    expect(without.status).toBeGreaterThanOrEqual(400);
    expect(actor.getSnapshot()).toMatchObject({ value: 'on', status: 'active' });
  });

  it('knows what was: every actor at any moment, and the steps between', async () => {
    let at = 1_000;
    const { inspector, url } = await inspected({ now: () => at });
    const actor = createActor(lamp, { systemId: 'lamp', inspect: inspector.inspect }).start();
    for (at = 2_000; at <= 5_000; at += 1_000) actor.send({ type: 'FLIP' });
    const moment = async (ms: number) =>
      (await get<Moment>(url, `/api/history/moment?at=${ms}`)).actors.map(({ value }) => value);
    expect(await moment(1_500)).toEqual(['off']);
    expect(await moment(2_500)).toEqual(['on']);
    expect(await moment(3_500)).toEqual(['off']);
    expect(await moment(900)).toEqual([]);
    const page = await get<StepPage>(url, '/api/history/steps?from=2500&to=4500&limit=1');
    expect(page).toMatchObject({
      steps: [{ at: 3_000, was: 'on', value: 'off', taken: ['lamp.on|FLIP|0'] }],
      more: true,
    });
    at = 9_000;
    expect(await get(url, '/api/history')).toEqual({ from: 1_000, to: 9_000, steps_from: 1_000, marks: [] });
  });

  it('tells health and incidents of an app that is supervised', async () => {
    const { inspector, url } = await inspected();
    const app = supervise({ children: [{ id: 'counter', logic: () => counter() }], inspect: inspector.inspect });
    inspector.heals(app);
    const events: StreamEvent[] = [];
    const stream = await fetch(new URL('/api/stream', url));
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
    const reading = (async () => {
      for (let text = ''; reader; ) {
        const { done, value } = await reader.read();
        if (done) return;
        text += value;
        const parts = text.split('\n\n');
        text = parts.pop() ?? '';
        for (const part of parts) {
          const data = /^data: (.*)$/m.exec(part)?.[1];
          if (data) events.push(JSON.parse(data) as StreamEvent);
        }
      }
    })();
    const types = () => events.map(({ type }) => type);
    await expect.poll(types).toContain('hello');
    app.post('counter', { type: 'BOOM' });
    const told = async () => {
      const { components, verdict } = await get<Overview>(url, '/api/overview');
      return [verdict.health, ...components.map(({ id, restarts }) => `${id} ${restarts}`)];
    };
    await expect.poll(told).toEqual(['yellow', 'counter 1']);
    await expect
      .poll(() => get<ActorDetail>(url, '/api/actors/counter'))
      .toMatchObject({ incarnation: 2, health: 'yellow' });
    for (const type of ['actors', 'events', 'overview']) await expect.poll(types).toContain(type);
    expect(events[0]).toMatchObject({ type: 'hello', overview: { kind: 'app' } });
    await reader?.cancel();
    await reading;
    await app.stop();
  });

  it('is to be had behind a proxy with TLS: at its origin, by its token, and by nobody without', async () => {
    const origin = 'https://inspect.example.org';
    const { inspector, url, said, token } = await inspected({ origin, allowSend: true });
    expect(await inspector.ready).toBe(`${origin}/#token=${token}`);
    expect(said[0]).toContain(await inspector.ready);
    const actor = createActor(lamp, { inspect: inspector.inspect }).start();
    const asked = async (headers: Readonly<Record<string, string>>, body?: object): Promise<number | undefined> => {
      const sent = request(new URL(body ? '/api/commands' : '/api/overview', url), {
        method: body ? 'POST' : 'GET',
        headers: { Host: 'inspect.example.org', 'Content-Type': 'application/json', ...headers },
      });
      sent.end(body && JSON.stringify(body));
      const [answer] = (await once(sent, 'response')) as [IncomingMessage];
      answer.resume();
      return answer.statusCode;
    };
    const bearer = { Authorization: `Bearer ${token}` };
    const flip = { do: 'send', actor: 'lamp', event: { type: 'FLIP' } };
    expect(await asked({})).toBe(401);
    expect(await asked({ Authorization: `Basic ${btoa(`anybody:${token}`)}` })).toBe(200);
    expect(await asked({ ...bearer, Origin: 'https://evil.example.org' }, flip)).toBe(403);
    expect(actor.getSnapshot().value).toBe('off');
    expect(await asked({ ...bearer, Origin: origin }, flip)).toBe(200);
    expect(actor.getSnapshot().value).toBe('on');
  });

  it('has a token also where nothing is sent, if it is behind a proxy; and says what is no origin', async () => {
    const { token } = await inspected({ origin: 'https://inspect.example.org' });
    expect(token).toHaveLength(32);
    const wrong = createInspector({ port: 0, origin: 'http://inspect.example.org', log: () => undefined });
    open.push(wrong);
    await expect(wrong.ready).rejects.toThrow('is no origin with TLS');
  });

  it('says why it is not served where the port is taken, and the app goes on', async () => {
    const { url } = await inspected();
    const said: string[] = [];
    const second = createInspector({ port: Number(new URL(url).port), log: (words) => void said.push(words) });
    await expect(second.ready).rejects.toThrow('is taken');
    const actor = createActor(lamp, { inspect: second.inspect }).start();
    actor.send({ type: 'FLIP' });
    expect(actor.getSnapshot().value).toBe('on');
    expect(said[0]).toContain('is taken');
    expect(second.url).toBe(null);
    await second.close();
  });
});

describe('examples/inspect-any-xstate-app.ts', () => {
  it('prints where the page is, answers with its actors and machines, and ends by itself', async () => {
    const run = spawn(join(ROOT, 'node_modules/.bin/node'), ['examples/inspect-any-xstate-app.ts', '4'], { cwd: ROOT });
    let out = '';
    let wrong = '';
    run.stderr.on('data', (bytes) => {
      wrong += bytes;
    });
    const ended = new Promise<number | null>((done) => run.on('exit', done));
    const address = await new Promise<string>((found, failed) => {
      run.stdout.on('data', (bytes) => {
        out += bytes;
        const [, url] = /inspector: (\S+)/.exec(out) ?? [];
        if (url) found(url);
      });
      run.on('exit', () => failed(new Error(`it ended without an address: ${out}${wrong}`)));
    });
    const orders = async () =>
      (await get<ActorDetail>(address, '/api/actors/coffee')).log.filter(({ type }) => type === 'ORDER');
    await expect.poll(async () => (await orders()).length).toBeGreaterThan(0);
    const actors = await get<ActorView[]>(address, '/api/actors');
    expect(actors.map(({ id, machine }) => [id, machine])).toEqual([
      ['coffee', 'coffee'],
      ['grinder', 'grinder'],
      ['coffee.guests', null],
    ]);
    expect((await get<MachineView[]>(address, '/api/machines')).map(({ id }) => id)).toEqual(['coffee', 'grinder']);
    expect((await orders())[0]).toMatchObject({ from: 'coffee.guests', taken: ['coffee.brewing.ready|ORDER|0'] });
    const code = await ended;
    expect([code, wrong]).toEqual([0, '']);
  });
});
