import { describe, expect, it } from 'vitest';
import { allowedHosts, type Gate, isLoopback, refusal } from '../../../src/adapters/http/allow.ts';
import { fc } from '../../fast-check.ts';
import { BEARER, raw, serving, TOKEN } from './serving.ts';

const PORT = 7070;
const gate: Gate = { hosts: allowedHosts('127.0.0.1', PORT), token: TOKEN, everything: false };
const network: Gate = { hosts: allowedHosts('10.0.0.5', PORT), token: TOKEN, everything: true };
const behindTls: Gate = { ...network, outside: new URL('https://bot.example.org') };
const HOME = ['Host', '127.0.0.1:7070'];
const bearer = ['Authorization', `Bearer ${TOKEN}`];
const status = (
  method: string,
  headers: readonly string[],
  more: { url?: string; socket?: boolean; gate?: Gate } = {},
) =>
  refusal({ method, url: more.url ?? '/api/overview', rawHeaders: [...headers] }, more.gate ?? gate, more.socket)
    ?.status ?? 200;

const SPOOFED = [
  '127.0.0.1.evil.com:7070',
  '127.0.0.1.evil.com',
  '[::ffff:7f00:1]:7070',
  '[::ffff:127.0.0.1]:7070',
  '127.0.0.1',
  '127.0.0.1:7071',
  '127.0.0.1:07070',
  '127.1:7070',
  '0.0.0.0:7070',
  '2130706433:7070',
  'LOCALHOST:7070',
  'localhost.:7070',
  'evil.localhost:7070',
  'user@127.0.0.1:7070',
  '127.0.0.1:7070, 127.0.0.1:7070',
  '127.0.0.1:7070@evil.com',
  'http://127.0.0.1:7070',
  'null',
  '',
];

