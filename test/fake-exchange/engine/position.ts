import { Decimal, toUsdt, ZERO } from './decimal.ts';
import type { Side } from './order.ts';

/** What a fill did to a position, in USDT. */
export interface PositionChange {
  readonly realised: Decimal;
  /** Base units it opened, and closed. */
  readonly opened: Decimal;
  readonly closed: Decimal;
  /** Fraction of the position before that was closed. */
  readonly closedPart: Decimal;
}

/**
 * A net position. It keeps what it cost, not an average price: a part that is closed takes its share of the cost, rounded to
 * 8 decimals, and the last part takes the rest, so that no rounding ever creates or loses money.
 */
export class Position {
  readonly symbol: string;
  /** Base units; below 0 is short. */
  amt: Decimal = ZERO;
  /** Signed like `amt`. */
  cost: Decimal = ZERO;
  /** Margin that is the position's own; 0 where margin is crossed. */
  isolatedWallet: Decimal = ZERO;
  realisedTotal: Decimal = ZERO;
  updateTime = 0;

  constructor(symbol: string) {
    this.symbol = symbol;
  }

  get isFlat(): boolean {
    return this.amt.isZero();
  }

  get entryPrice(): Decimal {
    return this.isFlat ? ZERO : this.cost.dividedBy(this.amt).toDecimalPlaces(8);
  }

  notional(mark: Decimal): Decimal {
    return this.amt.times(mark).abs();
  }

  unrealised(mark: Decimal): Decimal {
    return toUsdt(this.amt.times(mark).minus(this.cost));
  }

  /** Base units an order of that side can close. */
  closable(side: Side): Decimal {
    const closes = side === 'BUY' ? this.amt.isNegative() : this.amt.isPositive();
    return closes ? this.amt.abs() : ZERO;
  }

  apply(side: Side, qty: Decimal, price: Decimal, at: number): PositionChange {
    const sign = side === 'BUY' ? 1 : -1;
    const closed = Decimal.min(qty, this.closable(side));
    const opened = qty.minus(closed);
    const closedPart = closed.isZero() ? ZERO : closed.dividedBy(this.amt.abs());
    const share = closedPart.eq(1) ? this.cost : toUsdt(this.cost.times(closedPart));
    // Selling a long brings price × closed and gives up its cost; closing a short is the mirror, with a negative cost.
    const realised = closed.times(price).times(-sign).minus(share);
    this.cost = this.cost.minus(share).plus(opened.times(price).times(sign));
    this.amt = this.amt.plus(qty.times(sign));
    this.realisedTotal = this.realisedTotal.plus(realised);
    this.updateTime = at;
    return { realised, opened, closed, closedPart };
  }
}
