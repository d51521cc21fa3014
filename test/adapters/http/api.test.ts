import { describe, expect, it } from 'vitest';
import { CannotServe } from '../../../src/adapters/http/cannot-serve.ts';
import { serveInspector } from '../../../src/adapters/http/serve.ts';
import { BadQuestion } from '../../../src/inspector/source.ts';
import { AT } from './fake-source.ts';
import { BEARER, listen, serving, TOKEN } from './serving.ts';

const json = async (answer: Response) => (await answer.json()) as Record<string, unknown>;

describe('the API', () => {
  it('answers every question of the contract with what the source says', async () => {
    const { get, source } = await serving();
    expect((await json(await get('/api/overview'))).name).toBe('bot');
    expect(await json(await get('/api/actors'))).toHaveLength(2);
    expect((await json(await get('/api/actors/signalBus'))).accepts).toEqual(['TICK']);
    expect(await json(await get('/api/machines'))).toMatchObject([{ id: 'toggle' }]);
    expect(await json(await get('/api/events?actor=signalBus&after=3&limit=9'))).toMatchObject([{ seq: 1 }]);
    expect(await json(await get('/api/faults'))).toMatchObject([{ id: 'tear' }]);
    expect(await json(await get('/api/incidents?component=signal_bus&limit=4'))).toEqual([]);
    expect((await json(await get('/api/why/signal_bus'))).incident).toBe('i-1');
    expect((await json(await get('/api/signals?state=blocked&symbol=BTCUSDT&search=a&before=5&limit=2'))).total).toBe(
      0,
    );
    expect(await json(await get('/api/log?search=torn&before=7'))).toMatchObject([{ message: 'started' }]);
    expect((await json(await get('/api/history'))).from).toBe(AT);
    expect((await json(await get(`/api/history/moment?at=${AT}`))).at).toBe(AT);
    expect((await json(await get('/api/history/steps?from=1&to=2&actor=signalBus&limit=3'))).more).toBe(false);
    expect(source.asked).toEqual([
      ['actor', 'signalBus'],
      ['events', { actor: 'signalBus', after: 3, limit: 9 }],
      ['incidents', { component: 'signal_bus', limit: 4 }],
      ['signals', { state: 'blocked', symbol: 'BTCUSDT', search: 'a', before: 5, limit: 2 }],
      ['log', { search: 'torn', before: 7, limit: 500 }],
      ['steps', { from: 1, to: 2, actor: 'signalBus', limit: 3 }],
    ]);
  });

  it('says 404 in words for what is not there', async () => {
    const { get, source } = await serving();
    for (const path of [
      '/api/actors/nobody',
      '/api/incidents/i-9',
      '/api/why/nothing',
      '/api/signals/s-9',
      '/api/trading',
      '/api/nothing',
      '/nothing',
    ]) {
      const answer = await get(path);
      expect(answer.status, path).toBe(404);
      expect((await json(answer)).error, path).toMatch(/\w+ .*\.$/);
    }
    await get('/api/actors/a%2Fb%20c');
    expect(source.asked.at(-1)).toEqual(['actor', 'a/b c']);
  });

  it('says 400 in words for a question that cannot be meant', async () => {
    const { get, source } = await serving();
    for (const path of [
      '/api/events?limit=0',
      '/api/events?limit=10001',
      '/api/events?limit=ten',
      '/api/events?after=-1',
      '/api/log?before=1e3',
      '/api/history/moment',
      '/api/history/moment?at=yesterday',
      '/api/history/steps?from=1',
      `/api/log?search=${'x'.repeat(201)}`,
      '/api/signals?state=foo',
    ]) {
      expect((await get(path)).status, path).toBe(400);
    }
    expect((await json(await get('/api/signals?state=foo'))).error).toBe(
      'state must be one of generated, evaluating, approved, executing, executed, blocked, expired, learned.',
    );
    source.moment = async () => {
      throw new BadQuestion('at must lie between the first and the last record.');
    };
    const answer = await get('/api/history/moment?at=1');
    expect(answer.status).toBe(400);
    expect(await json(answer)).toEqual({ error: 'at must lie between the first and the last record.' });
  });

  it('says 500 in words when the source breaks, logs it, and goes on', async () => {
    const { get, source, log } = await serving();
    source.history = async () => {
      throw new Error('the disk is gone');
    };
    const answer = await get('/api/history');
    expect(answer.status).toBe(500);
    expect((await json(answer)).error).toContain('the disk is gone');
    expect(log.all.join('\n')).toContain('GET /api/history could not be answered: the disk is gone');
    expect((await get('/api/overview')).status).toBe(200);
  });

  it('answers HEAD without a body, and opens no stream for it', async () => {
    const { get, source } = await serving();
    for (const path of ['/', '/api/overview', '/api/stream', '/healthz']) {
      const answer = await get(path, { method: 'HEAD' });
      expect(answer.status, path).toBe(200);
      expect(await answer.text(), path).toBe('');
    }
    expect(source.followed).toBe(0);
  });

  it('changes nothing by GET', async () => {
    const { get, source } = await serving();
    expect((await get('/api/commands', { headers: BEARER })).status).toBe(404);
    expect(source.commands).toEqual([]);
  });

  it('tells whether the bot is alive and ready, in words', async () => {
    const { get, source } = await serving();
    expect((await get('/healthz')).status).toBe(200);
    expect(await (await get('/readyz')).text()).toBe('every promise is kept\n');
    source.alive = { alive: true, ready: false, says: 'no candle yet' };
    expect((await get('/healthz')).status).toBe(200);
    expect((await get('/readyz')).status).toBe(503);
    source.alive = { alive: false, ready: false, says: 'the mailbox stands still' };
    const dead = await get('/healthz');
    expect(dead.status).toBe(503);
    expect(await dead.text()).toBe('the mailbox stands still\n');
  });
});

