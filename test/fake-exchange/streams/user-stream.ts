import type { Account } from '../engine/account.ts';
import type { Books } from '../engine/books.ts';
import type { AccountReason, EngineListener, Execution } from '../engine/engine-listener.ts';
import type { AlgoOrder, Order, Trade } from '../engine/order.ts';
import type { FaultBoard } from '../faults/fault-board.ts';
import { accountEvent, algoEvent, leverageEvent, orderEvent } from '../wire/user-events.ts';

const FILL_FAULTS = ['lose-fill', 'duplicate-fill', 'reorder-fills', 'late-fill'] as const;
/** An execution that waits for a next one is sent after this long at the latest, ms of real time. */
const PATIENCE_MS = 2_000;

/** Sends the account's own events, as faithfully as the faults let it. */
export class UserStream implements EngineListener {
  readonly #books: Books;
  readonly #account: Account;
  readonly #faults: FaultBoard;
  readonly #send: (message: object) => void;
  readonly #timers = new Set<NodeJS.Timeout>();
  #held: (() => void) | null = null;

  constructor(books: Books, faults: FaultBoard, send: (message: object) => void) {
    this.#books = books;
    this.#account = books.account;
    this.#faults = faults;
    this.#send = send;
  }

  orderChanged(order: Order, execution: Execution, trade: Trade | null): void {
    const message = orderEvent(order, execution, trade, this.#books.now());
    const fault = trade
      ? this.#faults.takeForMessage(FILL_FAULTS, order.symbol, `trade ${trade.id} of ${order.clientOrderId}`)
      : null;
    if (fault?.kind === 'lose-fill') return;
    if (fault?.kind === 'late-fill') this.#later(fault.ms, () => this.#send(message));
    else if (fault?.kind === 'reorder-fills') this.#hold(message);
    else {
      this.#send(message);
      if (fault?.kind === 'duplicate-fill') this.#send(message);
      if (trade) this.#release();
    }
  }

  algoChanged(algo: AlgoOrder): void {
    const order =
      algo.actualOrderId === null ? null : this.#books.orders.find({ id: algo.actualOrderId }, this.#books.now());
    this.#send(algoEvent(algo, order, this.#books.now()));
  }

  accountChanged(reason: AccountReason, symbols: readonly string[]): void {
    this.#send(accountEvent(this.#account, reason, symbols, this.#books.now()));
  }

  leverageChanged(symbol: string, leverage: number): void {
    this.#send(leverageEvent(symbol, leverage, this.#books.now()));
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #hold(message: object): void {
    this.#release();
    this.#held = () => this.#send(message);
    this.#later(PATIENCE_MS, () => this.#release());
  }

  #release(): void {
    const held = this.#held;
    this.#held = null;
    held?.();
  }

  #later(ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, ms);
    this.#timers.add(timer);
  }
}
