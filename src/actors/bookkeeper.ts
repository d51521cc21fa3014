/**
 * Compares the book with the exchange, and sets the book right. The exchange is the truth about what is held; but only an
 * answer of the exchange is: where it cannot be asked, nothing is changed.
 */
import type { Evidence, Fill, Position } from '../machines/messages.ts';
import { leverageAt, plus } from '../ports/money.ts';
import { balanceWatch, NO_BALANCE_WATCH } from './balance.ts';
import type { Habitat } from './effects.ts';
import { LIQUIDATION } from './order-ids.ts';
import type { Order } from './orders.ts';
import { RECONCILED } from './position-book.ts';
import { ADOPTED, piecesOf } from './position-steps.ts';
import { type Difference, differences, explaining, inWords } from './reconciliation.ts';
import type { TradeDesk } from './trade-desk.ts';
import type { TradeHistory } from './trade-history.ts';

/** How long a position nobody knows may wait for a healer's REPAIR before it is adopted without, ms: */
const ADOPT_AFTER_MS = 60_000;
/** and where it is to be behind a stop. */
const ADOPT_UNPROTECTED_AFTER_MS = 3_000;
/** What the exchange has not found for so long, neither as an order nor as a fill, explains no difference, ms. */
const NOT_FOUND_FOR_MS = 120_000;
/** How often the broker is asked again when fills came in while it answered. */
const TRIES = 5;
/** Fills are asked for from so long before the last one we know, and no further back than that, ms. */
const LOOK_BACK_MS = 600_000;
const LOOK_BACK_AT_MOST_MS = 7 * 24 * 3_600_000;

export interface Bookkeeper {
  /** What differs now, in words, after adopting what nobody knows. Rejects when the broker could not be asked. */
  compare(): Promise<readonly string[]>;
  /** Sets the book right by the exchange. Rejects when the broker could not be asked. */
  mend(): Promise<Evidence>;
  /** Books fills of our orders that were never told. Rejects when the broker could not be asked. */
  catchUp(symbols: Iterable<string>): Promise<void>;
  /** A fill on our account that no order of ours explains: its price is kept for the booking. */
  foreign(fill: Fill): void;
  /** Does the exchange hold what it would hold if this order had never been? */
  leftNoTrace(order: Order): Promise<boolean>;
}

export interface BookkeeperOffice {
  readonly alive: () => boolean;
  readonly take: (fill: Fill) => void;
  readonly ask: (orders: readonly Order[]) => Promise<void>;
  /** The order behind an id of ours, known or not; `null`: it is none of ours. */
  readonly claim: (fill: Pick<Fill, 'clientOrderId' | 'symbol' | 'side' | 'qty'>) => Order | null;
  /** What of the account's money no position has brought or lost, as it was known before; `null`: it was not. */
  readonly moneyUsd: number | null;
}

/** A difference, and the fills of others that explain it; `null`: nothing does. `askedAt` is when the holdings were asked for. */
interface Explained {
  readonly difference: Difference;
  readonly fills: readonly Fill[] | null;
  readonly askedAt: number;
}

