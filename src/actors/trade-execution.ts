import type { AnyActorRef, AnyStateMachine } from 'xstate';
import { provided } from '../machines/compile/provided.ts';
import type { Evidence, Fill, FundingPayment } from '../machines/messages.ts';
import {
  GIVE_UP_REST_MS,
  OVERDUE_AFTER_MS,
  type TradeExecutionContext,
  type TradeExecutionEvent,
  tradeExecution,
} from '../machines/trade-execution.ts';
import { says } from '../ports/says.ts';
import { comparison } from './comparison.ts';
import { type Habitat, lifeEffects } from './effects.ts';
import { TOO_OLD_MS } from './entries.ts';
import { isResting, type Order } from './orders.ts';
import { beganToday, positionsFileMode, readPositions } from './positions-file.ts';
import { POSITIONS_FILE } from './records.ts';
import { emptyHistory, heedBooking, tradeHistory } from './trade-history.ts';
import { type TradeFloor, tradeOffice } from './trade-office.ts';

type Args = { readonly context: TradeExecutionContext; readonly event: TradeExecutionEvent };

/** Stops that rest already are looked for this long before others are placed beside them, ms. */
const LOOKED_FOR_MS = 2_000;

/** `tradeExecution` at work: intents, orders, stops, fills, and the comparison with the exchange. */
export function tradeExecutionActor(habitat: Habitat): AnyStateMachine {
  const { world, mail } = habitat;
  const { clock, broker, log, pending } = world;
  let self: AnyActorRef | null = null;
  let stopListening: () => void = () => undefined;
  let unknownBefore = 0;
  let openedAt = 0;
  /** The log was read: before that nothing that is held, rests or is on its way is known to be ours. */
  let hasRead = false;
  const underWay = new Set<Promise<void>>();

  /** The effects of an incarnation that has ended are void. */
  const alive = (): boolean => self?.getSnapshot().status === 'active';
  const run = (what: string, work: () => Promise<void>): Promise<void> => {
    const running = pending
      .track(work())
      .catch((error: unknown) => log.error(`tradeExecution: ${what} failed: ${says(error)}; it is tried again`))
      .finally(() => underWay.delete(running));
    underWay.add(running);
    return running;
  };

  const reconciled = (ok: boolean, words: string): void =>
    mail.post('safetyLayer', { type: 'RECONCILED', ok, at: clock.now(), says: words });

  const tell = (what: string): void => {
    const orders = desks.desk.figures();
    self?.send({ type: 'ORDERS', orders, what });
    // No entries on books that an unknown order may have changed; and when all are known, the books are compared.
    if (orders.unknown > 0 && unknownBefore === 0) reconciled(false, `the fate of ${orders.unknown} orders is unknown`);
    if (orders.unknown === 0 && unknownBefore > 0) exchange.doubt();
    unknownBefore = orders.unknown;
    desks.stops.tend();
  };

  const take = (fill: Fill): void => {
    const { lost, trade, desk, router, books } = desks;
    // It may be of an exit or a stop that left under the one before us.
    lost.claim(fill);
    if (trade.take(fill)) {
      const order = desk.get(fill.clientOrderId);
      if (fill.complete && order?.phase === 'unknown') void run('asking for parts', () => router.ask([order]));
      tell(`filled ${fill.qty} ${fill.symbol} at ${fill.price} (${fill.clientOrderId})`);
      return;
    }
    books.foreign(fill);
    log.warn(`a fill that no order of ours explains: ${fill.clientOrderId}, ${fill.side} ${fill.qty} ${fill.symbol}`);
    exchange.doubt();
  };

  const exchange = comparison(world, { alive, run, tell, self: () => self, desks: () => desks, reconciled });
  const floor: TradeFloor = {
    alive,
    run,
    take,
    tell,
    doubt: () => exchange.doubt(),
    show: (figures) => self?.send({ type: 'PROTECTION', figures }),
    mayPlace: () => exchange.recovered || clock.now() - openedAt >= LOOKED_FOR_MS,
    moneyUsd: null,
  };
  let desks = tradeOffice(habitat, emptyHistory(), floor);

  const leave = ({ event }: Args): void => {
    if (event.type !== 'EXIT') return;
    const { signalId, gate, qty, reason } = event;
    const position = desks.book.get(signalId);
    if (!position) desks.trade.exitEnded(signalId, gate, 'no-position', `no position of ${signalId} is held`);
    // One at a time: two of a part would leave more than was meant.
    else if (desks.desk.openOf(signalId, 'exit').length === 0) desks.leave(position, gate, qty, reason);
  };

  /** Takes back entries that rest, and leaves all that is held. */
  const leaveAll = ({ event }: Args): void => {
    if (event.type !== 'FLATTEN') return;
    const { desk, router, book } = desks;
    for (const order of desk.live())
      if (order.intent.purpose === 'entry' && order.phase !== 'writing') router.cancel(order);
    for (const position of book.open())
      if (desk.openOf(position.signalId, 'exit').length === 0)
        desks.leave(position, 'closed', position.qty, event.reason);
  };

  const chase = (): void => {
    const now = clock.now();
    const late: Order[] = [];
    for (const order of desks.desk.live()) {
      const { phase, intent, since, sentAt } = order;
      const rests = isResting(order);
      if (phase === 'writing' && now - intent.at > TOO_OLD_MS)
        desks.entering.forgo(order, 'its intent did not get into the log');
      else if (phase === 'unknown' || (phase !== 'writing' && !rests && now - since >= OVERDUE_AFTER_MS))
        late.push(order);
      // An order at the market fills at once: what rests of it now is given up, and what was filled is kept.
      if (phase === 'awaiting' && intent.purpose !== 'stop' && now - sentAt >= GIVE_UP_REST_MS)
        desks.router.cancel(order);
    }
    if (late.length > 0) void run('asking after orders', () => desks.router.ask(late));
  };

  /** Listens to the exchange. What it tells while the log is read is kept, and booked by what is handed back. */
  const listen = (): (() => void) => {
    const early: (() => void)[] = [];
    let ready = false;
    const heed = (work: () => void): void => {
      if (!alive()) stopListening();
      else if (ready) work();
      else early.push(work);
    };
    const stops = [
      broker.onFill((fill) => heed(() => take(fill))),
      broker.onFunding((payment: FundingPayment) => heed(() => desks.funding.take(payment))),
      broker.onEnded((clientOrderId) => heed(() => desks.router.heardEnd(clientOrderId))),
      broker.onDoubt((why) =>
        heed(() => {
          log.warn(`news of the exchange may have been missed: ${why}; everything is compared`);
          reconciled(false, why);
          exchange.doubt(why);
        }),
      ),
    ];
    stopListening = () => {
      for (const stop of stops) stop();
    };
    return () => {
      ready = true;
      for (const work of early) work();
    };
  };

  /**
   * What the positions file says that no position has brought or lost: from that it is told what came or went while nobody ran.
   * `null` where the file says nothing, or cannot be read, which is its keeper's to mend.
   */
  const moneyOnRecord = async (changes: number): Promise<number | null> => {
    const bytes = await world.files.read(POSITIONS_FILE).catch(() => null);
    const read = bytes === null ? null : readPositions(bytes);
    const listed = read !== null && typeof read !== 'string' ? read : null;
    return beganToday(listed, changes, clock.now())?.money_usd ?? null;
  };

  const open = async (ref: AnyActorRef): Promise<void> => {
    self = ref;
    openedAt = clock.now();
    const begin = listen();
    const history = await tradeHistory(habitat.history);
    desks = tradeOffice(habitat, history, { ...floor, moneyUsd: await moneyOnRecord(history.book.changes) });
    const now = clock.now();
    for (const order of desks.desk.live()) {
      // A stop may have rested for days: its answer is waited for from now on.
      if (order.intent.purpose === 'stop') order.since = now;
      // An intent says when it was written; the order may have left as late as the one before us ended.
      order.sentAt = now;
      desks.trade.intent(order, 'unknown');
    }
    hasRead = true;
    begin();
  };

  const repairs: Readonly<Record<string, () => Promise<Evidence>>> = {
    reconcile: exchange.reconcile,
    protect: exchange.protect,
  };
  const life = lifeEffects('tradeExecution', habitat, {
    open,
    files: [positionsFileMode(world)],
    repair: async (target) => {
      if (!hasRead) throw new Error('the log could not be read: it is not known what is ours at the exchange');
      const repair = repairs[target];
      if (repair === undefined)
        throw new Error(`tradeExecution has no ${target} to repair; it can reconcile and protect`);
      return repair();
    },
    close: async () => {
      while (underWay.size > 0) await Promise.allSettled(underWay);
      desks.stops.close();
      stopListening();
    },
  });
  return provided(tradeExecution, {
    actors: life.actors,
    actions: {
      ...life.actions,
      enter: ({ event }) => {
        if (event.type !== 'EXECUTE') return;
        void run(`entering ${event.signal.signalId}`, () => desks.entering.begin(event.signal));
      },
      turnAway: ({ context, event }) => {
        if (event.type === 'EXECUTE')
          desks.trade.giveUp(event.signal.signalId, `entries are closed: ${context.entries.why}`);
      },
      leave,
      leaveAll,
      // What was asked before is answered with what was before; and fills were missed meanwhile.
      wake: ({ event }) => {
        if (event.type === 'WOKE') exchange.doubt(event.says);
      },
      heed: ({ context, event }) => {
        if (event.type !== 'BUS.RECORD') return;
        if (heedBooking(desks.history, event.record)) tell('found what was booked before us');
        desks.entering.heed(event.record, context.entries);
      },
      chase,
      mark: ({ event }) => {
        if (event.type !== 'POSITION.MARKED') return;
        desks.book.mark(event.positions);
        desks.stops.tend();
      },
      tend: () => {
        desks.stops.tend();
        exchange.glance();
      },
      compare: () => void run('comparing with the broker', exchange.compare),
    },
  });
}
