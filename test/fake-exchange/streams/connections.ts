import type { Server } from 'node:http';
import { WebSocketServer } from 'ws';
import type { SocketKind } from '../faults/fault.ts';
import { Connection, kindOf } from './connection.ts';

/** All sockets that are open. */
export class Connections {
  readonly #open = new Set<Connection>();
  readonly #server = new WebSocketServer({ noServer: true, autoPong: false });
  /** How many were ever opened, by kind: reconnects can be counted. */
  readonly opened: Record<Exclude<SocketKind, 'all'>, number> = { market: 0, public: 0, private: 0 };

  /** @param mayOpen false while the exchange cannot be reached */
  attach(server: Server, mayOpen: () => boolean): void {
    server.on('upgrade', (request, socket, head) => {
      const url = new URL(request.url ?? '/', 'http://loopback');
      const kind = kindOf(url.pathname);
      if (!mayOpen()) return socket.destroy();
      if (kind === null) {
        socket.end('HTTP/1.1 404 Not Found\r\n\r\n');
        return;
      }
      this.#server.handleUpgrade(request, socket, head, (webSocket) => {
        const connection = new Connection(webSocket, kind, url);
        this.#open.add(connection);
        this.opened[kind] += 1;
        webSocket.on('close', () => this.#open.delete(connection));
        // A client that vanishes in the middle of a message is nothing to this exchange.
        webSocket.on('error', () => webSocket.terminate());
      });
    });
  }

  of(kind: SocketKind): readonly Connection[] {
    return [...this.#open].filter((connection) => kind === 'all' || connection.kind === kind);
  }

  /** Makes the message only if somebody listens. */
  publish(kind: 'market' | 'public', stream: string, message: () => object): void {
    const listeners = this.of(kind).filter(({ streams }) => streams.has(stream));
    if (listeners.length === 0) return;
    const made = message();
    for (const listener of listeners) listener.send(stream, made);
  }

  subscribed(kind: 'market' | 'public', pattern: RegExp): ReadonlySet<string> {
    return new Set(this.of(kind).flatMap(({ streams }) => [...streams].filter((stream) => pattern.test(stream))));
  }

  /** What is subscribed to at present; `user` for a socket of the user's stream. */
  get listeningTo(): readonly string[] {
    return this.of('all').flatMap(({ kind, streams }) => (kind === 'private' ? ['user'] : [...streams]));
  }

  toUser(listenKey: string, message: object): void {
    for (const connection of this.of('private'))
      if (connection.listenKey === listenKey) connection.send(listenKey, message);
  }

  close(): void {
    for (const connection of this.#open) connection.cut();
    this.#server.close();
  }
}
