import type { Chance } from '../../ports/chance.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Ask } from './ask.ts';
import type { CcxtClient } from './client.ts';
import { keepWatching } from './keep-watching.ts';
import { inShort } from './outcome.ts';
import type { Sockets } from './sockets.ts';
import {
  accountUpdate,
  algoUpdate,
  configUpdate,
  MARGIN_TYPE_CHANGE,
  marginCall,
  type OrderUpdate,
  orderUpdate,
  type StopUpdate,
} from './wire.ts';

export interface UserStreamParts {
  readonly client: CcxtClient;
  readonly sockets: Sockets;
  /** What the key of the stream is asked for with. */
  readonly ask: Ask;
  readonly clock: Clock;
  /** Real time. */
  readonly network: Clock;
  readonly chance: Chance;
  readonly order: (update: OrderUpdate) => void;
  readonly stop: (update: StopUpdate) => void;
  /** Leverage or margin of the account were changed; `null`: how is not told. */
  readonly settings: (leverage: { readonly s: string; readonly l: number } | null) => void;
  /** Something was told that could not be read: what it was is not known. */
  readonly unread: (why: string) => void;
  /** A connection is open, and before it there was another: since when, ms on the bot's clock. `null` for the first. */
  readonly opened: (before: number | null) => void;
  readonly tell: (words: string) => void;
}

export interface UserStream {
  /** Breaks the connection off and makes it anew. */
  renew(why: string): void;
  stop(): Promise<void>;
}

/** What cannot be read may come in any number: the books are compared for it at most so often, ms. */
const UNREAD_AGAIN_MS = 10_000;

/** ccxt's wrapping of a message, where a stream is combined of several. */
const inner = (message: unknown): unknown =>
  message !== null && typeof message === 'object' && 'data' in message ? message.data : message;

const kindOf = (message: unknown): unknown =>
  message !== null && typeof message === 'object' && 'e' in message ? message.e : null;

/**
 * The account's own news. Every message is read as it comes: ccxt's caches keep one row an order, and of several updates
 * between two looks only the last.
 */
export function userStream({
  client,
  sockets,
  ask,
  clock,
  network,
  chance,
  order,
  stop,
  settings,
  unread,
  opened,
  tell,
}: UserStreamParts): UserStream {
  let openSince: number | null = null;
  let unreadAt = Number.NEGATIVE_INFINITY;

  const notRead = (what: string, path: string | undefined): void => {
    tell(`an update of ${what} could not be read: ${path}`);
    if (network.now() - unreadAt < UNREAD_AGAIN_MS) return;
    unreadAt = network.now();
    unread(`an update of ${what} could not be read`);
  };

  const read = (message: unknown): void => {
    const kind = kindOf(message);
    if (kind === 'ORDER_TRADE_UPDATE') {
      const parsed = orderUpdate.safeParse(message);
      if (parsed.success) order(parsed.data.o);
      else notRead('an order', parsed.error.issues[0]?.path.join('.'));
    } else if (kind === 'ALGO_UPDATE') {
      const parsed = algoUpdate.safeParse(message);
      if (parsed.success) stop(parsed.data.o);
      else notRead('a stop', parsed.error.issues[0]?.path.join('.'));
    } else if (kind === 'ACCOUNT_CONFIG_UPDATE') {
      settings(configUpdate.safeParse(message).data?.ac ?? null);
    } else if (kind === 'ACCOUNT_UPDATE') {
      if (accountUpdate.safeParse(message).data?.a.m === MARGIN_TYPE_CHANGE) settings(null);
    } else if (kind === 'MARGIN_CALL') {
      const symbols = marginCall.safeParse(message).data?.p.map((one) => one.s) ?? [];
      tell(`${client.id} says that positions are near liquidation: ${symbols.join(', ') || 'it is not known which'}`);
    } else if (kind === 'listenKeyExpired') {
      // The socket stays open and says nothing more.
      tell('the key of the user stream has expired; it is made anew');
      renew('its key has expired');
    }
  };

  const handle = client.handleMessage.bind(client);
  client.handleMessage = (socket, message) => {
    try {
      read(inner(message));
    } catch (error) {
      // Who listens must not disturb the socket: the error goes where errors of timers go.
      network.setTimeout(() => {
        throw error;
      }, 0);
    }
    handle(socket, message);
  };
  client.onConnected = () => {
    // When it died is not known: it is taken to have been dead from the first.
    const before = openSince;
    openSince = clock.now();
    opened(before);
  };

  // Who is banned must not go on asking, and an answer that does not end must not be waited for.
  const askForKey = client.fapiPrivatePostListenKey?.bind(client);
  if (askForKey)
    client.fapiPrivatePostListenKey = (params) => ask("the key of the account's news", client, () => askForKey(params));

  /** A key that died with its connection is taken by the exchange, and nothing comes: so each connection asks for its own. */
  const forgetKey = (): void => {
    const future = client.options.future as Record<string, unknown> | undefined;
    if (future) future.lastAuthenticatedTime = 0;
  };

  const renew = (why: string): void => {
    // Not from within the message that says so.
    network.setTimeout(() => sockets.reopen(why), 0);
  };

  const stopWatching = keepWatching({
    clock: network,
    chance,
    watch: () => client.watchOrders(),
    woke: () => undefined,
    broke: (error, failures) => {
      forgetKey();
      if (failures === 1 || failures % 10 === 0)
        tell(`the user stream of ${client.id} broke: ${inShort(error)}; it is made anew`);
    },
  });

  return {
    renew,
    stop: async () => {
      stopWatching();
      await sockets.close();
    },
  };
}
