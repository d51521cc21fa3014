import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { getRequestListener } from '@hono/node-server';
import type { BotsSource, InspectorSource } from '../../inspector/source.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Redactor } from '../redactor.ts';
import { allowedHosts, type Gate, isLoopback, type Refusal, refusal, urlHost } from './allow.ts';
import { inspectorApp } from './app.ts';
import { BotRoutes } from './bots.ts';
import { CannotServe, cannotListen } from './cannot-serve.ts';
import { SECURITY_HEADERS } from './headers.ts';
import { InspectV4, V4_PATH } from './inspect-v4.ts';
import type { InspectionTap } from './inspection.ts';
import { Listeners, type ListenersOptions } from './listeners.ts';
import { inspectorMetrics } from './metrics.ts';
import { Page } from './page.ts';
import { loadStately, StatelyBridge } from './stately.ts';
import { STATELY_URL, statelyRoutes } from './stately-page.ts';
import { Hub } from './stream.ts';

/** Deeper than any statechart or context that is told. */
const DEEPEST = 64;
const SHORTEST_TOKEN = 16;
/** How long a stream may take to take its farewell. */
const FAREWELL_MS = 250;

export interface InspectorServerOptions {
  readonly source: InspectorSource;
  /** Bots that are to be had below `/bots/`, each as if it were served alone. */
  readonly bots?: BotsSource;
  /** `127.0.0.1` unless said otherwise. Anything that is not loopback needs the token for everything. */
  readonly host?: string;
  /**
   * Where a proxy with TLS before it has it, as `https://bot.example.org`; `null`: nowhere. Pages of that origin are its own, and it answers
   * to that name; then everything needs the token, since what the proxy hands on comes from the network.
   */
  readonly origin?: string | null;
  /** 0: one that is free. */
  readonly port: number;
  /** What has to be known to change something; `null`: nothing can be asked for. */
  readonly token: string | null;
  /** Folder of the built page. */
  readonly page: string;
  readonly redactor: Redactor;
  readonly log: Logger;
  /** The server alone keeps the process alive: for a command that does nothing else. */
  readonly staysAlive?: boolean;
  readonly streams?: ListenersOptions;
  /**
   * Lets the official inspectors attach: `/stately` for `@statelyai/inspect`, the WebSocket `/inspect/v4` for `@xstate/inspect`.
   * Needs `inspection`. Off unless said otherwise.
   */
  readonly stately?: boolean;
  readonly inspection?: InspectionTap;
  /** The page that `/stately` frames. */
  readonly statelyUrl?: string;
}

export interface InspectorServer {
  /** Without the token. */
  readonly url: string;
  readonly port: number;
  /** Takes leave of those who listen and closes every connection. */
  close(reason?: string): Promise<void>;
}

/**
 * Serves the inspector: page, API, streams, metrics. Who may ask is in `allow.ts`.
 * Rejects with {@link CannotServe} where the port is taken or the address is not to be had, for the network without a token, and
 * where `@statelyai/inspect` is asked for and not installed.
 */
export async function serveInspector(options: InspectorServerOptions): Promise<InspectorServer> {
  const { source, host = '127.0.0.1', origin = null, port, token, redactor, log } = options;
  const isOnNetwork = origin !== null || !isLoopback(host);
  if (token !== null && token.length < SHORTEST_TOKEN) {
    throw new CannotServe(`The inspector's token must have ${SHORTEST_TOKEN} characters or more; make one anew.`);
  }
  if (token === null && isOnNetwork) {
    throw new CannotServe(
      `The inspector is not served at ${origin ?? host} without a token: anybody on the network could read all of it. Use 127.0.0.1, or give a token.`,
    );
  }
  if (origin !== null && !(URL.canParse(origin) && new URL(origin).protocol === 'https:')) {
    throw new CannotServe(`${origin} is no origin with TLS. Write it as https://bot.example.org`);
  }
  if (token !== null) redactor.register(token);
  const clean = <T>(value: T): T => redactor.value(value, DEEPEST);
  const failed = (error: unknown) =>
    log.error(`[inspector] what happens could not be told: ${redactor.text(String(error))}`);

  const createInspector = options.stately === true ? await loadStately() : null;
  if (createInspector !== null && options.inspection === undefined) {
    throw new CannotServe(
      'The official inspectors cannot attach here: nothing is told of the actors (option inspection).',
    );
  }

  const listeners = new Listeners(options.streams);
  const hub = new Hub({ source, listeners, clean, failed });
  const server = createServer({ requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: 5_000 });
  server.maxConnections = 256;
  const sockets = new Set<Duplex>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    if (options.staysAlive !== true) socket.unref();
  });
  const bound = await listening(server, host, port, failed);
  if (options.staysAlive !== true) server.unref();

  const metrics = inspectorMetrics();
  const page = new Page(options.page);
  const official =
    createInspector === null || options.inspection === undefined
      ? null
      : {
          bridge: new StatelyBridge(createInspector, { tap: options.inspection, clean, failed }),
          v4: new InspectV4({ tap: options.inspection, clean, failed }),
          inspector: new URL(options.statelyUrl ?? STATELY_URL),
        };
  const stately = official === null ? null : statelyRoutes({ ...official, listeners });
  const bots =
    options.bots === undefined ? null : new BotRoutes({ bots: options.bots, listeners, page, clean, log, failed });
  const app = inspectorApp({ source, hub, listeners, metrics, page, stately, bots, clean, log });
  // Of an app that is inspected nothing is replaced, its global Request least of all.
  const answer = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  const outside = origin === null ? null : new URL(origin);
  const gate: Gate = { hosts: allowedHosts(host, bound), token, everything: isOnNetwork, outside };
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
    const refused = refusal(request, gate);
    if (refused !== null) refuse(response, refused);
    else void answer(request, response);
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const refused = refusal(request, gate, true);
    if (refused !== null) refuseUpgrade(socket, refused);
    else if (official === null || request.url !== V4_PATH) {
      refuseUpgrade(socket, { status: 404, error: 'There is no WebSocket at this address.' });
    } else if (official.v4.full) {
      refuseUpgrade(socket, { status: 503, error: 'All WebSockets there may be are open.' });
    } else official.v4.accept(request, socket, head);
  });

  let closing: Promise<void> | null = null;
  const close = async (reason: string): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    hub.bye(reason);
    bots?.bye(reason);
    official?.v4.close();
    official?.bridge.close();
    await listeners.end(FAREWELL_MS);
    for (const socket of sockets) socket.destroy();
    metrics.close();
    await closed;
  };
  return {
    url: `http://${urlHost(host)}:${bound}/`,
    port: bound,
    close: (reason = 'the inspector is closed') => {
      closing ??= close(reason);
      return closing;
    },
  };
}

/** @param later what goes wrong with it when it listens already */
function listening(server: Server, host: string, port: number, later: (error: Error) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error) => reject(cannotListen(error, host, port));
    server.once('error', failed);
    server.listen({ host: host.replace(/^\[(.*)\]$/, '$1'), port }, () => {
      server.off('error', failed);
      server.on('error', later);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function refuse(response: ServerResponse, { status, error, headers }: Refusal): void {
  // What else comes on this connection is not wanted: a body that nobody reads would wait in it.
  response.writeHead(status, { 'Content-Type': 'application/json', Connection: 'close', ...headers });
  response.end(JSON.stringify({ error }));
}

function refuseUpgrade(socket: Duplex, { status, error }: { readonly status: number; readonly error: string }): void {
  const body = JSON.stringify({ error });
  socket.on('error', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status} Refused\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
