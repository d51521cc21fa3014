/** Where others speak to the bot: HTTP, the WebSocket, the lock's door, the guardian. Whatever is said, it answers the next. */
import { mkdtempSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tapOf } from '../../src/adapters/http/inspection.ts';
import { askOwner, kernelLock, OwnerSilent } from '../../src/adapters/kernel-lock.ts';
import { nodeFiles } from '../../src/adapters/node-files.ts';
import { readToken } from '../../src/adapters/request-token.ts';
import { askIn, beatIn } from '../../src/ports/guardian.ts';
import { BEARER, serving } from '../adapters/http/serving.ts';
import { startedHouse } from '../adapters/http/some-system.ts';
import { fc } from '../fast-check.ts';
import { FUZZ_TIMEOUT_MS, fuzz } from './fuzzing.ts';
import { mutated } from './mutated.ts';

/** Sends bytes, hears for a while, and hangs up. @returns what was answered */
function heard(port: number, bytes: Uint8Array, ms = 60): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => {
      socket.end(bytes);
      setTimeout(() => socket.destroy(), ms);
    });
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (text.length > 5_000_000) socket.destroy();
    });
    // Who speaks like this may be hung up on.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => resolve(text));
  });
}

const request = (port: number, method: string, path: string, body = ''): Buffer =>
  Buffer.from(
    [
      `${method} ${path} HTTP/1.1`,
      `Host: 127.0.0.1:${port}`,
      `Authorization: ${BEARER.authorization}`,
      ...(body === '' ? [] : ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`]),
      '',
      body,
    ].join('\r\n'),
  );

const PATHS = [
  '/',
  '/api/overview',
  '/api/actors?limit=10',
  '/api/stream',
  '/api/events?from=0&limit=5',
  '/metrics',
  '/readyz',
  '/..%2f..%2fetc/passwd',
];

describe('the page’s server', () => {
  it(
    'answers any request with no more than a refusal, and the next one as ever',
    async () => {
      const { port, get, log } = await serving();
      const corpus = [
        ...PATHS.map((path) => request(port, 'GET', path)),
        request(port, 'POST', '/api/commands', '{"do":"pause","reason":"for lunch"}'),
        request(port, 'POST', '/api/commands', '{"do":"send","actor":"signalBus","event":{"type":"CHECK"}}'),
      ];
      await fuzz(fc.array(mutated(corpus, 3), { minLength: 20, maxLength: 20 }), 15, async (requests) => {
        const answers = await Promise.all(requests.map((bytes) => heard(port, bytes)));
        for (const answer of answers)
          if (answer !== '') expect(answer).toMatch(/^HTTP\/1\.1 (2|3|4)\d\d |^HTTP\/1\.1 503 /);
        expect((await get('/api/overview')).status).toBe(200);
      });
      expect(log.all.filter((line) => line.includes('could not be answered'))).toEqual([]);
    },
    FUZZ_TIMEOUT_MS,
  );

  it(
    'takes a command of any JSON for what it is, and no body that is huge',
    async () => {
      const { post, get } = await serving();
      await fuzz(fc.oneof(fc.json({ maxDepth: 5 }), fc.string()), 150, async (body) => {
        expect((await post(body)).status).toBeLessThan(500);
      });
      for (const body of [
        '['.repeat(60_000),
        `{"do":"pause","reason":"${'x'.repeat(60_000)}"}`,
        'x'.repeat(4 * 1024 * 1024),
      ])
        expect((await post(body).catch(() => ({ status: 413 }))).status).toBeGreaterThanOrEqual(400);
      expect((await get('/api/overview')).status).toBe(200);
    },
    FUZZ_TIMEOUT_MS,
  );

  it(
    'takes any frames on its WebSocket, and serves the next client',
    async () => {
      const { root } = startedHouse();
      const { port } = await serving({ stately: true, inspection: tapOf(root) });
      const upgrade = (...frames: readonly Uint8Array[]): Buffer =>
        Buffer.concat([
          Buffer.from(
            [
              'GET /inspect/v4 HTTP/1.1',
              `Host: 127.0.0.1:${port}`,
              `Authorization: ${BEARER.authorization}`,
              'Connection: Upgrade',
              'Upgrade: websocket',
              'Sec-WebSocket-Version: 13',
              'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
              '',
              '',
            ].join('\r\n'),
          ),
          ...frames,
        ]);
      // Masked with zeros, as a client's frames are (RFC 6455, 5.2).
      const frame = (text: string): Buffer =>
        Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]);
      const hello = frame('{"type":"xstate.inspecting"}');
      const good = upgrade(hello);
      expect(await heard(port, good, 500)).toMatch(/101 Switching Protocols[\s\S]*service\.register/);
      const corpus = [
        hello,
        frame('{"type":"xstate.event","event":"{}"}'),
        frame('null'),
        Buffer.from([0x88, 0x80, 0, 0, 0, 0]),
      ];
      await fuzz(fc.array(mutated(corpus, 4), { maxLength: 4 }), 60, async (frames) => {
        // Whoever breaks the protocol may be hung up on before the answer is read.
        expect(await heard(port, upgrade(...frames), 30)).toMatch(/^($|HTTP\/1\.1 (101|503) )/);
      });
      await expect.poll(() => heard(port, good, 500)).toMatch(/service\.register/);
    },
    FUZZ_TIMEOUT_MS,
  );
});

describe('the door of the lock', () => {
  it(
    'answers any request, and acts on none without the token',
    async () => {
      const dir = mkdtempSync(join(tmpdir(), 'kintsugi-fuzz-door-'));
      const acted: unknown[] = [];
      const act = async (asked: unknown) => {
        acted.push(asked);
        return { done: true };
      };
      const lease = await kernelLock(dir, {
        files: nodeFiles(dir, { durability: 'written' }),
        answer: () => ({ pid: 1 }),
        act,
      }).acquire('default');
      const token = readToken(dir) ?? '';
      await fuzz(fc.record({ token: fc.string(), request: fc.anything() }), 100, async (asked) => {
        // JSON has no big numbers, and objects of any kind.
        fc.pre(isJson(asked));
        const answer = await askOwner(dir, { timeoutMs: 20_000, request: asked });
        expect(answer).toHaveProperty('error');
      });
      const large = { token, request: 'x'.repeat(200_000) };
      await askOwner(dir, { timeoutMs: 5_000, request: large }).catch((error: unknown) => {
        if (!(error instanceof OwnerSilent || error instanceof Error)) throw error;
      });
      expect(acted).toEqual([]);
      expect(await askOwner(dir, { timeoutMs: 20_000, request: { token, request: 'x' } })).toEqual({ done: true });
      await lease.release();
    },
    FUZZ_TIMEOUT_MS,
  );
});

const isJson = (value: unknown): boolean => {
  try {
    return typeof JSON.stringify(value) === 'string';
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
};

it(
  'what comes from the guardian or to it is a beat, a wish to stop, or nothing',
  async () => {
    await fuzz(
      fc.oneof(
        fc.anything(),
        fc.json().map((text): unknown => JSON.parse(text)),
      ),
      500,
      (message) => {
        const [beat, ask] = [beatIn(message), askIn(message)];
        if (beat !== null) expect(typeof beat.ready === 'boolean' && typeof beat.leaving === 'boolean').toBe(true);
        if (ask !== null) expect(typeof ask.signal === 'string' && typeof ask.presses === 'number').toBe(true);
      },
    );
  },
  FUZZ_TIMEOUT_MS,
);
