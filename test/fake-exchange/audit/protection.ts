import type { Account } from '../engine/account.ts';
import { type Decimal, sum } from '../engine/decimal.ts';
import type { EngineListener } from '../engine/engine-listener.ts';
import type { AlgoOrder } from '../engine/order.ts';
import type { AlgoOrders } from '../engine/orders.ts';

/** A time during which a position stood with no stop, or with stops for less than all of it. */
export interface Unprotected {
  readonly symbol: string;
  /** Exchange time, ms. `to` is null while it lasts. */
  readonly from: number;
  readonly to: number | null;
  readonly ms: number;
  /** The same in real time, which is what a bot has to act in. */
  readonly realMs: number;
  /** The largest size without cover, base units. */
  readonly qty: string;
}

/** A stop that was in the book at a time. */
export interface StopInterval {
  readonly symbol: string;
  readonly clientAlgoId: string;
  readonly triggerPrice: string;
  readonly from: number;
  readonly to: number | null;
}

interface Gap {
  readonly from: number;
  readonly realFrom: number;
  qty: Decimal;
}

const isStop = ({ orderType }: AlgoOrder): boolean => orderType === 'STOP_MARKET' || orderType === 'STOP';

/** Watches after every change whether each position has reduce-only stops for its whole size. */
export class Protection implements EngineListener {
  readonly #account: Account;
  readonly #algos: AlgoOrders;
  readonly #now: () => number;
  readonly #past: Unprotected[] = [];
  readonly #open = new Map<string, Gap>();

  constructor(account: Account, algos: AlgoOrders, now: () => number) {
    this.#account = account;
    this.#algos = algos;
    this.#now = now;
  }

  orderChanged(): void {
    // What an order does to a position comes as a change of the account.
  }

  leverageChanged(): void {
    // No cover depends on it.
  }

  algoChanged({ symbol }: AlgoOrder): void {
    this.#look(symbol);
  }

  accountChanged(_reason: string, symbols: readonly string[]): void {
    for (const symbol of symbols) this.#look(symbol);
  }

  /** Longest first; those that last no longer than `realMs` of real time left out. */
  unprotected(realMs = 0): readonly Unprotected[] {
    const lasting = [...this.#open].map(([symbol, gap]) => this.#told(symbol, gap, null));
    return [...this.#past, ...lasting].filter((gap) => gap.realMs > realMs).sort((a, b) => b.realMs - a.realMs);
  }

  /** Every stop there ever was. */
  stops(): readonly StopInterval[] {
    return this.#algos.all.filter(isStop).map((algo) => ({
      symbol: algo.symbol,
      clientAlgoId: algo.clientAlgoId,
      triggerPrice: algo.triggerPrice.toString(),
      from: algo.createTime,
      to: algo.algoStatus === 'NEW' ? null : algo.updateTime,
    }));
  }

  #look(symbol: string): void {
    const position = this.#account.position(symbol);
    const stops = this.#algos
      .open(symbol)
      .filter((algo) => isStop(algo) && algo.reduceOnly && position.closable(algo.side).gt(0));
    const covered = stops.some(({ closePosition }) => closePosition)
      ? position.amt.abs()
      : sum(stops.map(({ quantity }) => quantity));
    const bare = position.amt.abs().minus(covered);
    const gap = this.#open.get(symbol);
    if (bare.gt(0)) {
      if (!gap) this.#open.set(symbol, { from: this.#now(), realFrom: performance.now(), qty: bare });
      else if (bare.gt(gap.qty)) gap.qty = bare;
    } else if (gap) {
      this.#past.push(this.#told(symbol, gap, this.#now()));
      this.#open.delete(symbol);
    }
  }

  #told(symbol: string, { from, realFrom, qty }: Gap, to: number | null): Unprotected {
    const realMs = Math.round(performance.now() - realFrom);
    return { symbol, from, to, ms: (to ?? this.#now()) - from, realMs, qty: qty.toString() };
  }
}
