import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Waiting } from '../../../src/adapters/http/conflate.ts';
import { Listeners } from '../../../src/adapters/http/listeners.ts';
import { Hub } from '../../../src/adapters/http/stream.ts';
import type { IncidentRecord, StreamEvent } from '../../../src/inspector/contract.ts';
import { anActor, anEvent, anOverview, FakeSource } from './fake-source.ts';
import { listen, serving } from './serving.ts';

type Hello = StreamEvent & { type: 'hello' };
const hello = (...ids: string[]): Hello => ({
  type: 'hello',
  overview: anOverview(),
  actors: ids.map((id) => anActor(id)),
});
const all = (waiting: Waiting): StreamEvent[] => {
  const taken: StreamEvent[] = [];
  for (let event = waiting.take(); event !== null; event = waiting.take()) taken.push(event);
  return taken;
};
const events = (from: number, count: number): StreamEvent => ({
  type: 'events',
  events: Array.from({ length: count }, (_, i) => anEvent(from + i)),
  dropped: 0,
});

/** Asks for the stream and reads nothing of it. */
function muteClient(port: number): Socket {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => socket.destroy());
  socket.write(`GET /api/stream HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
  return socket.pause();
}

/** All actors change, and 10,000 events happen. */
function round(source: FakeSource, n: number): void {
  source.emit({ type: 'actors', actors: source.living.map((actor) => ({ ...actor, events: n })), gone: [] });
  for (let part = 0; part < 50; part += 1) source.emit(events(n * 10_000 + part * 200, 200));
}

function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().heapUsed;
}

describe('what waits for a client', () => {
  it('is the last overview, the last of each actor, and every event that fits', () => {
    const waiting = new Waiting(() => hello());
    waiting.offer({ type: 'overview', overview: { ...anOverview(), at: 1 } });
    waiting.offer({ type: 'overview', overview: { ...anOverview(), at: 2 } });
    waiting.offer({ type: 'actors', actors: [anActor('a', { value: 1 }), anActor('b')], gone: [] });
    waiting.offer({ type: 'actors', actors: [anActor('a', { value: 2 }), anActor('c')], gone: ['b', 'd'] });
    waiting.offer({ type: 'actors', actors: [anActor('d')], gone: [] });
    waiting.offer(events(1, 2));
    waiting.offer(events(3, 1));
    expect(all(waiting)).toMatchObject([
      { type: 'overview', overview: { at: 2 } },
      { type: 'actors', actors: [{ id: 'a', value: 2 }, { id: 'c' }, { id: 'd' }], gone: ['b'] },
      { type: 'events', events: [{ seq: 1 }, { seq: 2 }, { seq: 3 }], dropped: 0 },
    ]);
  });

  it('is bounded: of more events the last are kept, and the others counted', () => {
    const waiting = new Waiting(() => hello());
    for (let n = 0; n < 50; n += 1) waiting.offer(events(n * 200, 200));
    const taken = all(waiting).flatMap((event) => (event.type === 'events' ? [event] : []));
    expect(taken.every((event) => event.events.length <= 200)).toBe(true);
    expect(taken.flatMap((event) => event.events).map((event) => event.seq)).toEqual(
      Array.from({ length: 1000 }, (_, i) => 9000 + i),
    );
    expect(taken.reduce((sum, { dropped }) => sum + dropped, 0)).toBe(9000);
  });

  it('is one record an incident, its last', () => {
    const waiting = new Waiting(() => hello());
    const record = (id: string, status: IncidentRecord['status']) =>
      ({ incident_id: id, status }) as unknown as IncidentRecord;
    waiting.offer({ type: 'incident', incident: record('a', 'open') });
    for (let n = 0; n < 500; n += 1) waiting.offer({ type: 'incident', incident: record(`i-${n}`, 'open') });
    waiting.offer({ type: 'incident', incident: record('i-499', 'healed') });
    const taken = all(waiting);
    expect(taken).toHaveLength(200);
    expect(taken.at(-1)).toMatchObject({ incident: { incident_id: 'i-499', status: 'healed' } });
  });

  it('is all of it told anew when too many actors changed or went', () => {
    const waiting = new Waiting(() => hello('all', 'there', 'is'));
    waiting.offer(hello());
    for (let n = 0; n < 30_000; n += 1) {
      waiting.offer({ type: 'actors', actors: [], gone: [`signal-${n}`] });
      expect(waiting.size).toBeLessThanOrEqual(20_000);
    }
    const taken = all(waiting);
    expect(taken).toHaveLength(1);
    expect(taken[0]).toMatchObject({ type: 'hello', actors: [{ id: 'all' }, { id: 'there' }, { id: 'is' }] });
    waiting.offer({ type: 'actors', actors: [anActor('a')], gone: [] });
    expect(all(waiting)).toMatchObject([{ type: 'actors', actors: [{ id: 'a' }] }]);
  });

  it('ends with the farewell, whatever waits', () => {
    const waiting = new Waiting(() => hello());
    waiting.offer({ type: 'bye', reason: 'x' });
    waiting.offer(events(1, 1));
    expect(all(waiting).map((event) => event.type)).toEqual(['events', 'bye']);
  });
});

describe('the stream', () => {
  it('follows the source once, and only while somebody listens', async () => {
    const { server, source } = await serving();
    const url = new URL('/api/stream', server.url);
    expect(source.followed).toBe(0);
    const one = await listen(url);
    const two = await listen(url);
    await one.until(() => one.told.length > 0);
    await two.until(() => two.told.length > 0);
    expect(one.response.headers.get('content-type')).toContain('text/event-stream');
    expect([one.told[0]?.event, two.told[0]?.event]).toEqual(['hello', 'hello']);
    expect(one.told[0]?.data).toMatchObject({ type: 'hello', overview: { name: 'bot' }, actors: [{}, {}] });
    expect([source.followed, source.listening.size]).toEqual([1, 1]);

    source.emit({ type: 'overview', overview: anOverview() });
    source.emit(events(1, 2));
    await Promise.all([one, two].map((stream) => stream.until(() => stream.told.length === 3)));
    for (const { told } of [one, two]) {
      expect(told.map(({ event }) => event)).toEqual(['hello', 'overview', 'events']);
      expect(told.map(({ id }) => id)).toEqual([...told.map(({ id }) => id)].sort((a, b) => a - b));
    }
    one.stop();
    await one.ended;
    expect(source.listening.size).toBe(1);
    two.stop();
    await two.ended;
    await expect.poll(() => source.listening.size).toBe(0);
    const three = await listen(url);
    await three.until(() => three.told.length > 0);
    expect(source.followed).toBe(2);
  });

  it('ends with the source', async () => {
    const { server, source } = await serving();
    const stream = await listen(new URL('/api/stream', server.url));
    await stream.until(() => stream.told.length > 0);
    source.emit({ type: 'bye', reason: 'the bot stopped' });
    expect(await stream.ended).toBe('ended');
    expect(stream.told.at(-1)?.event).toBe('bye');
    await expect.poll(() => source.listening.size).toBe(0);
  });

  it('of one bot of many ends when that is over, and of one that was over when it was asked for', async () => {
    for (const isLate of [false, true]) {
      const bot = new FakeSource();
      const end = Promise.withResolvers<string>();
      if (isLate) end.resolve('another worker has it');
      const { server } = await serving({ bots: { find: async () => Object.assign(bot, { over: end.promise }) } });
      const stream = await listen(new URL('/bots/default/0of1/api/stream', server.url));
      if (!isLate) {
        await stream.until(() => stream.told.length > 0);
        end.resolve('another worker has it');
      }
      expect(await stream.ended, `late: ${isLate}`).toBe('ended');
      expect(stream.told.at(-1)).toMatchObject({ event: 'bye', data: { reason: 'another worker has it' } });
      await expect.poll(() => bot.listening.size).toBe(0);
    }
  });

  it('does not follow a source that is over for one who comes afterwards, and says why', async () => {
    const source = new FakeSource();
    const hub = new Hub({
      source,
      listeners: new Listeners(),
      clean: (value) => value,
      failed: (error) => expect.fail(String(error)),
    });
    hub.bye('another worker has it');
    const server = createServer((_, response) => hub.join(response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const text = await (await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)).text();
    expect(text).toContain('"another worker has it"');
    expect(text).not.toContain('event: hello');
    expect(source.followed).toBe(0);
    await expect.poll(() => hub.size).toBe(0);
  });

  it('keeps an idle connection with a comment', async () => {
    const { server } = await serving({ streams: { keepAliveMs: 20 } });
    const stream = await listen(new URL('/api/stream', server.url));
    await stream.until(() => stream.comments >= 2);
    expect(stream.told).toHaveLength(1);
  });

  it('has room for so many, and says so in words to the next', async () => {
    const { server, get } = await serving({ streams: { most: 2 } });
    const url = new URL('/api/stream', server.url);
    const [one] = [await listen(url), await listen(url)];
    const refused = await get('/api/stream');
    expect(refused.status).toBe(503);
    expect(((await refused.json()) as { error: string }).error).toMatch(/2 streams are open/);
    one?.stop();
    await expect.poll(async () => (await get('/api/stream', { signal: AbortSignal.timeout(500) })).status).toBe(200);
  });

  it('survives a source that breaks while it is told', async () => {
    const { server, source, log, get } = await serving();
    const stream = await listen(new URL('/api/stream', server.url));
    await stream.until(() => stream.told.length > 0);
    const broken = {
      type: 'overview',
      overview: {
        toJSON: () => {
          throw new Error('half made');
        },
      },
    };
    expect(() => source.emit(broken as unknown as StreamEvent)).not.toThrow();
    expect(log.all.join()).toContain('half made');
    source.emit(events(1, 1));
    await stream.until(() => stream.told.length === 2);
    source.overview = () => {
      throw new Error('nothing to say');
    };
    expect((await get('/api/stream')).status).toBe(500);
  });

  it('holds no more for a client that does not read, however much happens', { timeout: 120_000 }, async () => {
    const { port, source } = await serving();
    source.living = Array.from({ length: 10_000 }, (_, n) => anActor(`signal-${n}`));
    const mute = muteClient(port);
    await expect.poll(() => source.listening.size).toBe(1);
    // The first rounds fill the buffers of the sockets; what counts is what comes then.
    for (let n = 0; n < 5; n += 1) round(source, n);
    await pause(50);
    const before = heapUsed();
    for (let n = 5; n < 15; n += 1) {
      round(source, n);
      await pause(5);
    }
    // A round is about 3 MB of text and more as objects: ten that were kept would be far above 30.
    expect(heapUsed() - before).toBeLessThan(10e6);
    mute.destroy();
    await expect.poll(() => source.listening.size).toBe(0);
  });

  it('is not held up by a client that does not read: others are told all of it', { timeout: 120_000 }, async () => {
    const { server, port, source } = await serving();
    source.living = Array.from({ length: 10_000 }, (_, n) => anActor(`signal-${n}`));
    const mute = muteClient(port);
    await expect.poll(() => source.followed).toBe(1);
    const good = await listen(new URL('/api/stream', server.url));
    await good.until(() => good.told.length > 0);
    for (let n = 1; n <= 5; n += 1) {
      round(source, n);
      await good.until(() =>
        good.told.some(
          ({ event, data }) => event === 'actors' && (data.actors as { events: number }[])[9_999]?.events === n,
        ),
      );
    }
    const told = () =>
      good.told
        .flatMap(({ data }) => (data.type === 'events' ? [data as StreamEvent & { type: 'events' }] : []))
        .reduce((sum, { events, dropped }) => sum + events.length + dropped, 0);
    await good.until(() => told() === 5 * 10_000);
    mute.destroy();
    good.stop();
    await expect.poll(() => source.listening.size).toBe(0);
  });

  it('lets go of one that takes nothing for long', async () => {
    const { port, source } = await serving({ streams: { keepAliveMs: 20, stalledMs: 100 } });
    source.living = Array.from({ length: 10_000 }, (_, n) => anActor(`signal-${n}`, { value: 'x'.repeat(500) }));
    const mute = muteClient(port);
    await expect.poll(() => source.followed).toBe(1);
    await expect.poll(() => source.listening.size, { timeout: 5000 }).toBe(0);
    mute.destroy();
  });
});
