import { createWebSocketReceiver, type ParsedReceiverEvent } from '@xstate/inspect';
import { describe, expect, it, onTestFinished } from 'vitest';
import WebSocket from 'ws';
import { tapOf } from '../../src/adapters/http/inspection.ts';
import { BEARER, raw, serving } from '../adapters/http/serving.ts';
import { BY_KEY, BY_VALUE, startedHouse } from '../adapters/http/some-system.ts';

/** The receiver makes its own WebSocket, and a program has to show the token: this is where a program can. */
class WithToken extends WebSocket {
  readonly heard: string[] = [];
  constructor(address: string) {
    super(address, { headers: BEARER });
    sockets.push(this);
    this.on('message', (data) => this.heard.push(String(data)));
  }
}
const sockets: WithToken[] = [];

async function received() {
  const { root, front, send } = startedHouse();
  onTestFinished(() => void root.stop());
  const { port, redactor, server } = await serving({ stately: true, inspection: tapOf(root) });
  redactor.register(BY_VALUE);
  Object.assign(globalThis, { WebSocket: WithToken });
  const receiver = createWebSocketReceiver({ server: `127.0.0.1:${port}/inspect/v4`, serialize: undefined });
  const got: ParsedReceiverEvent[] = [];
  receiver.subscribe((event) => got.push(event));
  const socket = sockets.at(-1);
  onTestFinished(() => socket?.close());
  const of = (type: string) => got.filter((event) => event.type === type);
  return { root, front, send, port, server, receiver, got, of, heard: () => (socket?.heard ?? []).join('\n') };
}

describe('the published receiver of @xstate/inspect 0.8, on XState 4', () => {
  it('reads our machines and states, those that live already first', async () => {
    const { root, front, of } = await received();
    await expect.poll(() => of('service.register').length).toBe(2);
    const [house, door] = of('service.register') as (ParsedReceiverEvent & { type: 'service.register' })[];
    expect([house?.sessionId, door?.sessionId]).toEqual([root.sessionId, front.sessionId]);
    expect(door?.parent).toBe(root.sessionId);
    expect(door?.machine.id).toBe('door');
    expect(door?.machine.stateIds).toEqual(
      expect.arrayContaining(['door', 'door.closed', 'door.open', 'door.open.ajar', 'door.open.wide', 'door.gone']),
    );
    expect(door?.machine.initialState.value).toBe('closed');
    expect(door?.machine.events).toEqual(expect.arrayContaining(['OPEN', 'CLOSE', 'BREAK', 'RETIRE']));
    expect(door?.machine.getStateNodeById('door.closed').config.on).toMatchObject({ OPEN: [{ cond: 'unlocked' }] });
    expect(door?.state.value).toBe('closed');
  });

  it('follows events and states as they come, and hears that an actor ended', async () => {
    const { front, send, of } = await received();
    await expect.poll(() => of('service.register').length).toBe(2);
    send({ type: 'OPEN' });
    await expect.poll(() => of('service.state').at(-1)).toMatchObject({ state: { value: { open: 'wide' } } });
    expect(of('service.event').at(-1)).toMatchObject({ event: { name: 'OPEN' }, sessionId: front.sessionId });
    send({ type: 'RETIRE' });
    await expect.poll(() => of('service.stop')).toMatchObject([{ sessionId: front.sessionId }]);
  });

  it('cannot send anything to an actor: it may look and no more', async () => {
    const { front, receiver, send, of } = await received();
    await expect.poll(() => of('service.register').length).toBe(2);
    const event = JSON.stringify({ name: 'OPEN', data: { type: 'OPEN' }, $$type: 'scxml', origin: front.sessionId });
    receiver.send({ type: 'xstate.event', event, service: front.sessionId } as Parameters<typeof receiver.send>[0]);
    receiver.send({ type: 'xstate.inspecting' } as Parameters<typeof receiver.send>[0]);
    // The second question was answered, so the first one had been read.
    await expect.poll(() => of('service.register').length).toBe(4);
    expect(front.getSnapshot().value).toBe('closed');
    send({ type: 'OPEN' });
    await expect.poll(() => of('service.state').length).toBeGreaterThan(0);
  });

  it('is told no secret', async () => {
    const { send, of, heard } = await received();
    await expect.poll(() => of('service.register').length).toBe(2);
    send({ type: 'OPEN', password: BY_KEY, note: BY_VALUE });
    await expect.poll(() => of('service.state').length).toBeGreaterThan(0);
    expect(heard()).toContain('[redacted]');
    expect(heard()).not.toContain(BY_KEY);
    expect(heard()).not.toContain(BY_VALUE);
  });

  it('hears when the server closes, at once', async () => {
    const { server, of, got } = await received();
    await expect.poll(() => of('service.register').length).toBe(2);
    await server.close();
    await expect.poll(() => heardBye()).toBe(true);
    expect(got.length).toBeGreaterThan(0);
  });

  const heardBye = () => sockets.at(-1)?.heard.some((text) => text.includes('xstate.disconnect')) ?? false;
});

describe('the WebSocket', () => {
  it('is opened to its own page and to the token, and to nobody else', async () => {
    const { root } = startedHouse();
    onTestFinished(() => void root.stop());
    const { port } = await serving({ stately: true, inspection: tapOf(root) });
    const own = { Host: `127.0.0.1:${port}` };
    const opens = (headers: Record<string, string>, path = '/inspect/v4') =>
      new Promise<boolean>((resolve) => {
        const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers: { ...own, ...headers } });
        socket.on('open', () => {
          socket.close();
          resolve(true);
        });
        socket.on('error', () => resolve(false));
      });
    expect(await opens(BEARER)).toBe(true);
    expect(await opens({ origin: `http://127.0.0.1:${port}` })).toBe(true);
    expect(await opens({ origin: `http://localhost:${port}` })).toBe(true);
    expect(await opens({})).toBe(false);
    expect(await opens({ ...BEARER, origin: 'null' })).toBe(false);
    expect(await opens({ ...BEARER, origin: 'https://stately.ai' })).toBe(false);
    expect(await opens({ ...BEARER, Host: '127.0.0.1.evil.com' })).toBe(false);
    expect(await opens(BEARER, '/inspect/v5')).toBe(false);
    const crowd = await Promise.all(
      Array.from({ length: 3 }, () => raw(port, [`GET /inspect/v4 HTTP/1.1`, 'Host: x'])),
    );
    expect(crowd.map(({ status }) => status)).toEqual([403, 403, 403]);
  });
});
