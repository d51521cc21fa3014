import type { Clock, TimerId } from '../../ports/clock.ts';
import type { CcxtClient, Socket } from './client.ts';

const CLOSED_WITHIN_MS = 2_000;

/** The sockets and timers of a ccxt client, which it does not end by itself. */
export interface Sockets {
  /** Breaks every connection: those who wait on one get an error at once, and the next call dials anew. */
  reopen(why: string): void;
  /** Ends everything that would keep the process alive. Nothing dials any more until the next call. */
  close(): Promise<void>;
}

/** To be called before the first socket is made. */
export function trackSockets(client: CcxtClient, clock: Clock): Sockets {
  const made = new Map<string, Socket>();
  const ended = new WeakSet<Socket>();
  const timers = new Map<unknown, TimerId>();

  const make = client.client.bind(client);
  client.client = (url) => {
    const socket = make(url);
    if (made.get(url) === socket) return socket;
    made.set(url, socket);
    const send = socket.send.bind(socket);
    // ccxt leaves the promise of a subscription to itself: its rejection would end the process.
    socket.send = (message) => {
      const sending = send(message);
      sending.catch((error: unknown) => socket.onError(error));
      return sending;
    };
    const dial = socket.createConnection.bind(socket);
    // One that waits to dial would do so after it was given up.
    socket.createConnection = () => {
      if (!ended.has(socket)) dial();
    };
    return socket;
  };

  // ccxt renews the user stream's key by a timer of 20 minutes that outlives `close`. One of a kind is enough.
  client.delay = (ms, method, ...args) => {
    const before = timers.get(method);
    if (before !== undefined) clock.clearTimeout(before);
    const timer = clock.setTimeout(() => {
      timers.delete(method);
      client.spawn(method, ...args);
    }, ms);
    timers.set(method, timer);
  };

  const cut = (why: string): void => {
    for (const socket of made.values()) {
      ended.add(socket);
      socket.onError(new Error(why));
      socket.connection?.terminate?.();
    }
    made.clear();
  };

  return {
    reopen: cut,
    close: async () => {
      for (const timer of timers.values()) clock.clearTimeout(timer);
      timers.clear();
      cut('the connection was closed by this bot');
      let late: TimerId = 0;
      const patience = new Promise<void>((resolve) => {
        late = clock.setTimeout(resolve, CLOSED_WITHIN_MS);
      });
      await Promise.race([client.close(), patience]);
      clock.clearTimeout(late);
    },
  };
}