export function bookkeeper(
  { world, settings, mail }: Habitat,
  { book, desk }: TradeHistory,
  trade: TradeDesk,
  { alive, take, ask, claim, moneyUsd }: BookkeeperOffice,
): Bookkeeper {
  const { broker, clock, feed, log, pending } = world;
  const isProtected = settings.protection?.enabled === true;
  const adoptAfterMs = isProtected ? ADOPT_UNPROTECTED_AFTER_MS : ADOPT_AFTER_MS;
  const prices = new Map<string, number>();
  const balance = settings.sharesAccount === true ? NO_BALANCE_WATCH : balanceWatch(moneyUsd);
  /** At what the exchange valued what it held when it was last asked, by symbol. */
  let marks: ReadonlyMap<string, number | null> = new Map();
  /** Since when the broker holds more than anybody knows, by symbol; `null` before the first comparison. */
  let suspected: ReadonlyMap<string, number> | null = null;

  /** Fills the book does not know, oldest first. */
  const unbooked = async (symbol: string): Promise<readonly Fill[]> => {
    const now = clock.now();
    const from = Math.max((book.lastFilledAt(symbol) ?? now) - LOOK_BACK_MS, now - LOOK_BACK_AT_MOST_MS);
    const fills = await pending.track(broker.fillsSince(symbol, from));
    return fills.filter((fill) => !book.knows(fill.fillId) && !book.hasCounted(fill, desk.get(fill.clientOrderId)));
  };

  const isOurs = (fill: Fill): boolean => fill.clientOrderId.startsWith(LIQUIDATION) || claim(fill) !== null;

  /** Books what was missed of our own orders. @returns the fills nobody has booked; `null`: something was booked */
  const bookOwn = async (symbol: string): Promise<readonly Fill[] | null> => {
    const before = book.changes;
    await ask(desk.live().filter(({ intent, phase }) => intent.symbol === symbol && phase !== 'writing'));
    const fills = await unbooked(symbol);
    if (!alive()) return [];
    for (const fill of fills) if (isOurs(fill)) take(fill);
    return book.changes === before ? fills : null;
  };

  /** A stop rests most of the time: whether one has gone off is asked for when something differs. */
  const mayFill = ({ phase, intent, missedAt }: Order): boolean =>
    phase !== 'writing' &&
    (intent.purpose !== 'stop' || phase === 'unknown') &&
    (phase !== 'unknown' || missedAt === null || clock.now() - missedAt < NOT_FOUND_FOR_MS);

  /** What is to be taken under our care without a healer: nobody knows it, or there is more to be behind a stop. */
  const isForUs = ({ kind }: Difference): boolean =>
    kind === 'unknown position' || (isProtected && (kind === 'more is held' || kind === 'turned round'));

  const look = async (): Promise<readonly Explained[]> => {
    for (let tries = 0; tries < TRIES; tries++) {
      const before = book.changes;
      const askedAt = clock.now();
      const held = await pending.track(broker.positions());
      if (book.changes !== before) continue;
      marks = new Map(held.map(({ symbol, markPrice }) => [symbol, markPrice]));
      const underWay = new Set(desk.live().flatMap((order) => (mayFill(order) ? [order.intent.symbol] : [])));
      const found = differences(book.net(), held, new Set());
      const explained: Explained[] = [];
      for (const difference of found) {
        // The same list for both: one that is asked for later may have fills of ours that this one had not yet.
        const missed = await bookOwn(difference.symbol);
        if (missed === null) break;
        const fills = explaining(missed, difference.excess);
        // What an order of ours may be filling is not judged, unless others' fills account for all of it.
        if (fills || !underWay.has(difference.symbol)) explained.push({ difference, fills, askedAt });
      }
      if (book.changes === before) return explained;
    }
    throw new Error(`fills came in whenever the broker was asked (${TRIES} times)`);
  };

  const lastPrice = (symbol: string): number | null => feed.recent(symbol, 1).at(-1)?.close ?? null;

  const priceOf = ({ symbol, entryPrice, booked }: Difference, position: Position | null): number => {
    const entered = booked === 0 ? entryPrice : null;
    const price = entered ?? prices.get(symbol) ?? lastPrice(symbol) ?? position?.entryPrice ?? entryPrice;
    if (price === null || price === undefined)
      throw new Error(`${symbol} is held by the broker, but there is no price to book it at`);
    return price;
  };

  /** Of what somebody else opened: as the exchange's price of liquidation tells it, so that a stop comes before that. */
  const leverageOf = ({ symbol, held, entryPrice, liquidationPrice }: Difference): number => {
    if (entryPrice === null || liquidationPrice === null) return settings.leverage;
    const { maintenanceMargin } = broker.instrument(symbol);
    const direction = held > 0 ? 'LONG' : 'SHORT';
    return leverageAt(direction, entryPrice, liquidationPrice, maintenanceMargin) ?? settings.leverage;
  };

  /**
   * Books one fill that is none of ours: first against what is held, and what is left of it as a holding of its own.
   * @param leverage of such a holding
   */
  const bookForeign = (whole: Fill, leverage: number): void => {
    const gate = whole.clientOrderId.startsWith(LIQUIDATION) ? 'liquidation' : 'closed';
    const direction = whole.side === 'BUY' ? 'LONG' : 'SHORT';
    const signalId = `${whole.symbol}_${whole.at}_00000000`;
    for (const { fill, closes } of piecesOf(whole, book.open())) {
      const position = closes ?? book.on(fill.symbol);
      const owner = position ?? { signalId, strategy: ADOPTED, direction, leverage };
      trade.adjust(position, fill, owner, closes ? gate : null, lastPrice(fill.symbol));
    }
  };

  /** Not a fill of the exchange but our booking of a difference; the id is the same whenever the same log is at hand. */
  const booking = (difference: Difference, at: number): Fill => {
    const { symbol, excess } = difference;
    const id = `${RECONCILED}${symbol}-${book.changes + 1}`;
    const side = excess > 0 ? 'BUY' : 'SELL';
    const price = priceOf(difference, book.on(symbol));
    const qty = Math.abs(excess);
    return { fillId: id, clientOrderId: id, orderId: id, symbol, side, qty, price, feeUsd: 0, complete: true, at };
  };

  const setRight = ({ difference, fills, askedAt }: Explained): void => {
    log.warn(
      fills
        ? `booking ${fills.length} fills of others: ${inWords(difference)}`
        : `booking what is held, since no fill explains it: ${inWords(difference)}`,
    );
    for (const fill of fills ?? [booking(difference, askedAt)]) bookForeign(fill, leverageOf(difference));
  };

  const lookAtBalance = async (): Promise<readonly string[]> => {
    const before = book.changes;
    const equityUsd = await pending.track(broker.equityUsd());
    if (!alive() || book.changes !== before) return [];
    const words = balance.look(clock.now(), equityUsd, book, (symbol) => marks.get(symbol) ?? null);
    return words === null ? [] : [words];
  };

  return {
    compare: async () => {
      const found = await look();
      if (!alive()) return [];
      // A position nobody knows is taken under our care at the start, and later when no healer has had it set right.
      const now = clock.now();
      const since = (symbol: string): number =>
        suspected === null ? Number.NEGATIVE_INFINITY : (suspected.get(symbol) ?? now);
      // Where fills account for it, it is certain: what is to be behind a stop does not wait.
      const isAdopted = ({ difference, fills }: Explained): boolean =>
        isForUs(difference) && ((isProtected && fills !== null) || now - since(difference.symbol) >= adoptAfterMs);
      for (const explained of found.filter(isAdopted)) {
        log.warn(`taking under our care what the log does not know: ${inWords(explained.difference)}`);
        setRight(explained);
      }
      const left = found.filter((explained) => !isAdopted(explained)).map(({ difference }) => difference);
      suspected = new Map(left.filter(isForUs).map(({ symbol }) => [symbol, Math.max(0, since(symbol))]));
      return [...left.map(inWords), ...(found.length === 0 ? await lookAtBalance() : [])];
    },
    mend: async () => {
      const found = await look();
      if (!alive()) throw new Error('this incarnation has ended');
      for (const explained of found) setRight(explained);
      const left = await look();
      if (left.length > 0)
        throw new Error(
          `the broker and the log still differ: ${left.map((one) => inWords(one.difference)).join('; ')}`,
        );
      suspected = new Map();
      const moved = balance.accept();
      if (moved) mail.post('safetyLayer', { type: 'MONEY_MOVED', usd: moved.usd });
      const words = [...found.map(({ difference }) => inWords(difference)), ...(moved === null ? [] : [moved.words])];
      return {
        says:
          words.length > 0 ? `booked what the broker holds: ${words.join('; ')}` : 'the broker holds what the log says',
        figures: {
          differences: words.length,
          by_fills: found.filter(({ fills }) => fills !== null).length,
          open: book.openCount,
        },
      };
    },
    catchUp: async (symbols) => {
      for (const symbol of symbols) await bookOwn(symbol);
    },
    foreign: ({ symbol, price }) => {
      prices.set(symbol, price);
    },
    leftNoTrace: async ({ intent: { symbol } }) => {
      const held = await pending.track(broker.positions());
      const fills = await unbooked(symbol);
      const [difference] = differences(book.net(), held, new Set()).filter((one) => one.symbol === symbol);
      if (!difference) return true;
      const others = fills.filter((fill) => !isOurs(fill));
      return others.reduce((sum, { side, qty }) => plus(sum, side === 'BUY' ? qty : -qty), 0) === difference.excess;
    },
  };
}
