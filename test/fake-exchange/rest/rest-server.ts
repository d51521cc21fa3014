import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { ApiError, refuse } from '../engine/api-error.ts';
import type { ExchangeClock } from '../engine/exchange-clock.ts';
import type { Params } from '../engine/request.ts';
import type { FaultBoard } from '../faults/fault-board.ts';
import { meantNumbers, shownNumbers } from '../wire/order-numbers.ts';
import { type Answer, turnedAway } from './answer.ts';
import type { Permissions } from './permissions.ts';
import type { RateLimits } from './rate-limits.ts';
import type { Routes, Security } from './route.ts';
import { type ApiKey, checkKey, checkSignature, checkTime } from './signature.ts';
import { spoilAnswer, spoilRequest, type Way } from './spoil.ts';

/** A request as it came in, for the audit. */
export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly params: Params;
  readonly host: string;
  /** Exchange time, ms. */
  readonly at: number;
}

/** Who is told of requests: the audit. `answered` says what the exchange did, whether or not the client learnt it. */
export interface RequestListener {
  received(request: ReceivedRequest): void;
  answered(request: ReceivedRequest, answer: Answer): void;
}

export interface RestParts {
  readonly routes: Routes;
  readonly apiKey: ApiKey;
  readonly clock: ExchangeClock;
  /** The time the exchange shows to its clients. */
  readonly shownTime: () => number;
  readonly limits: RateLimits;
  readonly faults: FaultBoard;
  readonly permissions: () => Permissions;
  readonly isReachable: () => boolean;
  readonly beforeEach: () => void;
  readonly listener: RequestListener;
}

/** Binance's REST: reads a request, does it, and lets the faults spoil the way there or back. */
export class RestServer {
  readonly http: Server;
  readonly #parts: RestParts;

  constructor(parts: RestParts) {
    this.#parts = parts;
    this.http = createServer((incoming, response) => {
      this.#serve(incoming, response).catch((error: unknown) => {
        if (incoming.destroyed && !incoming.complete) return;
        // A mistake of the fake's own must be seen, and not look like a fault of the network.
        console.error('the fake exchange has failed:', error);
        this.#send(response, {
          status: 500,
          body: { code: -1000, msg: `the fake exchange has failed: ${String(error)}` },
        });
      });
    });
    this.http.on('connection', (socket) => {
      if (!parts.isReachable()) socket.destroy();
    });
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { clock, faults, listener, limits, isReachable } = this.#parts;
    const text = await bodyOf(incoming);
    if (!isReachable()) return this.#finish('cut', incoming, response);
    const url = new URL(incoming.url ?? '/', 'http://loopback');
    const request: ReceivedRequest = {
      method: incoming.method ?? 'GET',
      path: url.pathname,
      params: meantNumbers(Object.fromEntries([...url.searchParams, ...new URLSearchParams(text)])),
      host: incoming.headers.host ?? '',
      at: clock.now(),
    };
    listener.received(request);
    const fault = faults.takeForRequest(request.method, request.path);
    if (fault?.kind === 'banned') limits.ban(clock.now(), fault.retryAfterSec);
    const there = fault ? await spoilRequest(fault) : 'through';
    if (there !== 'through') return this.#finish(there, incoming, response);
    const answer = this.#answer(request, text || url.search.slice(1), incoming.headers['x-mbx-apikey']?.toString());
    listener.answered(request, answer);
    const back = fault ? await spoilAnswer(fault) : 'through';
    this.#finish(back === 'through' ? answer : back, incoming, response);
  }

  #finish(way: Exclude<Way, 'through'>, incoming: IncomingMessage, response: ServerResponse): void {
    if (way === 'cut') incoming.socket.destroy();
    else if (way !== 'silence') this.#send(response, way);
  }

  /** What the exchange does with a request that has reached it. */
  #answer(request: ReceivedRequest, text: string, key: string | undefined): Answer {
    const { routes, limits, clock, permissions, beforeEach } = this.#parts;
    beforeEach();
    const route = routes[`${request.method} ${request.path}`];
    const weight = typeof route?.weight === 'function' ? route.weight(request.params) : (route?.weight ?? 1);
    const standing = limits.count(clock.now(), weight, route?.isOrder === true);
    if (standing.status !== 200) return turnedAway(standing.status, standing.retryAfterSec);
    try {
      if (!route) return refuse(-5000, `Path ${request.path}, Method ${request.method} is invalid`, 404);
      this.#authenticate(route.security, request, text, key);
      if (route.isOrder && !permissions().enableFutures)
        refuse(-2015, 'Invalid API-key, IP, or permissions for action.', 401);
      return { status: 200, body: route.answer(request.params) };
    } catch (error) {
      if (error instanceof ApiError) return { status: error.status, body: { code: error.code, msg: error.message } };
      throw error;
    }
  }

  #authenticate(security: Security, { params }: ReceivedRequest, text: string, key: string | undefined): void {
    if (security === 'none') return;
    const { apiKey, clock, shownTime } = this.#parts;
    checkKey(apiKey, key);
    if (security === 'key') return;
    checkTime(clock, shownTime(), params);
    checkSignature(apiKey, text, params);
  }

  #send(response: ServerResponse, { status, body, retryAfterSec }: Answer): void {
    if (response.destroyed || response.headersSent) return;
    const isPage = typeof body === 'string';
    response.writeHead(status, {
      'content-type': isPage ? 'text/html' : 'application/json',
      ...this.#parts.limits.headers(),
      ...(retryAfterSec === undefined ? {} : { 'retry-after': String(retryAfterSec) }),
    });
    response.end(isPage ? body : shownNumbers(JSON.stringify(body)));
  }
}

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}
