/**
 * Compares the book with the exchange, and sets the book right. The exchange is the truth about what is held; but only an
 * answer of the exchange is: where it cannot be asked, nothing is changed.
 */
import type { Direction, Evidence, ExitGate, Fill, Position } from '../machines/messages.ts';
import { minus } from '../ports/money.ts';
import type { Habitat } from './effects.ts';
import { ADOPTED } from './position-steps.ts';
import { type Difference, differences, inWords } from './reconciliation.ts';
import type { TradeDesk } from './trade-desk.ts';
import type { TradeHistory } from './trade-history.ts';

/** How long a position nobody knows may wait for a healer's REPAIR before it is adopted without, ms. */
const ADOPT_AFTER_MS = 60_000;
/** How often the broker is asked again when fills came in while it answered. */
const TRIES = 3;

export interface Bookkeeper {
  /** What differs now, after adopting what nobody knows. Rejects when the broker could not be asked. */
  compare(): Promise<readonly Difference[]>;
  /** Sets the book right by the exchange. Rejects when the broker could not be asked. */
  mend(): Promise<Evidence>;
  /** A fill on our account that no order of ours explains: its price is kept for the booking. */
  foreign(fill: Fill): void;
}

export function bookkeeper({ world, settings }: Habitat, { book, desk }: TradeHistory, trade: TradeDesk): Bookkeeper {
  const { broker, clock, feed, log, pending } = world;
  const prices = new Map<string, number>();
  /** Since when the broker holds what nobody knows, by symbol; `null` before the first comparison. */
  let suspected: ReadonlyMap<string, number> | null = null;

  const look = async (): Promise<readonly Difference[]> => {
    for (let tries = 0; tries < TRIES; tries++) {
      const before = book.changes;
      const held = await pending.track(broker.positions());
      if (book.changes !== before) continue;
      const underWay = new Set(
        desk.live().flatMap(({ phase, intent }) => (phase === 'writing' ? [] : [intent.symbol])),
      );
      return differences(book.net(), held, underWay);
    }
    throw new Error(`fills came in whenever the broker was asked (${TRIES} times)`);
  };

  const priceOf = (symbol: string, position: Position | null): number => {
    const price = prices.get(symbol) ?? feed.recent(symbol, 1).at(-1)?.close ?? position?.entryPrice;
    if (price === undefined) throw new Error(`${symbol} is held by the broker, but there is no price to book it at`);
    return price;
  };

  /** Not a fill of the exchange but our booking of a difference; the id is the same whenever the same log is at hand. */
  const booking = (symbol: string, side: Fill['side'], qty: number, position: Position | null): Fill => {
    const id = `reconciled-${symbol}-${book.changes + 1}`;
    const price = priceOf(symbol, position);
    const at = clock.now();
    return { fillId: id, clientOrderId: id, orderId: id, symbol, side, qty, price, feeUsd: 0, complete: true, at };
  };

  const add = (symbol: string, direction: Direction, qty: number): void => {
    const position = book.on(symbol);
    const fill = booking(symbol, direction === 'LONG' ? 'BUY' : 'SELL', qty, position);
    const owner = {
      signalId: `${symbol}_${fill.at}_00000000`,
      strategy: ADOPTED,
      direction,
      leverage: settings.leverage,
    };
    trade.adjust(position, fill, position ?? owner, null);
  };

  const remove = (symbol: string, qty: number): void => {
    const gate: ExitGate = 'closed';
    let left = qty;
    for (let position = book.on(symbol); position && left > 0; position = book.on(symbol)) {
      const part = Math.min(left, position.qty);
      trade.adjust(
        position,
        booking(symbol, position.direction === 'LONG' ? 'SELL' : 'BUY', part, position),
        position,
        gate,
      );
      left = minus(left, part);
    }
  };

  const setRight = ({ symbol, booked, held }: Difference): void => {
    const flips = booked !== 0 && Math.sign(held) !== Math.sign(booked);
    const kept = flips ? 0 : Math.min(Math.abs(booked), Math.abs(held));
    if (Math.abs(booked) > kept) remove(symbol, minus(Math.abs(booked), kept));
    if (Math.abs(held) > kept) add(symbol, held > 0 ? 'LONG' : 'SHORT', minus(Math.abs(held), kept));
  };

  return {
    compare: async () => {
      const found = await look();
      // A position nobody knows is taken under our care at the start, and later when no healer has had it set right.
      const now = clock.now();
      const since = (symbol: string): number =>
        suspected === null ? Number.NEGATIVE_INFINITY : (suspected.get(symbol) ?? now);
      const adopted = found.filter(({ symbol, booked }) => booked === 0 && now - since(symbol) >= ADOPT_AFTER_MS);
      for (const difference of adopted) {
        log.warn(`adopting a position the log does not know: ${inWords(difference)}`);
        setRight(difference);
      }
      const left = found.filter((difference) => !adopted.includes(difference));
      suspected = new Map(
        left.filter(({ booked }) => booked === 0).map(({ symbol }) => [symbol, Math.max(0, since(symbol))]),
      );
      return left;
    },
    mend: async () => {
      const found = await look();
      for (const difference of found) setRight(difference);
      const left = await look();
      if (left.length > 0) throw new Error(`the broker and the log still differ: ${left.map(inWords).join('; ')}`);
      suspected = new Map();
      return {
        says:
          found.length > 0
            ? `booked what the broker holds: ${found.map(inWords).join('; ')}`
            : 'the broker holds what the log says',
        figures: { differences: found.length, open: book.openCount },
      };
    },
    foreign: ({ symbol, price }) => {
      prices.set(symbol, price);
    },
  };
}
