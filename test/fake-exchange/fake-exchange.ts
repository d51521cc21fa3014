import type { AddressInfo } from 'node:net';
import { Audit } from './audit/audit.ts';
import { type ExtremeFirst, pathOf } from './engine/bar-path.ts';
import { dec, type Numeric } from './engine/decimal.ts';
import { Engine } from './engine/engine.ts';
import { type ExchangeClock, runningClock } from './engine/exchange-clock.ts';
import type { FundingTime } from './engine/funding.ts';
import { MINUTE, type PlayedCandle } from './engine/klines.ts';
import { LISTINGS, type Listing } from './engine/listings.ts';
import { Market } from './engine/market.ts';
import { type Fault, isRestFault, isStreamFault, type SocketKind } from './faults/fault.ts';
import { FaultBoard } from './faults/fault-board.ts';
import type { PlannedFault } from './faults/fault-plan.ts';
import { happen, type World } from './faults/world.ts';
import { accountRoutes } from './rest/account-routes.ts';
import { marketRoutes } from './rest/market-routes.ts';
import { FUTURES_ONLY, type Permissions } from './rest/permissions.ts';
import { RateLimits } from './rest/rate-limits.ts';
import { RestServer } from './rest/rest-server.ts';
import type { ApiKey } from './rest/signature.ts';
import { tradeRoutes } from './rest/trade-routes.ts';
import { Connections } from './streams/connections.ts';
import { ListenKeys } from './streams/listen-keys.ts';
import { MarketStreams } from './streams/market-streams.ts';
import { UserStream } from './streams/user-stream.ts';

export interface ExchangeOptions {
  readonly port?: number;
  readonly clock?: ExchangeClock;
  readonly apiKey?: ApiKey;
  /** What can be traded, {@link LISTINGS} unless given. */
  readonly listings?: ReadonlyMap<string, Listing>;
  /** USDT in the wallet at first. */
  readonly wallet?: Numeric;
  readonly makerFee?: Numeric;
  readonly takerFee?: Numeric;
  /** USDT a BNB: fees are paid in that. In USDT unless given. */
  readonly bnbPrice?: Numeric;
  /** Price steps between bid and ask; 0 unless given, so that orders fill at the price that was set. */
  readonly spreadTicks?: number;
}

/** How often what is due by the clock is looked for, ms of real time. */
const TICK_MS = 20;

/** Binance's USD-M futures on loopback: README.md tells what it does and what it does not. */
export class FakeExchange {
  readonly clock: ExchangeClock;
  readonly apiKey: ApiKey;
  readonly engine: Engine;
  readonly market: Market;
  readonly faults: FaultBoard;
  readonly limits = new RateLimits();
  readonly audit: Audit;
  readonly #connections = new Connections();
  readonly #listenKeys: ListenKeys;
  readonly #userStream: UserStream;
  readonly #rest: RestServer;
  readonly #ticking: NodeJS.Timeout;
  #permissions: Permissions = FUTURES_ONLY;
  #skewMs = 0;
  #closedUntil = 0;
  #planned = 0;

  /** Listens on loopback when it resolves. */
  static async start(options: ExchangeOptions = {}): Promise<FakeExchange> {
    const exchange = new FakeExchange(options);
    await new Promise<void>((resolve, reject) => {
      exchange.#rest.http.once('error', reject);
      exchange.#rest.http.listen(options.port ?? 0, '127.0.0.1', resolve);
    });
    return exchange;
  }

