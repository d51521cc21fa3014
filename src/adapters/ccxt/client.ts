/** What we use of a ccxt exchange. ccxt's own types are not needed to build this bot: a test holds the two against each other. */

/** Opening time in ms, open, high, low, close, volume. */
export type Row = readonly (number | undefined)[];

/** One WebSocket of ccxt's. */
export interface Socket {
  readonly url: string;
  connection?: { terminate?(): void } | undefined;
  createConnection(): void;
  send(message: unknown): Promise<unknown>;
  onError(error: unknown): void;
}

/** An answer of the exchange: `info` is what it said, untouched. */
export interface Answer {
  readonly info?: unknown;
}

export interface OrderAnswer extends Answer {
  readonly id?: string | undefined;
}

export type Params = Record<string, unknown>;

export interface CcxtClient {
  readonly id: string;
  readonly has: Readonly<Record<string, unknown>>;
  readonly timeframes: Readonly<Record<string, unknown>>;
  readonly precisionMode: number;
  markets: unknown;
  urls: Record<string, unknown>;
  options: Record<string, unknown>;
  /** The bars that streams have brought, by symbol and timeframe. */
  readonly ohlcvs: Readonly<Record<string, Readonly<Record<string, ArrayLike<Row>>>>>;
  readonly clients: Readonly<Record<string, Socket>>;
  readonly last_response_headers?: Readonly<Record<string, string>> | undefined;
  httpAgent?: unknown;
  milliseconds(): number;
  /** Makes a request ready to be sent, in one go. */
  sign(path: string, api: unknown, method: string, ...rest: readonly unknown[]): unknown;
  /** So long a request of cost 1 keeps the next waiting, ms. */
  readonly rateLimit: number;
  /** Resolves when it is the turn of a request of this cost. */
  throttle(cost?: number): Promise<unknown>;
  /** Throws where an answer is a refusal. `answer` is the `body` that was read; `undefined`: it was no JSON. */
  handleErrors(
    status: number,
    reason: string,
    url: string,
    method: string,
    headers: unknown,
    body: string,
    answer: unknown,
    ...rest: readonly unknown[]
  ): unknown;
  /** What it says, `console.log` unless set. */
  log(...parts: readonly unknown[]): void;
  client(url: string): Socket;
  delay(ms: number, method: (...args: never[]) => unknown, ...args: unknown[]): void;
  spawn(method: (...args: never[]) => unknown, ...args: unknown[]): unknown;
  handleMessage(socket: Socket, message: unknown): void;
  getExceptionsByUrl?(url: string, kind: string): unknown;
  setSandboxMode(enabled: boolean): void;
  enableDemoTrading(enabled: boolean): void;
  close(): Promise<unknown>;

  loadMarkets(reload?: boolean): Promise<unknown>;
  fetchTime(): Promise<number | undefined>;
  fetchOHLCV(symbol: string, timeframe?: string, since?: number, limit?: number): Promise<readonly Row[]>;
  watchOHLCV(symbol: string, timeframe?: string): Promise<unknown>;

  fetchLeverageTiers(symbols?: string[]): Promise<unknown>;
  fetchPositionMode(symbol?: string): Promise<unknown>;
  setMarginMode(mode: string, symbol?: string): Promise<unknown>;
  setLeverage(leverage: number, symbol?: string): Promise<unknown>;
  fetchBalance(): Promise<Answer>;
  fetchPositions(symbols?: string[]): Promise<readonly Answer[]>;
  fetchOpenOrders(symbol: string, since?: number, limit?: number, params?: Params): Promise<readonly Answer[]>;
  fetchOrder(id: string | undefined, symbol: string, params?: Params): Promise<Answer>;
  fetchOrders(symbol: string, since?: number, limit?: number, params?: Params): Promise<readonly Answer[]>;
  fetchFundingHistory(symbol: string, since?: number, limit?: number, params?: Params): Promise<readonly Answer[]>;
  fetchMyTrades(symbol: string, since?: number, limit?: number, params?: Params): Promise<readonly Answer[]>;
  cancelOrder(id: string | undefined, symbol: string, params?: Params): Promise<unknown>;
  createOrder(
    symbol: string,
    type: string,
    side: string,
    amount: number,
    price: number | undefined,
    params: Params,
  ): Promise<OrderAnswer>;
  watchOrders(): Promise<unknown>;
  /** Binance's key of the account's news, which `watchOrders` asks for. */
  fapiPrivatePostListenKey?(params?: Params): Promise<unknown>;

  setMarketsFromExchange(other: CcxtClient): unknown;
  /** For the user's own use: called when a socket is open. */
  onConnected(socket: Socket): void;
}

export type CcxtClass = new (config: Params) => CcxtClient;
