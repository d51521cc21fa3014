import type { AnyActorRef, AnyStateMachine } from 'xstate';
import type { Evidence, Fill, FundingPayment, Intent, Position } from '../machines/messages.ts';
import {
  GIVE_UP_REST_MS,
  OVERDUE_AFTER_MS,
  type TradeExecutionContext,
  type TradeExecutionEvent,
  tradeExecution,
} from '../machines/trade-execution.ts';
import { bookkeeper } from './bookkeeper.ts';
import { type Habitat, lifeEffects, says } from './effects.ts';
import { entries, TOO_OLD_MS } from './entries.ts';
import { fundingDesk } from './funding.ts';
import { lostOrders } from './lost-orders.ts';
import { orderAudit } from './order-audit.ts';
import { orderRouter, PROVEN_AFTER_MS, type RouterOffice } from './order-router.ts';
import type { Order } from './orders.ts';
import { positionsFileMode } from './positions-file.ts';
import { protector } from './protector.ts';
import { PROTECTION_OFF } from './settings.ts';
import { tradeDesk } from './trade-desk.ts';
import { emptyHistory, type TradeHistory, tradeHistory } from './trade-history.ts';

type Args = { readonly context: TradeExecutionContext; readonly event: TradeExecutionEvent };

/** Stops that rest already are looked for this long before others are placed beside them, ms. */
const LOOKED_FOR_MS = 2_000;
/** The exchange is compared so often in a row while news come that may have been missed. */
const LOOKS_AT_MOST = 5;