describe('commands', () => {
  it('are done for who has the token', async () => {
    const { post, source } = await serving();
    const command = { do: 'send', actor: 'signalBus', event: { type: 'TICK', at: 1 } };
    const answer = await post(command);
    expect(answer.status).toBe(200);
    expect(await json(answer)).toEqual({ ok: true, says: 'It is done.' });
    expect(source.commands).toEqual([command]);
  });

  it('are refused to all others, whatever else is right', async () => {
    const { post, server, source } = await serving();
    const origin = server.url.slice(0, -1);
    expect((await post({ do: 'pause', reason: 'x' }, { authorization: '' })).status).toBe(401);
    expect((await post({ do: 'pause', reason: 'x' }, { authorization: 'Bearer no', origin })).status).toBe(401);
    expect((await post({ do: 'pause', reason: 'x' }, { origin: 'http://evil.com' })).status).toBe(403);
    expect((await post({ do: 'pause', reason: 'x' }, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    const inQuery = await fetch(new URL(`/api/commands?token=${TOKEN}`, server.url), { method: 'POST' });
    expect(inQuery.status).toBe(401);
    expect(source.commands).toEqual([]);
    expect((await post({ do: 'pause', reason: 'x' }, { origin })).status).toBe(200);
  });

  it('that are not understood are refused in words', async () => {
    const { post, source } = await serving();
    for (const body of [
      '',
      '{',
      'null',
      {},
      { do: 'sell_everything' },
      { do: 'pause' },
      { do: 'pause', reason: '  ' },
      { do: 'plan', invariant: 'x', more: 1 },
      { do: 'remedy', invariant: 'x', remedy: 'PRAY' },
      { do: 'send', actor: 'a', event: {} },
    ]) {
      const answer = await post(body);
      expect(answer.status, JSON.stringify(body)).toBe(400);
      expect((await json(answer)).error).toMatch(/^The command is not understood\./);
    }
    expect((await post({ do: 'pause', reason: 'x' }, { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await post({ do: 'pause', reason: 'x'.repeat(65 * 1024) })).status).toBe(413);
    expect(source.commands).toEqual([]);
  });

  it('that are not offered are refused before the source hears of them', async () => {
    const { post, source } = await serving();
    source.now = { ...source.now, commands: ['plan'] };
    const answer = await post({ do: 'fault', fault: 'tear' });
    expect(answer.status).toBe(409);
    expect((await json(answer)).error).toContain('plan');
    expect(source.commands).toEqual([]);
  });

  it('cannot be sent at all where there is no token', async () => {
    const { post, get } = await serving({ token: null });
    expect((await get('/api/overview')).status).toBe(200);
    expect((await post({ do: 'pause', reason: 'x' }, { authorization: 'Bearer null' })).status).toBe(401);
  });
});

describe('the server', () => {
  it('says in words that its port is taken, and what to do', async () => {
    const { port, source, log, redactor } = await serving();
    const second = serveInspector({ source, port, token: TOKEN, page: '/nowhere', redactor, log });
    await expect(second).rejects.toBeInstanceOf(CannotServe);
    await expect(second).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await expect(second).rejects.toThrow(new RegExp(`port ${port} .*--port.*--no-http`));
  });

  it('is not on the network without a token, and with a weak one nowhere', async () => {
    await expect(serving({ host: '0.0.0.0', token: null })).rejects.toThrow(/without a token/);
    await expect(serving({ token: '' })).rejects.toThrow(/16 characters/);
    await expect(serving({ host: '203.0.113.7' })).rejects.toThrow(/no address of this machine/);
  });

  it('asks for the token for everything where it is on the network', async () => {
    const { get } = await serving({ host: '127.0.0.2' });
    expect((await get('/healthz')).status).toBe(200);
    for (const path of ['/', '/api/overview', '/api/stream']) {
      const refused = await get(path);
      expect(refused.status).toBe(401);
      expect(refused.headers.get('www-authenticate')).toContain('Basic');
    }
    expect((await get('/api/overview', { headers: BEARER })).status).toBe(200);
    const password = { authorization: `Basic ${btoa(`me:${TOKEN}`)}` };
    expect((await get('/api/overview', { headers: password })).status).toBe(200);
  });

  it('sends the same strict headers with everything, refusals too', async () => {
    const { get } = await serving();
    for (const answer of [
      await get('/'),
      await get('/api/overview'),
      await get('/nothing'),
      await get('/api/overview', { headers: { origin: 'null' } }),
    ]) {
      const policy = answer.headers.get('content-security-policy');
      expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
      expect(policy).toContain("base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
      expect(policy).not.toContain('unsafe');
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-resource-policy': 'same-origin',
        'cross-origin-opener-policy': 'same-origin',
        'cache-control': 'no-store',
      });
    }
  });

  it('takes leave of those who listen and lets go of every connection at once', async () => {
    const { server, get, source } = await serving();
    const stream = await listen(new URL('/api/stream', server.url));
    await stream.until(() => stream.told.length > 0);
    await (await get('/api/overview')).text();
    const begun = performance.now();
    await Promise.all([server.close('the bot stops'), server.close()]);
    // A connection that is kept is let go of by itself after five seconds.
    expect(performance.now() - begun).toBeLessThan(4_000);
    expect(await stream.ended).toBe('ended');
    expect(stream.told.at(-1)?.data).toEqual({ type: 'bye', reason: 'the bot stops' });
    expect(source.listening.size).toBe(0);
    await expect(get('/api/overview')).rejects.toThrow();
  });
});
