import { Decimal, dec, floorTo, type Numeric } from './decimal.ts';

/** How much can be traded at one price, and in how many pieces: the cause of partial fills. Without bound unless told. */
export class Liquidity {
  readonly #perMove = new Map<string, Decimal>();
  readonly #left = new Map<string, Decimal>();
  /** Executions that a fill is broken into. */
  pieces = 1;

  /** Base units that trade at each price; null for no bound. It counts from now on. */
  set(symbol: string, perMove: Numeric | null): void {
    if (perMove === null) {
      this.#perMove.delete(symbol);
      this.#left.delete(symbol);
    } else {
      this.#perMove.set(symbol, dec(perMove));
      this.#left.set(symbol, dec(perMove));
    }
  }

  /** A new price brings new liquidity. */
  renew(symbol: string): void {
    const perMove = this.#perMove.get(symbol);
    if (perMove) this.#left.set(symbol, perMove);
  }

  /** As much of `qty` as there is. */
  available(symbol: string, qty: Decimal): Decimal {
    const left = this.#left.get(symbol);
    return left ? Decimal.min(left, qty) : qty;
  }

  take(symbol: string, qty: Decimal): void {
    const left = this.#left.get(symbol);
    if (left) this.#left.set(symbol, left.minus(qty));
  }

  /** Sizes of the executions, multiples of `step`, the last one takes the rest. */
  broken(qty: Decimal, step: Decimal): readonly Decimal[] {
    const piece = floorTo(qty.dividedBy(this.pieces), step);
    if (this.pieces <= 1 || piece.isZero()) return [qty];
    const first = Array.from({ length: this.pieces - 1 }, () => piece);
    return [...first, qty.minus(piece.times(first.length))];
  }
}
