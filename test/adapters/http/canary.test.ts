import { describe, expect, it, onTestFinished } from 'vitest';
import { tapOf } from '../../../src/adapters/http/inspection.ts';
import { BadQuestion } from '../../../src/inspector/source.ts';
import { everyRoute } from './everything.ts';
import { AT, anActor, anEvent, anOverview } from './fake-source.ts';
import { BEARER, listen, serving, TOKEN } from './serving.ts';
import { BY_KEY, BY_VALUE, startedHouse } from './some-system.ts';

/** Secrets where nobody expects them: under a telling key, within a text, in a key, as part of an address, far below. */
const PLANTED = {
  apiKey: BY_KEY,
  private_key: { inner: BY_KEY },
  note: `it said ${BY_VALUE}.`,
  [`of ${BY_VALUE}`]: [
    [{ deep: { deeper: [{ password: BY_KEY, url: `https://x/?k=${encodeURIComponent(BY_VALUE)}` }] } }],
  ],
  wasToken: TOKEN,
};

const ADDRESS: Readonly<Record<string, string>> = {
  '/api/actors/:id': '/api/actors/signalBus',
  '/api/incidents/:id': `/api/incidents/${encodeURIComponent(BY_VALUE)}`,
  '/api/signals/:id': `/api/signals/${encodeURIComponent(BY_VALUE)}`,
  '/api/why/:component': '/api/why/signal_bus',
  '/api/history/moment': `/api/history/moment?at=${AT}`,
  '/api/history/steps': '/api/history/steps?from=1&to=2',
};

async function planted() {
  const { root, send } = startedHouse();
  onTestFinished(() => void root.stop());
  const all = await serving({ stately: true, inspection: tapOf(root) });
  all.redactor.register(BY_VALUE);
  all.source.extra = PLANTED;
  all.source.living = [anActor('signalBus'), anActor(`actor of ${BY_VALUE}`)];
  all.source.now = {
    ...anOverview(),
    name: `bot ${BY_VALUE}`,
    components: anOverview().components.map((one) => ({ ...one, id: `${one.id} ${BY_VALUE}` })),
  };
  all.source.alive = { alive: false, ready: false, says: `no progress since ${BY_VALUE}` };
  return { ...all, send };
}

const isClean = (text: string, where: string): void => {
  for (const secret of [BY_KEY, BY_VALUE, encodeURIComponent(BY_VALUE), TOKEN])
    expect(text.includes(secret), `${where}: ${text}`).toBe(false);
};

describe('a secret', () => {
  it('is in no answer, whatever is asked', async () => {
    const { get, post } = await planted();
    const streams = ['/api/stream', '/stately/stream'];
    let redacted = 0;
    for (const route of await everyRoute()) {
      const [method, path = ''] = route.split(' ');
      if (method === 'POST' || streams.includes(path)) continue;
      const answer = await get(ADDRESS[path] ?? path);
      const text = await answer.text();
      isClean(text, route);
      isClean(JSON.stringify([...answer.headers]), route);
      if (text.includes('[redacted]')) redacted += 1;
      if (path.startsWith('/api') && answer.status === 200 && text !== '[]')
        expect(text, route).toContain('[redacted]');
    }
    expect(redacted).toBeGreaterThan(12);

    for (const command of [
      { do: 'pause', reason: 'x' },
      { do: BY_VALUE },
      { do: 'pause', [BY_VALUE]: 1 },
      { do: 'remedy', invariant: 'x', remedy: BY_VALUE },
    ]) {
      isClean(await (await post(command)).text(), JSON.stringify(Object.keys(command)));
    }
  });

  it('is in no error and no line of the log', async () => {
    const { get, post, source, log } = await planted();
    source.history = async () => {
      throw new Error(`could not open ${BY_VALUE}`);
    };
    source.log = async () => {
      throw new BadQuestion(`not ${BY_VALUE}`);
    };
    source.command = async () => {
      throw new Error(`refused by ${BY_VALUE}`);
    };
    const answers = [await get('/api/history'), await get('/api/log'), await post({ do: 'pause', reason: 'x' })];
    expect(answers.map(({ status }) => status)).toEqual([500, 400, 500]);
    for (const answer of answers) {
      const text = await answer.text();
      expect(text).toContain('[redacted]');
      isClean(text, answer.url);
    }
    expect(log.all.length).toBeGreaterThan(1);
    isClean(log.all.join('\n'), 'the log');
  });

  it('is in no stream', async () => {
    const { server, source, send } = await planted();
    const stream = await listen(new URL('/api/stream', server.url), { headers: BEARER });
    const second = await listen(new URL('/api/stream', server.url));
    const stately = await listen(new URL('/stately/stream', server.url));
    await stream.until(() => stream.told.length > 0);
    await second.until(() => second.told.length > 0);
    await stately.until(() => stately.told.length >= 4);
    source.emit({ type: 'overview', overview: source.overview() });
    source.emit({ type: 'actors', actors: [anActor('a', { value: PLANTED })], gone: [`x ${BY_VALUE}`] });
    source.emit({ type: 'events', events: [anEvent(1, { event: PLANTED, value: PLANTED })], dropped: 0 });
    source.emit({ type: 'incident', incident: PLANTED as never });
    source.emit({ type: 'bye', reason: `of ${BY_VALUE}` });
    send({ type: 'OPEN', password: BY_KEY, note: BY_VALUE });
    send({ type: 'BREAK' });
    expect(await stream.ended).toBe('ended');
    await stately.until(() => stately.told.some(({ data }) => JSON.stringify(data).includes('"error"')));
    expect(stream.told.map(({ event }) => event)).toEqual(['hello', 'overview', 'actors', 'events', 'incident', 'bye']);
    for (const [where, { whole }] of Object.entries({ stream, second, stately })) {
      expect(whole).toContain('[redacted]');
      isClean(whole, where);
    }
  });
});