/** `tradeExecution` at work: intents, orders, stops, fills, and the comparison with the exchange. */
export function tradeExecutionActor(habitat: Habitat): AnyStateMachine {
  const { world, mail, settings } = habitat;
  const { clock, broker, log, pending } = world;
  let self: AnyActorRef | null = null;
  let stopListening: () => void = () => undefined;
  let unknownBefore = 0;
  let recovered = false;
  let openedAt = 0;
  /** Why the books have to be looked at once more after the comparison under way; `null`: they do not. */
  let doubted: string | null = null;
  let comparing: Promise<void> | null = null;
  const underWay = new Set<Promise<void>>();

  /** The effects of an incarnation that has ended are void. */
  function alive(): boolean {
    return self?.getSnapshot().status === 'active';
  }
  function run(what: string, work: () => Promise<void>): Promise<void> {
    const running = pending
      .track(work())
      .catch((error: unknown) => log.error(`tradeExecution: ${what} failed: ${says(error)}; it is tried again`))
      .finally(() => underWay.delete(running));
    underWay.add(running);
    return running;
  }

  const reconciled = (ok: boolean, words: string): void =>
    mail.post('safetyLayer', { type: 'RECONCILED', ok, at: clock.now(), says: words });

  function doubt(why = ''): void {
    doubted = why;
    self?.send({ type: 'RECONCILE' });
  }

  function tell(what: string): void {
    const orders = desks.desk.figures();
    self?.send({ type: 'ORDERS', orders, what });
    // No entries on books that an unknown order may have changed; and when all are known, the books are compared.
    if (orders.unknown > 0 && unknownBefore === 0) reconciled(false, `the fate of ${orders.unknown} orders is unknown`);
    if (orders.unknown === 0 && unknownBefore > 0) doubt();
    unknownBefore = orders.unknown;
    desks.stops.tend();
  }

  function take(fill: Fill): void {
    const { claim } = desks.lost;
    // It may be of an exit or a stop that left under the one before us.
    claim(fill);
    if (desks.trade.take(fill)) {
      const order = desks.desk.get(fill.clientOrderId);
      if (fill.complete && order?.phase === 'unknown') void run('asking for parts', () => desks.router.ask([order]));
      tell(`filled ${fill.qty} ${fill.symbol} at ${fill.price} (${fill.clientOrderId})`);
      return;
    }
    desks.books.foreign(fill);
    log.warn(`a fill that no order of ours explains: ${fill.clientOrderId}, ${fill.side} ${fill.qty} ${fill.symbol}`);
    doubt();
  }

  const writeIntent = (intent: Intent, reason: string): void => {
    const open = desks.desk.openOf(intent.signalId, intent.purpose).map((order) => order.intent.clientOrderId);
    const beside = open.filter((id) => id !== intent.clientOrderId);
    mail.post('signalBus', {
      type: 'APPEND',
      record: { event_type: 'order_intent', signal_id: intent.signalId, reason, intent, beside },
    });
  };

  let desks = office(emptyHistory());

  /** Everything that works on one history: made anew when it has been read. */
  function office(history: TradeHistory) {
    const { book, desk } = history;
    const provenAfterMs = settings.provenAfterMs ?? PROVEN_AFTER_MS;
    const trade = tradeDesk(habitat, history);
    const routerOffice: RouterOffice = {
      alive,
      run,
      take,
      tell,
      doubt,
      provenAfterMs,
      stopRefused: (order, error) => stops.refused(order, error),
      leftNoTrace: (order) => books.leftNoTrace(order),
    };
    const router = orderRouter(world, history, trade, routerOffice);
    const learn = router.learn;
    const lost = lostOrders(world, history, { alive, writeIntent, learn, provenAfterMs });
    const { claim } = lost;
    const books = bookkeeper(habitat, history, trade, { alive, take, ask: router.ask, claim });
    const audit = orderAudit(world, history, router, lost, alive);

    /** Exits wait for nothing: not for the log, not for the kill switch, not for the books. */
    const leave = (position: Position, gate: Intent['gate'], wanted: number, reason: string): void => {
      const { signalId, symbol, direction, leverage } = position;
      const intent: Intent = {
        clientOrderId: lost.nextId(position, 'exit'),
        signalId,
        symbol,
        side: direction === 'LONG' ? 'SELL' : 'BUY',
        purpose: 'exit',
        qty: Math.min(wanted, position.qty),
        leverage,
        reduceOnly: true,
        gate,
        stopPrice: null,
        at: clock.now(),
      };
      const order = desk.add(intent, 'writing', intent.at);
      writeIntent(intent, reason);
      void router.send(order);
    };
    /** What rests is known, or it was asked for long enough. */
    const mayPlace = (): boolean => recovered || clock.now() - openedAt >= LOOKED_FOR_MS;
    const { liquidationBuffer } = settings.exits;
    const stops = protector(
      world,
      history,
      { ...(settings.protection ?? PROTECTION_OFF), liquidationBuffer },
      {
        alive: () => alive() && mayPlace(),
        run,
        router,
        nextId: (position) => lost.nextId(position, 'stop'),
        writeIntent,
        leave: (position, reason) => leave(position, 'stop', position.qty, reason),
        show: (figures) => self?.send({ type: 'PROTECTION', figures }),
      },
    );
    const send = (order: Order): void => void router.send(order);
    const entering = entries(habitat, history, trade, { alive, send, tell });
    const funding = fundingDesk(habitat, book, alive);
    return { history, book, desk, trade, router, lost, books, audit, leave, stops, entering, funding };
  }

  const leave = ({ event }: Args): void => {
    if (event.type !== 'EXIT') return;
    const { signalId, gate, qty, reason } = event;
    const position = desks.book.get(signalId);
    if (position) {
      // One at a time: two of a part would leave more than was meant.
      if (desks.desk.openOf(signalId, 'exit').length === 0) desks.leave(position, gate, qty, reason);
    } else desks.trade.exitEnded(signalId, gate, 'no-position', `no position of ${signalId} is held`);
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

  /** The first look at the exchange of this life: signals follow their orders, and what was missed meanwhile is booked. */
  const recover = async (): Promise<void> => {
    const { history, trade, book, books, lost } = desks;
    for (const signalId of [...history.trades.keys()]) trade.advance(signalId);
    await lost.find();
    if (!recovered) await books.catchUp(new Set(book.open().map(({ symbol }) => symbol)));
    recovered = true;
  };

  const unanswered = (): Order[] => desks.desk.live().filter(({ phase }) => phase === 'unknown');

  /** @returns whether the exchange could be asked */
  const look = async (): Promise<boolean> => {
    const { router, books, audit, book, desk } = desks;
    const why = doubted;
    doubted = null;
    try {
      await router.ask(unanswered());
      const strays = await audit.look();
      await recover();
      // News may have been missed: also such as leave what is held as it was.
      if (why) await books.catchUp(new Set(book.open().map(({ symbol }) => symbol)));
      tell('asked after every order without an answer');
      const found = [...strays, ...(await books.compare())];
      if (!alive()) return false;
      void run('asking for funding payments', desks.funding.catchUp);
      self?.send({ type: 'COMPARED', at: clock.now(), differences: found, foreignOrders: audit.foreign });
      const { unknown } = desk.figures();
      const open = unknown > 0 ? [...found, `the fate of ${unknown} orders is unknown`] : found;
      if (doubted === null) reconciled(open.length === 0, open.join('; ') || 'the broker holds what the log says');
      return true;
    } catch (error) {
      if (!alive()) return false;
      // What was doubted still is.
      doubted ??= why;
      self?.send({ type: 'UNASKED', at: clock.now(), error: says(error) });
      reconciled(false, `the broker could not be asked: ${says(error)}`);
      return false;
    } finally {
      desks.stops.tend();
    }
  };

  /** One at a time: two would adopt the same position twice. What is asked for meanwhile is done after it. */
  const compare = (): Promise<void> => {
    if (comparing) doubted ??= '';
    comparing ??= lookUntilSure().finally(() => {
      comparing = null;
    });
    return comparing;
  };

  const lookUntilSure = async (): Promise<void> => {
    for (let looks = 0; looks < LOOKS_AT_MOST; looks++) if (!(await look()) || doubted === null) return;
    clock.setTimeout(() => alive() && self?.send({ type: 'RECONCILE' }), LOOKED_FOR_MS);
  };

  const chase = (): void => {
    const now = clock.now();
    const late: Order[] = [];
    for (const order of desks.desk.live()) {
      const { phase, intent, since, sentAt } = order;
      const rests = intent.purpose === 'stop' && phase === 'awaiting';
      if (phase === 'writing' && now - intent.at > TOO_OLD_MS)
        desks.entering.forgo(order, 'its intent did not get into the log');
      else if (phase === 'unknown' || (phase !== 'writing' && !rests && now - since >= OVERDUE_AFTER_MS))
        late.push(order);
      // An order at the market fills at once: what rests of it now is given up, and what was filled is kept.
      if (phase === 'awaiting' && !rests && now - sentAt >= GIVE_UP_REST_MS) desks.router.cancel(order);
    }
    if (late.length > 0) void run('asking after orders', () => desks.router.ask(late));
  };

  const reconcile = async (): Promise<Evidence> => {
    const { router, desk, books, audit } = desks;
    await router.ask(desk.live().filter(({ phase }) => phase !== 'writing'));
    await audit.look();
    // What fills account for is booked; what an order without an answer may have done is not guessed at.
    const evidence = await books.mend();
    const { unknown } = desk.figures();
    if (unknown > 0) throw new Error(`the fate of ${unknown} orders is still unknown; nothing was booked on a guess`);
    self?.send({ type: 'COMPARED', at: clock.now(), differences: [], foreignOrders: audit.foreign });
    reconciled(true, evidence.says);
    tell(evidence.says);
    return evidence;
  };

  const protect = async (): Promise<Evidence> => {
    const strays = await desks.audit.look();
    const evidence = await desks.stops.mend();
    doubt();
    return { ...evidence, figures: { ...evidence.figures, strays: strays.length } };
  };

  const open = async (ref: AnyActorRef): Promise<void> => {
    self = ref;
    openedAt = clock.now();
    // Fills that come while the log is read are booked after it.
    const early: Fill[] = [];
    const earlyFunding: FundingPayment[] = [];
    let ready = false;
    const stopFills = broker.onFill((fill) => {
      if (!alive()) stopListening();
      else if (ready) take(fill);
      else early.push(fill);
    });
    const stopFunding = broker.onFunding((payment) => {
      if (!alive()) stopListening();
      else if (ready) desks.funding.take(payment);
      else earlyFunding.push(payment);
    });
    const stopDoubts = broker.onDoubt((why) => {
      if (!alive()) return stopListening();
      log.warn(`news of the exchange may have been missed: ${why}; everything is compared`);
      reconciled(false, why);
      doubt(why);
    });
    stopListening = () => {
      stopFills();
      stopFunding();
      stopDoubts();
    };
    desks = office(await tradeHistory(habitat.history));
    const now = clock.now();
    for (const order of desks.desk.live()) {
      // A stop may have rested for days: its answer is waited for from now on.
      if (order.intent.purpose === 'stop') order.since = now;
      desks.trade.intent(order, 'unknown');
    }
    ready = true;
    for (const fill of early) take(fill);
    for (const payment of earlyFunding) desks.funding.take(payment);
  };

  const repairs: Readonly<Record<string, () => Promise<Evidence>>> = { reconcile, protect };
  const life = lifeEffects('tradeExecution', habitat, {
    open,
    files: [positionsFileMode(world)],
    repair: (target) =>
      repairs[target]?.() ??
      Promise.reject(new Error(`tradeExecution has no ${target} to repair; it can reconcile and protect`)),
    close: async () => {
      while (underWay.size > 0) await Promise.allSettled(underWay);
      desks.stops.close();
      stopListening();
    },
  });
  return tradeExecution.provide({
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
        if (event.type === 'WOKE') doubt(event.says);
      },
      heed: ({ context, event }) => {
        if (event.type === 'BUS.RECORD') desks.entering.heed(event.record, context.entries);
      },
      chase,
      mark: ({ event }) => {
        if (event.type !== 'POSITION.MARKED') return;
        desks.book.mark(event.positions);
        desks.stops.tend();
      },
      tend: () => desks.stops.tend(),
      compare: () => void run('comparing with the broker', compare),
    },
  });
}
