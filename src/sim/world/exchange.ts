import { CONSTANT_RATE, constantFunding } from '../../adapters/funding-rates.ts';
import { PaperBroker, type SubmitFault } from '../../adapters/paper-broker.ts';
import type { Fill, FundingPayment, Intent } from '../../machines/messages.ts';
import { type Broker, OrderRejected, type RestingOrder } from '../../ports/broker.ts';
import type { Chance } from '../../ports/chance.ts';
import type { Clock } from '../../ports/clock.ts';
import { plus } from '../../ports/money.ts';
import type { Observer } from '../observer.ts';

const START_EQUITY_USD = 100_000;
/** Often enough to meet faults: positions are held for minutes. */
const FUNDED_EVERY_MS = 420_000;

/** What can become of what goes between the bot and the exchange. */
export interface Wire {
  /** Of the next order. */
  order: SubmitFault;
  /** The next order is under way for so long, and nobody hears of it, ms; it arrives also when its process is dead by then. */
  underWayMs: number | null;
  /** Nothing can be asked: every query fails. */
  silent: boolean;
  /** News of a fill or a payment takes so long, drawn for each, ms; told in time where there is none. */
  late: (() => number) | null;
  /** Every fill and every payment is told so often. */
  copies: number;
}

/** The exchange: it outlives every process of the bot, and is the truth about what is held. */
export class Exchange {
  readonly broker: PaperBroker;
  readonly wire: Wire;
  readonly #observer: Observer;
  readonly #held = new Map<string, number>();
  readonly #clock: Clock;
  /** How often a fill is still to be told, by id; what a dead process was to be told stays. */
  readonly #untold = new Map<string, number>();
  /** How often it has said what it holds. */
  answers = 0;

  private constructor(broker: PaperBroker, wire: Wire, observer: Observer, clock: Clock) {
    this.broker = broker;
    this.wire = wire;
    this.#observer = observer;
    this.#clock = clock;
    broker.onFill((fill) => {
      const { symbol, side, qty } = fill;
      this.#held.set(symbol, plus(this.#held.get(symbol) ?? 0, side === 'BUY' ? qty : -qty));
      observer.filled?.(fill);
    });
  }

  /** What is held, by symbol, as the sum of all fills. */
  held(): ReadonlyMap<string, number> {
    return this.#held;
  }

  /** What rests there. */
  resting(): Promise<readonly RestingOrder[]> {
    return this.broker.resting();
  }

  get silent(): boolean {
    return this.wire.silent;
  }

  static async open(clock: Clock, chance: Chance, observer: Observer): Promise<Exchange> {
    const wire: Wire = { order: 'ok', underWayMs: null, silent: false, late: null, copies: 1 };
    const broker = await PaperBroker.open({
      clock,
      chance,
      startEquityUsd: START_EQUITY_USD,
      funding: constantFunding(CONSTANT_RATE, FUNDED_EVERY_MS),
      store: { load: async () => null, save: async () => undefined },
      onSubmit: () => {
        const fault = wire.order;
        wire.order = 'ok';
        return fault;
      },
    });
    return new Exchange(broker, wire, observer, clock);
  }

  /** Tells of it where the exchange refuses an order; whoever waits for the answer hears it himself. */
  #heedRefusal(intent: Intent, answer: Promise<unknown>): void {
    answer.catch((error: unknown) => {
      if (error instanceof OrderRejected) this.#observer.refused?.(intent);
    });
  }

  /** No answer comes, however it ends. */
  #arrivesLater(intent: Intent, ms: number): never {
    this.#clock.setTimeout(() => {
      // What waits for the next order waits on: this one has left long ago.
      const { order } = this.wire;
      this.wire.order = 'ok';
      // Where it is refused nobody waits for that any more: whoever asks is told.
      this.#heedRefusal(intent, this.broker.submit(intent));
      this.wire.order = order;
    }, ms);
    throw new Error(`no answer to order ${intent.clientOrderId} came`);
  }

  /**
   * As one process sees it, until that is dead.
   * @param isAlive a dead process asks for nothing, and hears nothing
   */
  connect(clock: Clock, isAlive: () => boolean): Broker {
    const { broker, wire } = this;
    const ask = async <T>(question: () => Promise<T>): Promise<T> => {
      if (!isAlive()) return new Promise(() => undefined);
      if (wire.silent) throw new Error('the simulated exchange does not answer');
      const answer = await question();
      return isAlive() ? answer : new Promise(() => undefined);
    };
    return {
      instrument: (symbol) => broker.instrument(symbol),
      submit: (intent) =>
        ask(() => {
          // One that is proven to have been lost on the way may be sent again, and of one that was refused the exchange knows nothing.
          const { underWayMs } = wire;
          wire.underWayMs = null;
          const isTaken = wire.order !== 'timeout-before' && wire.order !== 'reject';
          this.#observer.sent?.({ intent, arrives: underWayMs !== null || isTaken });
          if (underWayMs !== null) return this.#arrivesLater(intent, underWayMs);
          const answer = broker.submit(intent);
          if (isTaken) this.#heedRefusal(intent, answer);
          return answer;
        }),
      fate: (order) => ask(() => broker.fate(order)),
      cancel: (order) =>
        ask(async () => {
          // Not the sum of the fills that were told: a stop that went off rests no more some steps before its fill is told.
          const held = broker.positions();
          this.#observer.cancelled?.({ order, resting: await broker.resting(), held });
          return broker.cancel(order);
        }),
      resting: () => ask(() => broker.resting()),
      fillsSince: (symbol, since) => ask(() => broker.fillsSince(symbol, since)),
      positions: async () => {
        const held = await ask(() => broker.positions());
        this.answers++;
        return held;
      },
      equityUsd: () => ask(() => broker.equityUsd()),
      fundingSince: (since) => ask(() => broker.fundingSince(since)),
      onEnded: () => broker.onEnded(),
      onDoubt: () => broker.onDoubt(),
      onFill: (listener) =>
        broker.onFill((fill: Fill) => {
          if (!isAlive()) return;
          const { fillId } = fill;
          this.#untold.set(fillId, (this.#untold.get(fillId) ?? 0) + wire.copies);
          const tell = (): void => {
            const left = (this.#untold.get(fillId) ?? 1) - 1;
            if (left > 0) this.#untold.set(fillId, left);
            else this.#untold.delete(fillId);
            this.#observer.notified?.(fill, left);
            listener(fill);
          };
          for (let i = 0; i < wire.copies; i++) {
            if (wire.late === null) tell();
            else clock.setTimeout(tell, wire.late());
          }
        }),
      onFunding: (listener) =>
        broker.onFunding((payment: FundingPayment) => {
          if (!isAlive()) return;
          for (let i = 0; i < wire.copies; i++) {
            if (wire.late === null) listener(payment);
            else clock.setTimeout(() => listener(payment), wire.late());
          }
        }),
    };
  }
}
