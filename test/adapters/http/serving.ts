import { mkdtempSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type InspectorServerOptions, serveInspector } from '../../../src/adapters/http/serve.ts';
import { Redactor } from '../../../src/adapters/redactor.ts';
import { FakeSource, Lines } from './fake-source.ts';

export const TOKEN = 'f00dfeedf00dfeedf00dfeedf00dfeed';
export const BEARER = { authorization: `Bearer ${TOKEN}` };

/** A server on a free port that is closed with its test. */
export async function serving(options: Partial<InspectorServerOptions> = {}) {
  const source = new FakeSource();
  const log = new Lines();
  const redactor = new Redactor();
  const server = await serveInspector({
    source,
    port: 0,
    token: TOKEN,
    page: mkdtempSync(join(tmpdir(), 'page-')),
    redactor,
    log,
    ...options,
  });
  onTestFinished(() => server.close());
  const get = (path: string, init: RequestInit = {}) => fetch(new URL(path, server.url), init);
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    get('/api/commands', {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...BEARER, ...headers },
    });
  return { source, log, redactor, server, port: server.port, get, post };
}

export interface RawAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** Sends bytes as they are, and gives back what came until the connection ended. */
export function raw(port: number, lines: readonly string[], body = ''): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(port, '127.0.0.1');
    let text = '';
    const timer = setTimeout(() => socket.destroy(new Error(`no end came: ${text}`)), 30_000);
    socket.setEncoding('utf8');
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', reject);
    socket.on('close', () => {
      clearTimeout(timer);
      const [head = '', ...rest] = text.split('\r\n\r\n');
      resolve({ status: Number(head.split(' ')[1]), head, body: rest.join('\r\n\r\n') });
    });
    socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`);
  });
}

export interface Told {
  readonly id: number;
  readonly event: string;
  readonly data: Record<string, unknown>;
}

/** Reads a stream of server-sent events, as the page does. */
export async function listen(url: string | URL, init: RequestInit = {}) {
  const abort = new AbortController();
  const response = await fetch(url, { ...init, signal: abort.signal });
  const told: Told[] = [];
  let comments = 0;
  let whole = '';
  const waiting = new Set<() => void>();
  const read = async (): Promise<void> => {
    let rest = '';
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      whole += chunk;
      const blocks = (rest + chunk).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        if (block.startsWith(':')) comments += 1;
        else {
          const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? '';
          told.push({ id: Number(field('id')), event: field('event'), data: JSON.parse(field('data')) });
        }
      }
      for (const wake of waiting) wake();
    }
  };
  const ended = read().then(
    () => 'ended' as const,
    () => 'broken' as const,
  );
  const until = (holds: () => boolean): Promise<void> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`it did not come; told: ${told.map((one) => one.event).join(' ')}`)),
        30_000,
      );
      const wake = () => {
        if (!holds()) return;
        clearTimeout(timer);
        waiting.delete(wake);
        resolve();
      };
      waiting.add(wake);
      wake();
    });
  return {
    response,
    told,
    until,
    ended,
    get comments() {
      return comments;
    },
    get whole() {
      return whole;
    },
    stop: () => abort.abort(),
  };
}
