/** A service on loopback that answers what it is told to. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Request {
  readonly path: string;
  readonly body: unknown;
  /** Who asks, where it says so. */
  readonly authorization?: string;
}
export interface Reply {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}
type Answer = (request: Request, count: number) => Reply | 'silence';

const textOf = async (message: IncomingMessage): Promise<string> => {
  let text = '';
  for await (const chunk of message) text += String(chunk);
  return text;
};

/** @param answer asked for every request, with how many came before it */
export async function loopback(answer: Answer = () => ({ status: 200 }), port = 0) {
  const requests: Request[] = [];
  const state = { answer };
  const serve = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const text = await textOf(message);
    const { authorization } = message.headers;
    const request = {
      path: message.url ?? '',
      body: text === '' ? null : JSON.parse(text),
      ...(authorization === undefined ? {} : { authorization }),
    };
    requests.push(request);
    const reply = state.answer(request, requests.length - 1);
    if (reply === 'silence') return;
    response.writeHead(reply.status, reply.headers).end(reply.body ?? '');
  };
  const server = createServer((message, response) => void serve(message, response));
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  onTestFinished(close);
  const { port: own } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${own}`,
    port: own,
    requests,
    close,
    says: (next: Answer): void => {
      state.answer = next;
    },
  };
}

/** Waits, in real time, until something holds. */
export async function until(what: string, holds: () => boolean, withinMs = 30_000): Promise<void> {
  const began = performance.now();
  while (!holds()) {
    if (performance.now() - began > withinMs) throw new Error(`it did not come about within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