  private constructor(options: ExchangeOptions) {
    this.clock = options.clock ?? runningClock();
    this.apiKey = options.apiKey ?? { key: 'fake-key', secret: 'fake-secret' };
    const now = (): number => this.clock.now();
    this.market = new Market(options.listings ?? LISTINGS, options.spreadTicks ?? 0);
    const fees = {
      maker: dec(options.makerFee ?? '0.0002'),
      taker: dec(options.takerFee ?? '0.0005'),
      bnbPrice: options.bnbPrice === undefined ? null : dec(options.bnbPrice),
    };
    this.engine = new Engine(this.market, dec(options.wallet ?? '10000'), fees, now);
    this.faults = new FaultBoard(now);
    this.#listenKeys = new ListenKeys(this.engine.agenda, this.#connections, now);
    this.audit = new Audit(this.engine, this.faults, this.#connections);
    this.market.listen(new MarketStreams(this.market, this.engine.funding, this.#connections, this.faults, now));
    this.#userStream = new UserStream(this.engine.books, this.faults, (message) => this.#listenKeys.send(message));
    this.engine.listen(this.#userStream);
    const isReachable = (): boolean => performance.now() >= this.#closedUntil;
    const permissions = (): Permissions => this.#permissions;
    this.#rest = new RestServer({
      routes: {
        ...marketRoutes(this.engine, () => this.shownTime()),
        ...tradeRoutes(this.engine),
        ...accountRoutes(this.engine, this.#listenKeys, permissions),
      },
      apiKey: this.apiKey,
      clock: this.clock,
      shownTime: () => this.shownTime(),
      limits: this.limits,
      faults: this.faults,
      permissions,
      isReachable,
      beforeEach: () => this.engine.tick(),
      listener: this.audit.receipts,
    });
    this.#connections.attach(this.#rest.http, isReachable);
    this.#ticking = setInterval(() => this.engine.tick(), TICK_MS);
    this.#ticking.unref();
  }

  /** `http://127.0.0.1:PORT`; its sockets are under the same address. */
  get url(): string {
    const { port } = this.#rest.http.address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  /** The newest messages that went over sockets of a kind, as they went. */
  said(kind: SocketKind): readonly string[] {
    return this.#connections.of(kind).flatMap((connection) => connection.said);
  }

  /** Sends a frame of any bytes on all open sockets of a kind: an exchange, or what stands between, gone mad. */
  babble(kind: SocketKind, frame: string | Uint8Array): void {
    for (const connection of this.#connections.of(kind)) connection.babble(frame);
  }

  /** Streams that somebody listens to at present; `user` for a socket of the user's stream. */
  get listeningTo(): readonly string[] {
    return this.#connections.listeningTo;
  }

  /** The time its clients see: with the skew that a fault has given it, in its own time, or a quick day's clock would be minutes off its bars. */
  shownTime(): number {
    return this.clock.now() + this.#skewMs;
  }

  /** A trade at that price, now. Stops, orders and liquidations follow from it before this returns. */
  price(symbol: string, last: Numeric, { mark = last, volume = '1' }: { mark?: Numeric; volume?: Numeric } = {}): void {
    this.engine.tick();
    this.market.move({ symbol, last, mark, at: this.clock.now(), volume });
  }

  /** A whole minute: open, one extreme, the other, close, and its final kline. Moves a clock that can be moved. */
  bar(candle: PlayedCandle, extremeFirst?: ExtremeFirst): void {
    for (const move of pathOf(candle, extremeFirst)) {
      this.clock.moveTo?.(move.at);
      this.engine.tick();
      this.market.move(move);
    }
    this.clock.moveTo?.(candle.ts + MINUTE);
    this.endBar(candle.symbol);
  }

  /** Ends the minute that is forming. */
  endBar(symbol: string): void {
    this.market.closeBar(symbol);
    this.engine.tick();
  }

  /** Bars of the past, for REST only; the last close is the price. */
  history(candles: Iterable<PlayedCandle>): void {
    for (const candle of candles) this.market.remember(candle);
  }

  /** Base units that trade at one price; null for no bound. What is more than that fills in part. */
  liquidity(symbol: string, perMove: Numeric | null): void {
    this.engine.books.liquidity.set(symbol, perMove);
  }

  /** Into how many executions each fill is broken. */
  breakFills(pieces: number): void {
    this.engine.books.liquidity.pieces = pieces;
  }

  /** A fraction of the notional, every eight hours of exchange time from now on. */
  fundingRate(symbol: string, rate: Numeric): void {
    this.engine.funding.setRate(symbol, rate);
  }

  /** Funding at recorded times and rates instead. */
  fundingTable(symbol: string, table: readonly FundingTime[]): void {
    this.engine.funding.setTable(symbol, table);
  }

  settleFunding(symbol: string, rate?: Numeric): void {
    this.engine.funding.settle(symbol, rate === undefined ? undefined : dec(rate));
  }

  /** What the key may do from now on. */
  permit(change: Partial<Permissions>): void {
    this.#permissions = { ...this.#permissions, ...change };
  }

  /** Arms a fault `times` times, or makes it happen. @returns false if there was nothing for it to happen to */
  inject(fault: Fault, times = 1): boolean {
    if (isRestFault(fault) || isStreamFault(fault)) {
      for (let i = 0; i < times; i++) this.faults.arm(fault);
      return true;
    }
    const met = happen(fault, this.#world);
    if (met !== null) this.faults.record(fault, met);
    return met !== null;
  }

  /** Injects each at its time on the exchange's clock. */
  plan(faults: readonly PlannedFault[]): void {
    for (const { at, fault } of faults) {
      this.#planned += 1;
      this.engine.agenda.at(at, `planned fault ${this.#planned}`, () => this.inject(fault));
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#ticking);
    this.#userStream.close();
    this.#connections.close();
    const closed = new Promise<void>((resolve) => this.#rest.http.close(() => resolve()));
    this.#rest.http.closeAllConnections();
    await closed;
  }

  get #world(): World {
    return {
      engine: this.engine,
      connections: this.#connections,
      listenKeys: this.#listenKeys,
      closeFor: (ms) => {
        this.#closedUntil = performance.now() + ms;
        this.#rest.http.closeAllConnections();
      },
      skew: (ms) => {
        this.#skewMs = ms;
      },
    };
  }
}
