/** The exchange all workers share: it outlives them, takes a client order id once, and refuses what was under way for too long. */
import { PaperBroker } from '../../adapters/paper-broker.ts';
import type { VirtualClock } from '../../adapters/virtual-clock.ts';
import type { Intent } from '../../machines/messages.ts';
import { type Broker, OrderTurnedAway } from '../../ports/broker.ts';
import type { Chance } from '../../ports/chance.ts';
import { plus } from '../../ports/money.ts';
import type { FleetObserver, Owner } from './fleet-observer.ts';
import type { SimProcess } from './sim-process.ts';

/** So large that limits of the account are nobody's concern. */
const EQUITY_USD = 100_000_000;
/** A request that was under way for longer is refused: the receive window that the fence takes for granted, ms. */
const RECEIVE_WINDOW_MS = 250;
/** An answer that does not come is waited for so long, ms. */
const NO_ANSWER_MS = 800;
export const PRICE_EVERY_MS = 500;
const STEP = 0.001;
/** Of an interval: most orders are filled in one part. */
const VOLUME = 100_000_000;

/** What befalls what goes to the exchange, and comes back. */
export interface OrderLine {
  /** One way, ms. */
  latency: (chance: Chance) => number;
  silent: boolean;
  /** What becomes of an order with this chance. */
  orders: { readonly fate: 'lost' | 'unanswered'; readonly chance: number } | null;
}

export class FleetExchange {
  readonly #broker: PaperBroker;
  readonly #world: VirtualClock;
  readonly #chance: Chance;
  readonly #observer: Required<FleetObserver>;
  readonly #prices = new Map<string, number>();
  readonly held = new Map<string, number>();
  readonly line: OrderLine = { latency: () => 5, silent: false, orders: null };
  /** Processes that stop in the moment in which they send their next order: it leaves when they go on. */
  readonly stopsAtSending = new Map<SimProcess, () => void>();

  private constructor(broker: PaperBroker, world: VirtualClock, chance: Chance, observer: Required<FleetObserver>) {
    this.#broker = broker;
    this.#world = world;
    this.#chance = chance;
    this.#observer = observer;
    broker.onFill((fill) => {
      this.held.set(fill.symbol, plus(this.held.get(fill.symbol) ?? 0, fill.side === 'BUY' ? fill.qty : -fill.qty));
      observer.filled(fill);
    });
  }

  static async open(
    world: VirtualClock,
    chance: Chance,
    symbols: readonly string[],
    observer: Required<FleetObserver>,
  ): Promise<FleetExchange> {
    const broker = await PaperBroker.open({
      clock: world,
      chance: chance.fork('broker'),
      startEquityUsd: EQUITY_USD,
      store: { load: async () => null, save: async () => undefined },
    });
    const exchange = new FleetExchange(broker, world, chance, observer);
    for (const symbol of symbols) exchange.#prices.set(symbol, 100);
    exchange.#move();
    return exchange;
  }

  priceOf(symbol: string): number {
    return this.#prices.get(symbol) ?? 100;
  }

  #move(): void {
    const at = this.#world.now();
    const candles = [...this.#prices].map(([symbol, before]) => {
      const close = Number((before * (1 + (this.#chance.next() - 0.5) * STEP)).toPrecision(6));
      this.#prices.set(symbol, close);
      const [high, low] = [Math.max(before, close), Math.min(before, close)];
      return { symbol, ts: at - PRICE_EVERY_MS, open: before, high, low, close, volume: VOLUME };
    });
    this.#broker.mark({ at, candles });
    this.#world.setTimeout(() => this.#move(), PRICE_EVERY_MS);
  }

  async #take(owner: Owner, intent: Intent): Promise<{ readonly orderId: string }> {
    const before = await this.#broker.fate(intent);
    this.#observer.taken(owner, intent, before.status === 'open');
    return this.#broker.submit(intent);
  }

  /** As one bot of a process sees it. */
  connect(owner: Owner, process: SimProcess, chance: Chance): Broker {
    const { line } = this;
    const broker = this.#broker;
    /** Goes there, is done there, and comes back; each of these may not be. */
    const ask = <T>(
      question: () => Promise<T>,
      order: Intent | null = null,
      leaves: Promise<void> | null = null,
    ): Promise<T> =>
      new Promise((resolve, reject) => {
        const stampedAt = this.#world.now();
        const timer = process.clock.setTimeout(
          () => reject(new Error('the simulated exchange does not answer')),
          NO_ANSWER_MS,
        );
        const back = (settle: () => void): void => {
          if (line.silent) return;
          this.#world.setTimeout(
            () =>
              process.enter(() => {
                process.clock.clearTimeout(timer);
                settle();
              }),
            line.latency(chance),
          );
        };
        const { orders } = line;
        const fate = order !== null && orders !== null && chance.next() < orders.chance ? orders.fate : 'taken';
        if (line.silent || fate === 'lost') return;
        const arrive = (): void => {
          const late = this.#world.now() - stampedAt;
          if (order !== null && late > RECEIVE_WINDOW_MS) {
            const says = `it was under way for ${late} ms, and comes too late`;
            back(() => reject(new OrderTurnedAway(order.clientOrderId, says)));
            return;
          }
          question().then(
            (answer) => {
              if (fate !== 'unanswered') back(() => resolve(answer));
            },
            (error: unknown) => back(() => reject(error)),
          );
        };
        const go = (): void => void this.#world.setTimeout(arrive, line.latency(chance));
        if (leaves === null) go();
        else void leaves.then(go);
      });
    const submit = (intent: Intent): Promise<{ readonly orderId: string }> => {
      this.#observer.sent(owner, intent);
      const stop = this.stopsAtSending.get(process);
      this.stopsAtSending.delete(process);
      stop?.();
      // What the kernel has not taken leaves when the process goes on.
      const leaves = stop === undefined ? null : new Promise<void>((resolve) => process.enter(resolve));
      return ask(() => this.#take(owner, intent), intent, leaves);
    };
    return {
      instrument: (symbol) => broker.instrument(symbol),
      submit,
      fate: (order) => ask(() => broker.fate(order)),
      cancel: (order) => ask(() => broker.cancel(order)),
      resting: () => ask(() => broker.resting()),
      fillsSince: (symbol, since) => ask(() => broker.fillsSince(symbol, since)),
      positions: () => ask(() => broker.positions()),
      equityUsd: () => ask(() => broker.equityUsd()),
      fundingSince: (since) => ask(() => broker.fundingSince(since)),
      onFill: (listener) =>
        broker.onFill(
          (fill) => void this.#world.setTimeout(() => process.enter(() => listener(fill)), line.latency(chance)),
        ),
      onFunding: () => () => undefined,
      onEnded: () => () => undefined,
      onDoubt: () => () => undefined,
    };
  }
}
