import type { Engine } from '../engine/engine.ts';
import type { Fault, FiredFault } from '../faults/fault.ts';
import type { FaultBoard } from '../faults/fault-board.ts';
import type { Connections } from '../streams/connections.ts';
import { accountWire, incomeWire, positionRiskWire } from '../wire/account-wire.ts';
import { algoWire, orderWire, tradeWire } from '../wire/order-wire.ts';
import { Protection, type Unprotected } from './protection.ts';
import { Receipts } from './receipts.ts';

/** What a test may know, and a bot could not ask. All amounts are texts, all times exchange time in ms. */
export class Audit {
  readonly receipts = new Receipts();
  readonly protection: Protection;
  readonly #engine: Engine;
  readonly #faults: FaultBoard;
  readonly #connections: Connections;

  constructor(engine: Engine, faults: FaultBoard, connections: Connections) {
    this.#engine = engine;
    this.#faults = faults;
    this.#connections = connections;
    this.protection = new Protection(engine.account, engine.books.algos, engine.books.now);
    engine.listen(this.protection);
  }

  /** USDT, exact. */
  get wallet(): string {
    return this.#engine.account.wallet.toString();
  }

  /** Net size by symbol, base units; flat ones are not listed. */
  get positions(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#engine.account.open.map(({ symbol, amt }) => [symbol, amt.toString()]));
  }

  get orders() {
    return this.#engine.books.orders.all.map(orderWire);
  }

  get openOrders() {
    return this.#engine.books.orders.open().map(orderWire);
  }

  get stops() {
    return this.#engine.books.algos.all.map((algo) => algoWire(algo, null));
  }

  get openStops() {
    return this.#engine.books.algos.open().map((algo) => algoWire(algo, null));
  }

  get fills() {
    return this.#engine.books.trades.map((trade) => ({ ...tradeWire(trade), clientOrderId: trade.clientOrderId }));
  }

  get income() {
    return this.#engine.account.income.map(incomeWire);
  }

  get faultsFired(): readonly FiredFault[] {
    return this.#faults.fired;
  }

  get faultsWaiting(): readonly Fault[] {
    return this.#faults.waiting;
  }

  /** Client ids under which more than one order has filled, and how many: each is a position that nobody meant to have. */
  executedTwice(): Readonly<Record<string, number>> {
    const filled = this.#engine.books.orders.all.filter(({ executedQty }) => executedQty.gt(0));
    const byId = Map.groupBy(filled, ({ clientOrderId }) => clientOrderId);
    return Object.fromEntries(
      [...byId].filter(([, orders]) => orders.length > 1).map(([id, orders]) => [id, orders.length]),
    );
  }

  unprotected(realMs = 0): readonly Unprotected[] {
    return this.protection.unprotected(realMs);
  }

  /** Everything, as plain JSON. */
  report() {
    const { account, books } = this.#engine;
    const { receipts, protection, wallet, positions, orders, openOrders, openStops, fills, income } = this;
    return {
      now: books.now(),
      wallet,
      positions,
      risk: account.open.map((position) => positionRiskWire(account, position, true)),
      account: accountWire(account, books.orders.open(), books.now()),
      orders,
      openOrders,
      openStops,
      stops: protection.stops(),
      fills,
      income,
      received: receipts.orders,
      executedTwice: this.executedTwice(),
      takenTwice: Object.fromEntries(receipts.takenTwice()),
      unprotected: protection.unprotected(),
      requests: Object.fromEntries(receipts.requests),
      refusals: Object.fromEntries(receipts.refusals),
      hosts: [...receipts.hosts],
      sockets: this.#connections.opened,
      faultsFired: this.faultsFired,
      faultsWaiting: this.faultsWaiting,
      deadMan: { armed: Object.fromEntries(this.#engine.deadMan.armed), fired: this.#engine.deadMan.fired },
    };
  }
}

export type AuditReport = ReturnType<Audit['report']>;