describe('who may ask the inspector', () => {
  it('answers to its own three names at its own port', () => {
    for (const host of ['127.0.0.1:7070', 'localhost:7070', '[::1]:7070']) {
      expect(status('GET', ['Host', host])).toBe(200);
      expect(status('GET', ['Host', host, 'Origin', `http://${host}`])).toBe(200);
    }
  });

  it.each(SPOOFED)('does not answer to the Host %j', (host) => {
    expect(status('GET', ['Host', host])).toBe(403);
    expect(status('POST', ['Host', host, ...bearer])).toBe(403);
    expect(status('GET', ['Host', host], { socket: true })).toBe(403);
  });

  it('answers neither without a Host nor with two', () => {
    expect(status('GET', [])).toBe(403);
    expect(status('GET', [...HOME, ...HOME])).toBe(403);
    expect(status('GET', [...HOME, 'hOsT', 'evil.com'])).toBe(403);
  });

  it.each([
    'null',
    '',
    'http://evil.com',
    'https://127.0.0.1:7070',
    'http://127.0.0.1:7071',
    'http://127.0.0.1',
    'http://127.0.0.1:7070/',
    'http://127.0.0.1:7070.evil.com',
    'HTTP://127.0.0.1:7070',
    'http://LOCALHOST:7070',
    'http://localhost.:7070',
    'http://[::ffff:7f00:1]:7070',
    '127.0.0.1:7070',
    'https://stately.ai',
  ])('lets no page of the origin %j ask anything, with the token neither', (origin) => {
    for (const socket of [false, true]) {
      expect(status('GET', [...HOME, 'Origin', origin], { socket })).toBe(403);
      expect(status('GET', [...HOME, 'Origin', origin, ...bearer], { socket })).toBe(403);
    }
    expect(status('POST', [...HOME, 'Origin', origin, ...bearer])).toBe(403);
  });

  it('lets no second Origin hide behind the first', () => {
    const own = ['Origin', 'http://127.0.0.1:7070'];
    expect(status('GET', [...HOME, ...own, 'Origin', 'http://evil.com'])).toBe(403);
    expect(status('GET', [...HOME, ...own, ...own])).toBe(403);
  });

  it('refuses what another site or another port of this machine made the browser ask', () => {
    for (const [site, expected] of [
      ['cross-site', 403],
      ['same-site', 403],
      ['', 403],
      ['same-origin', 200],
      ['none', 200],
    ] as const) {
      expect(status('GET', [...HOME, 'Sec-Fetch-Site', site])).toBe(expected);
    }
  });

  it('takes paths as targets and no addresses', () => {
    for (const url of ['http://evil.com/api/overview', 'http://127.0.0.1:7070/', '//evil.com/', '*', '', 'api']) {
      expect(status('GET', HOME, { url })).toBe(400);
    }
  });

  it('answers GET, HEAD and POST and nothing else', () => {
    for (const method of ['OPTIONS', 'PUT', 'DELETE', 'PATCH', 'TRACE', 'CONNECT', 'get']) {
      expect(status(method, [...HOME, ...bearer])).toBe(405);
    }
  });

  it('lets POST do something with the token alone', () => {
    const own = ['Origin', 'http://127.0.0.1:7070'];
    expect(status('POST', [...HOME, ...bearer])).toBe(200);
    expect(status('POST', [...HOME, ...own, ...bearer])).toBe(200);
    expect(status('POST', [...HOME, ...own])).toBe(401);
    expect(status('POST', HOME)).toBe(401);
    for (const wrong of [
      `Bearer ${TOKEN}x`,
      'Bearer ',
      'Bearer',
      TOKEN,
      `bearer ${TOKEN}`,
      `Basic ${btoa(`:${TOKEN}`)}`,
    ]) {
      expect(status('POST', [...HOME, ...own, 'Authorization', wrong])).toBe(401);
    }
    expect(status('POST', [...HOME, ...bearer, 'Authorization', 'Bearer x'])).toBe(401);
  });

  it('has no token that opens where there is none', () => {
    for (const authorization of ['Bearer ', 'Bearer null', 'Bearer undefined']) {
      expect(status('POST', [...HOME, 'Authorization', authorization], { gate: { ...gate, token: null } })).toBe(401);
    }
  });

  it('accepts a WebSocket from its own page, or from a program with the token', () => {
    expect(status('GET', HOME, { socket: true })).toBe(401);
    expect(status('GET', [...HOME, 'Origin', 'http://localhost:7070'], { socket: true })).toBe(200);
    expect(status('GET', [...HOME, ...bearer], { socket: true })).toBe(200);
  });

  it('asks for the token for everything but the probes when it is on the network', () => {
    const host = ['Host', '10.0.0.5:7070'];
    const basic = ['Authorization', `Basic ${btoa(`anybody:${TOKEN}`)}`];
    for (const url of ['/', '/api/overview', '/api/stream', '/metrics', '/assets/main.js', '/healthz/x', '/stately']) {
      expect(status('GET', host, { gate: network, url })).toBe(401);
      expect(status('GET', [...host, ...bearer], { gate: network, url })).toBe(200);
      expect(status('GET', [...host, ...basic], { gate: network, url })).toBe(200);
    }
    expect(status('GET', [...host, 'Authorization', `Basic ${btoa(`${TOKEN}:`)}`], { gate: network })).toBe(401);
    expect(status('POST', [...host, ...basic], { gate: network })).toBe(401);
    expect(status('GET', [...host, ...basic, 'Origin', 'http://10.0.0.5:7070'], { gate: network, socket: true })).toBe(
      401,
    );
    for (const url of ['/healthz', '/readyz', '/healthz?x'])
      expect(status('GET', host, { gate: network, url })).toBe(200);
  });

  it.each(['10.0.0.5:7070', 'bot.example.org'])(
    'lets its page behind TLS do something, where the Host is %s',
    (name) => {
      const at = ['Host', name, 'Sec-Fetch-Site', 'same-origin'];
      const own = [...at, 'Origin', 'https://bot.example.org'];
      expect(status('POST', [...own, ...bearer], { gate: behindTls })).toBe(200);
      expect(status('GET', [...at, ...bearer], { gate: behindTls })).toBe(200);
      expect(status('GET', own, { gate: behindTls })).toBe(401);
      expect(status('POST', own, { gate: behindTls })).toBe(401);
      expect(status('POST', [...own, ...bearer], { gate: network })).toBe(403);
      for (const origin of [
        'http://bot.example.org',
        'https://bot.example.org/',
        'https://bot.example.org:443',
        'https://bot.example.org:8443',
        'https://evil.bot.example.org',
        'https://bot.example.org.evil.com',
        'HTTPS://bot.example.org',
        'https://10.0.0.5:7070',
        'null',
      ])
        expect(status('POST', [...at, 'Origin', origin, ...bearer], { gate: behindTls }), origin).toBe(403);
      for (const host of [
        'bot.example.org:80',
        'bot.example.org:7070',
        'BOT.example.org',
        'example.org',
        'bot.example.org.',
      ])
        expect(status('GET', ['Host', host, ...bearer], { gate: behindTls }), host).toBe(403);
    },
  );

  it('counts as loopback what cannot be reached from elsewhere, and no name that only looks like it', () => {
    expect(['127.0.0.1', 'localhost', '::1', '[::1]'].every(isLoopback)).toBe(true);
    expect(['0.0.0.0', '::', '', '127.0.0.1.evil.com', '10.0.0.5', 'LOCALHOST'].some(isLoopback)).toBe(false);
  });

  it('lets nothing pass that is not in its list, whatever it is', () => {
    const near = fc
      .tuple(fc.constantFrom(...gate.hosts), fc.string({ maxLength: 4 }), fc.nat(20), fc.boolean())
      .map(([host, noise, at, upper]) => {
        const changed = host.slice(0, at) + noise + host.slice(at);
        return upper ? changed.toUpperCase() : changed;
      });
    const any = fc.oneof(near, fc.string(), fc.webAuthority({ withIPv4: true, withIPv6: true, withPort: true }));
    fc.assert(
      fc.property(any, any, (host, origin) => {
        if (!gate.hosts.has(host)) expect(status('GET', ['Host', host])).toBe(403);
        if (!gate.hosts.has(origin)) expect(status('GET', [...HOME, 'Origin', `http://${origin}`])).toBe(403);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('who may ask, over real sockets', () => {
  it('refuses spoofed hosts, absolute targets, duplicates and a missing Host', async () => {
    const { port } = await serving();
    const ask = async (...lines: string[]) => (await raw(port, [...lines, 'Connection: close'])).status;
    expect(await ask('GET /api/overview HTTP/1.1', `Host: 127.0.0.1:${port}`)).toBe(200);
    for (const host of ['127.0.0.1.evil.com', `127.0.0.1.evil.com:${port}`, `[::ffff:7f00:1]:${port}`, `127.0.0.1:1`]) {
      expect(await ask('GET /api/overview HTTP/1.1', `Host: ${host}`)).toBe(403);
    }
    expect(await ask(`GET http://evil.com/api/overview HTTP/1.1`, `Host: 127.0.0.1:${port}`)).toBe(400);
    expect(await ask('GET /api/overview HTTP/1.1')).toBe(400);
    expect(await ask('GET /api/overview HTTP/1.0')).toBe(403);
    expect(await ask('GET /api/overview HTTP/1.1', `Host: 127.0.0.1:${port}`, 'Host: evil.com')).toBe(403);
    expect(await ask('GET /api/overview HTTP/1.1', `Host: 127.0.0.1:${port}`, 'Origin: null')).toBe(403);
    expect(await ask('OPTIONS /api/commands HTTP/1.1', `Host: 127.0.0.1:${port}`)).toBe(405);
  });

  it('refuses a WebSocket before it is one, and ends the connection', async () => {
    const { port } = await serving();
    const upgrade = (...lines: string[]) =>
      raw(port, [
        'GET /inspect/v4 HTTP/1.1',
        'Upgrade: websocket',
        'Connection: Upgrade',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
        ...lines,
      ]);
    for (const [lines, expected] of [
      [['Host: evil.com'], 403],
      [[`Host: 127.0.0.1:${port}`, 'Origin: http://evil.com'], 403],
      [[`Host: 127.0.0.1:${port}`, 'Origin: null', `Authorization: ${BEARER.authorization}`], 403],
      [[`Host: 127.0.0.1:${port}`], 401],
      [[`Host: 127.0.0.1:${port}`, `Origin: http://127.0.0.1:${port}`], 404],
    ] as const) {
      const answer = await upgrade(...lines);
      expect(answer.status, lines.join()).toBe(expected);
      expect(answer.head).not.toContain('Switching');
    }
  });

  it('needs the token for everything where a proxy hands on what comes from the network, on loopback too', async () => {
    const { get, post, port } = await serving({ origin: 'https://bot.example.org' });
    expect((await get('/api/overview')).status).toBe(401);
    expect((await get('/healthz')).status).not.toBe(401);
    const origin = { origin: 'https://bot.example.org' };
    expect((await post({ do: 'pause', reason: 'x' }, origin)).status).toBe(200);
    expect((await post({ do: 'pause', reason: 'x' }, { origin: 'https://evil.com' })).status).toBe(403);
    const asked = ['GET /api/overview HTTP/1.1', 'Host: bot.example.org', 'Connection: close'];
    expect((await raw(port, asked)).status).toBe(401);
    expect((await raw(port, [...asked, `Authorization: ${BEARER.authorization}`])).status).toBe(200);
    await expect(serving({ origin: 'https://bot.example.org', token: null })).rejects.toThrow('without a token');
    for (const wrong of ['http://bot.example.org', 'bot.example.org', 'https://bot.example.org:99999'])
      await expect(serving({ origin: wrong }), wrong).rejects.toThrow('is no origin with TLS');
  });

  it('never says that another origin may read', async () => {
    const { get, post } = await serving();
    for (const answer of [await get('/api/overview'), await post({ do: 'pause', reason: 'x' }), await get('/')]) {
      expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });
});
