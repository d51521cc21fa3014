import { Decimal, dec, sum, toUsdt, ZERO } from './decimal.ts';
import { type Income, Ledger } from './ledger.ts';
import { bracketOf, maintenanceOf } from './listings.ts';
import type { Market } from './market.ts';
import { type Order, remaining, type Side, type Trade } from './order.ts';
import { Position } from './position.ts';

export interface SymbolSetting {
  leverage: number;
  marginType: 'ISOLATED' | 'CROSSED';
}

export interface FeeRates {
  readonly maker: Decimal;
  readonly taker: Decimal;
  /** USDT a BNB, where fees are paid in that, out of a purse of its own; null: in USDT. */
  readonly bnbPrice: Decimal | null;
}

/** The wallet, the positions and their margin. One-way mode. Every change of the wallet is an entry of the ledger. */
export class Account {
  readonly ledger: Ledger;
  readonly fees: FeeRates;
  readonly #market: Market;
  readonly #positions = new Map<string, Position>();
  readonly #settings = new Map<string, SymbolSetting>();

  constructor(market: Market, deposit: Decimal, fees: FeeRates) {
    this.#market = market;
    this.ledger = new Ledger(deposit);
    this.fees = fees;
  }

  get wallet(): Decimal {
    return this.ledger.balance;
  }

  get income(): readonly Income[] {
    return this.ledger.entries;
  }

  position(symbol: string): Position {
    const known = this.#positions.get(symbol);
    if (known) return known;
    const position = new Position(symbol);
    this.#positions.set(symbol, position);
    return position;
  }

  /** Those that are held. */
  get open(): readonly Position[] {
    return [...this.#positions.values()].filter(({ isFlat }) => !isFlat);
  }

  setting(symbol: string): SymbolSetting {
    const known = this.#settings.get(symbol);
    if (known) return known;
    const setting: SymbolSetting = { leverage: 20, marginType: 'CROSSED' };
    this.#settings.set(symbol, setting);
    return setting;
  }

  isIsolated(symbol: string): boolean {
    return this.setting(symbol).marginType === 'ISOLATED';
  }

  mark(symbol: string): Decimal {
    return this.#market.quote(symbol)?.mark ?? ZERO;
  }

  initialMargin(position: Position): Decimal {
    return toUsdt(position.notional(this.mark(position.symbol)).dividedBy(this.setting(position.symbol).leverage));
  }

  maintenanceMargin(position: Position): Decimal {
    return toUsdt(maintenanceOf(this.#market.listing(position.symbol), position.notional(this.mark(position.symbol))));
  }

  unrealised(positions: readonly Position[] = this.open): Decimal {
    return sum(positions.map((position) => position.unrealised(this.mark(position.symbol))));
  }

  get crossed(): readonly Position[] {
    return this.open.filter(({ symbol }) => !this.isIsolated(symbol));
  }

  /** The wallet without what isolated positions hold. */
  get crossWallet(): Decimal {
    return this.wallet.minus(sum(this.open.map(({ isolatedWallet }) => isolatedWallet)));
  }

  /** USDT that new orders may bind, with `orders` open. */
  available(orders: readonly Order[]): Decimal {
    const bound = sum(this.crossed.map((position) => this.initialMargin(position)));
    const inOrders = sum(orders.map((order) => this.orderMargin(order)));
    const free = this.crossWallet.plus(this.unrealised(this.crossed)).minus(bound).minus(inOrders);
    return Decimal.max(ZERO, free);
  }

  orderMargin(order: Order): Decimal {
    if (order.reduceOnly) return ZERO;
    return this.marginFor(order.symbol, order.side, remaining(order), order.price);
  }

  /** What an order binds beyond what it closes. */
  marginFor(symbol: string, side: Side, qty: Decimal, price: Decimal): Decimal {
    const opening = Decimal.max(ZERO, qty.minus(this.position(symbol).closable(side)));
    return toUsdt(opening.times(price).dividedBy(this.setting(symbol).leverage));
  }

  /** The largest notional that the brackets allow at the leverage set. */
  maxNotional(symbol: string): Decimal {
    const allowed = this.#market
      .listing(symbol)
      .brackets.filter(({ initialLeverage }) => initialLeverage >= this.setting(symbol).leverage);
    return allowed.at(-1)?.cap ?? ZERO;
  }

  /** Books an execution: position, profit, fee, and the margin that moves between the wallet and the position. */
  execute(order: Order, fill: { id: number; price: Decimal; qty: Decimal; maker: boolean; time: number }): Trade {
    const { symbol, side } = order;
    const { id, price, qty, maker, time } = fill;
    const position = this.position(symbol);
    const { realised, opened, closedPart } = position.apply(side, qty, price, time);
    const kept = toUsdt(position.isolatedWallet.times(dec(1).minus(closedPart)));
    const added = this.isIsolated(symbol) ? toUsdt(opened.times(price).dividedBy(this.setting(symbol).leverage)) : ZERO;
    position.isolatedWallet = kept.plus(added);
    const quoteQty = price.times(qty);
    // A liquidation pays no commission here: what is left of its margin goes to the insurance fund.
    const rate = order.type === 'LIQUIDATION' ? ZERO : maker ? this.fees.maker : this.fees.taker;
    const { bnbPrice } = this.fees;
    const commission = toUsdt(quoteQty.times(rate).dividedBy(bnbPrice ?? 1));
    if (!realised.isZero())
      this.ledger.add({ incomeType: 'REALIZED_PNL', symbol, income: realised, time, tradeId: id });
    if (bnbPrice === null && !commission.isZero())
      this.ledger.add({ incomeType: 'COMMISSION', symbol, income: commission.negated(), time, tradeId: id });
    return {
      id,
      orderId: order.orderId,
      clientOrderId: order.clientOrderId,
      symbol,
      side,
      price,
      qty,
      quoteQty,
      realizedPnl: realised,
      commission,
      commissionAsset: bnbPrice === null ? 'USDT' : 'BNB',
      maker,
      time,
    };
  }

  /** Where the position is liquidated; 0 where that is nowhere. */
  liquidationPrice(position: Position): Decimal {
    if (position.isFlat) return ZERO;
    const { symbol, amt, cost } = position;
    const { maintMarginRatio, cum } = bracketOf(this.#market.listing(symbol), position.notional(this.mark(symbol)));
    const others = this.crossed.filter((other) => other !== position);
    const margin = this.isIsolated(symbol)
      ? position.isolatedWallet
      : this.crossWallet.plus(this.unrealised(others)).minus(sum(others.map((other) => this.maintenanceMargin(other))));
    const price = margin.plus(cum).minus(cost).dividedBy(amt.abs().times(maintMarginRatio).minus(amt));
    return Decimal.max(ZERO, price.toDecimalPlaces(8));
  }
}
