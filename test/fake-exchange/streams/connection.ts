import type { WebSocket } from 'ws';
import type { SocketKind } from '../faults/fault.ts';
import { shownNumbers } from '../wire/order-numbers.ts';

const PATH = /^\/(market|public|private)\/(ws|stream)(\/.*)?$/;

/** The kind of a path of Binance's since April 2026; null for one that it no longer serves. */
export const kindOf = (path: string): Exclude<SocketKind, 'all'> | null =>
  (PATH.exec(path)?.[1] as Exclude<SocketKind, 'all'> | undefined) ?? null;

const SAID_AT_MOST = 50;

interface Request {
  readonly method?: unknown;
  readonly params?: unknown;
  readonly id?: unknown;
}

/** Undefined for what is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isRequest = (value: unknown): value is Request => typeof value === 'object' && value !== null;

/** One client's socket: what it has subscribed to, and how silent it has become. */
export class Connection {
  readonly kind: Exclude<SocketKind, 'all'>;
  readonly listenKey: string | null;
  readonly streams = new Set<string>();
  readonly #socket: WebSocket;
  readonly #isCombined: boolean;
  #silence: 'none' | 'no data' | 'deaf' = 'none';

  constructor(socket: WebSocket, kind: Exclude<SocketKind, 'all'>, url: URL) {
    this.#socket = socket;
    this.kind = kind;
    this.listenKey = url.searchParams.get('listenKey');
    this.#isCombined = url.pathname.includes('/stream');
    for (const name of url.searchParams.get('streams')?.split('/') ?? []) this.streams.add(name);
    socket.on('message', (text) => this.#ask(String(text)));
    socket.on('ping', (data) => {
      if (this.#silence !== 'deaf') socket.pong(data);
    });
  }

  silence(deaf: boolean): void {
    this.#silence = deaf ? 'deaf' : 'no data';
  }

  /** The newest messages that were sent on it, as they went. */
  readonly said: string[] = [];

  /** Sends what is no message of an exchange. */
  babble(frame: string | Uint8Array): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(frame);
  }

  cut(): void {
    this.#socket.terminate();
  }

  send(stream: string, data: object): void {
    this.#write(this.#isCombined ? { stream, data } : data);
  }

  #ask(text: string): void {
    this.#write(this.#answer(parsed(text)));
  }

  #answer(request: unknown): object {
    if (request === undefined) return { error: { code: 3, msg: 'Invalid JSON: expected value at line 1 column 1' } };
    const { method, params, id } = isRequest(request) ? request : {};
    const names = Array.isArray(params) ? params.map(String) : [];
    if (method === 'SUBSCRIBE') for (const name of names) this.streams.add(name);
    else if (method === 'UNSUBSCRIBE') for (const name of names) this.streams.delete(name);
    else if (method !== 'LIST_SUBSCRIPTIONS')
      return { error: { code: 2, msg: `Invalid request: unknown variant \`${String(method)}\`` }, id };
    return { result: method === 'LIST_SUBSCRIPTIONS' ? [...this.streams] : null, id };
  }

  #write(message: object): void {
    if (this.#silence !== 'none' || this.#socket.readyState !== this.#socket.OPEN) return;
    const text = shownNumbers(JSON.stringify(message));
    if (this.said.push(text) > SAID_AT_MOST) this.said.shift();
    this.#socket.send(text);
  }
}
