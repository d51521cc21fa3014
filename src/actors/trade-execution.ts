import type { AnyActorRef, AnyStateMachine } from 'xstate';
import type { Evidence, Fill, Intent, Signal } from '../machines/messages.ts';
import {
  OVERDUE_AFTER_MS,
  type TradeExecutionContext,
  type TradeExecutionEvent,
  tradeExecution,
} from '../machines/trade-execution.ts';
import { minus } from '../ports/money.ts';
import { type Bookkeeper, bookkeeper } from './bookkeeper.ts';
import { type Habitat, lifeEffects, says } from './effects.ts';
import { type OrderRouter, orderRouter, type RouterOffice } from './order-router.ts';
import { entryId, type Order } from './orders.ts';
import { positionsFileMode } from './positions-file.ts';
import { inWords } from './reconciliation.ts';
import { stateChange } from './records.ts';
import { sizingRules } from './settings.ts';
import { sizeEntry } from './sizing.ts';
import { type TradeDesk, tradeDesk } from './trade-desk.ts';
import { emptyHistory, intentIn, type TradeHistory, tradeHistory } from './trade-history.ts';

/** An entry is not made on an older signal, and an intent that did not get into the log by then is given up, ms. */
export const TOO_OLD_MS = 600_000;
type Args = { readonly context: TradeExecutionContext; readonly event: TradeExecutionEvent };

/** `tradeExecution` at work: intents, orders, fills, and the comparison with the exchange. */
export function tradeExecutionActor(habitat: Habitat): AnyStateMachine {
  const { world, mail, settings } = habitat;
  const { clock, broker, log, pending } = world;
  let history: TradeHistory = emptyHistory();
  let trade: TradeDesk = tradeDesk(habitat, history);
  let books: Bookkeeper = bookkeeper(habitat, history, trade);
  let self: AnyActorRef | null = null;
  let stopListening: () => void = () => undefined;
  let unknownBefore = 0;
  let recovered = false;
  /** Counts how often we woke: what was asked before a sleep is answered with what was before it. */
  let wakings = 0;
  const entering = new Set<string>();
  const underWay = new Set<Promise<void>>();

  /** The effects of an incarnation that has ended are void. */
  const alive = (): boolean => self?.getSnapshot().status === 'active';
  const run = (what: string, work: () => Promise<void>): void => {
    const running = pending
      .track(work())
      .catch((error: unknown) => log.error(`tradeExecution: ${what} failed: ${says(error)}; it is tried again`))
      .finally(() => underWay.delete(running));
    underWay.add(running);
  };

  const reconciled = (ok: boolean, words: string): void =>
    mail.post('safetyLayer', { type: 'RECONCILED', ok, at: clock.now(), says: words });

  const tell = (what: string): void => {
    const orders = history.desk.figures();
    self?.send({ type: 'ORDERS', orders, what });
    // No entries on books that an unknown order may have changed; and when all are known, the books are compared.
    if (orders.unknown > 0 && unknownBefore === 0) reconciled(false, `the fate of ${orders.unknown} orders is unknown`);
    if (orders.unknown === 0 && unknownBefore > 0) self?.send({ type: 'RECONCILE' });
    unknownBefore = orders.unknown;
  };

  const take = (fill: Fill): void => {
    if (trade.take(fill)) {
      tell(`filled ${fill.qty} ${fill.symbol} at ${fill.price} (${fill.clientOrderId})`);
      return;
    }
    books.foreign(fill);
    log.warn(`a fill that no order of ours explains: ${fill.clientOrderId}, ${fill.side} ${fill.qty} ${fill.symbol}`);
    self?.send({ type: 'RECONCILE' });
  };

  const office: RouterOffice = { alive, run, take, tell, doubt: () => self?.send({ type: 'RECONCILE' }) };
  let router: OrderRouter = orderRouter(world, history, trade, office);

  /** An approved signal becomes an intent. The order leaves when the intent is in the log. */
  const begin = async (signal: Signal): Promise<void> => {
    const { signalId, symbol, strategy, direction } = signal;
    const known = history.trades.get(signalId);
    if (entering.has(signalId) || known?.entry) return;
    if (clock.now() - signal.at > TOO_OLD_MS) return trade.giveUp(signalId, 'the signal is too old for an entry');
    entering.add(signalId);
    try {
      const equityUsd = await equity();
      if (!alive()) return;
      if (equityUsd === null) return trade.giveUp(signalId, 'the equity could not be asked for');
      const instrument = broker.instrument(symbol);
      const bound = history.book.open().reduce((sum, position) => sum + position.marginUsd, 0);
      const rules = sizingRules(settings);
      const freeMarginUsd = minus(equityUsd, bound);
      const size = sizeEntry({ direction, price: signal.price, equityUsd, freeMarginUsd, instrument, rules });
      if ('refused' in size) return trade.giveUp(signalId, size.refused);
      const intent: Intent = {
        clientOrderId: entryId(signalId),
        signalId,
        symbol,
        side: direction === 'LONG' ? 'BUY' : 'SELL',
        purpose: 'entry',
        qty: size.qty,
        leverage: size.leverage,
        reduceOnly: false,
        gate: null,
        stopPrice: null,
        at: clock.now(),
      };
      const order = history.desk.add(intent, 'writing', intent.at);
      history.trades.set(signalId, { strategy, symbol, direction, state: 'executing', entry: order });
      trade.transition(signalId, 'executing', `${intent.side} ${intent.qty} ${symbol}`, { intent });
      trade.intent(order, 'open');
      tell(`writing the intent ${intent.clientOrderId}`);
    } finally {
      entering.delete(signalId);
    }
  };

  const equity = async (): Promise<number | null> => {
    try {
      return await pending.track(broker.equityUsd());
    } catch (error) {
      log.warn(`the equity could not be asked for: ${says(error)}`);
      return null;
    }
  };

  /** The intent of an entry is in the log. */
  const heed = ({ context, event }: Args): void => {
    if (event.type !== 'BUS.RECORD' || event.record.new_state !== 'executing') return;
    const parsed = stateChange.safeParse(event.record);
    if (!parsed.success) return;
    const { signal_id: signalId } = parsed.data;
    const known = history.trades.get(signalId);
    const intent = intentIn(parsed.data, known);
    const order = history.desk.get(intent.clientOrderId);
    if (!order) {
      // Somebody before us wrote it: whether it left is for the exchange to say.
      const adopted = history.desk.add(intent, 'unknown', clock.now());
      if (known) Object.assign(known, { state: 'executing', entry: adopted });
      tell(`found the intent ${intent.clientOrderId}`);
    } else if (order.phase === 'writing') {
      const stale = clock.now() - intent.at > TOO_OLD_MS;
      if (context.entries.open && !stale) router.send(order);
      else forgo(order, stale ? 'its intent was written too late' : `entries are closed: ${context.entries.why}`);
    }
  };

  /** An order that has not left never will. */
  const forgo = (order: Order, reason: string): void => {
    trade.ended(order, 'cancelled', reason);
    tell(`${order.intent.clientOrderId}: ${reason}`);
  };

  /** Exits wait for nothing: not for the log, not for the kill switch, not for the books. */
  const leave = ({ event }: Args): void => {
    if (event.type !== 'EXIT') return;
    const { signalId, gate, reason } = event;
    const { book, desk } = history;
    const position = book.get(signalId);
    if (!position) {
      trade.exitEnded(signalId, gate, 'no-position', `no position of ${signalId} is held`);
      return;
    }
    if (desk.liveOf(signalId, 'exit')) return;
    const intent: Intent = {
      clientOrderId: desk.nextExitId(signalId),
      signalId,
      symbol: position.symbol,
      side: position.direction === 'LONG' ? 'SELL' : 'BUY',
      purpose: 'exit',
      qty: Math.min(event.qty, position.qty),
      leverage: position.leverage,
      reduceOnly: true,
      gate,
      stopPrice: null,
      at: clock.now(),
    };
    const order = desk.add(intent, 'writing', intent.at);
    writeIntent(intent, reason);
    router.send(order);
  };

  const leaveAll = ({ context, event }: Args): void => {
    if (event.type !== 'FLATTEN') return;
    const { reason } = event;
    const entries = history.desk
      .live()
      .filter(({ phase, intent }) => intent.purpose === 'entry' && phase !== 'writing');
    for (const { intent } of entries)
      run(`cancelling ${intent.clientOrderId}`, () => pending.track(broker.cancel(intent)));
    for (const { signalId, qty, entryPrice: price } of history.book.open())
      leave({ context, event: { type: 'EXIT', signalId, gate: 'closed', qty, reason, price } });
  };

  const writeIntent = (intent: Intent, reason: string): void =>
    mail.post('signalBus', {
      type: 'APPEND',
      record: { event_type: 'order_intent', signal_id: intent.signalId, reason, intent },
    });

  /** An exit may have left although its intent never reached the log: it has the name that would be its turn. */
  const findLostExits = async (): Promise<void> => {
    for (const { signalId, symbol, direction, qty, leverage } of history.book.open()) {
      if (history.desk.liveOf(signalId, 'exit')) continue;
      const clientOrderId = history.desk.nextExitId(signalId);
      const fate = await pending.track(broker.fate({ clientOrderId, symbol, purpose: 'exit' }));
      if (!alive()) return;
      if (fate.status === 'never-received') continue;
      const side = direction === 'LONG' ? 'SELL' : 'BUY';
      const at = clock.now();
      const terms = { symbol, side, qty, leverage, reduceOnly: true, gate: 'closed', stopPrice: null, at } as const;
      const intent: Intent = { clientOrderId, signalId, purpose: 'exit', ...terms };
      log.warn(`found an exit that is not in the log: ${clientOrderId}`);
      const order = history.desk.add(intent, 'unknown', at);
      writeIntent(intent, 'found at the exchange');
      router.learn(order, fate);
    }
  };

  const recover = async (): Promise<void> => {
    for (const signalId of [...history.trades.keys()]) trade.advance(signalId);
    await findLostExits();
    recovered = true;
  };

  const compare = async (): Promise<void> => {
    const asked = wakings;
    const isOfNow = (): boolean => alive() && asked === wakings;
    try {
      await router.ask(history.desk.live().filter(({ phase }) => phase === 'unknown'));
      if (!recovered) await recover();
      tell('asked after every order without an answer');
      const found = (await books.compare()).map(inWords);
      if (!isOfNow()) return;
      self?.send({ type: 'COMPARED', at: clock.now(), differences: found });
      const { unknown } = history.desk.figures();
      const open = unknown > 0 ? [...found, `the fate of ${unknown} orders is unknown`] : found;
      reconciled(open.length === 0, open.length === 0 ? 'the broker holds what the log says' : open.join('; '));
    } catch (error) {
      if (!isOfNow()) return;
      self?.send({ type: 'UNASKED', at: clock.now(), error: says(error) });
      reconciled(false, `the broker could not be asked: ${says(error)}`);
    }
  };

  const chase = (): void => {
    const now = clock.now();
    const late: Order[] = [];
    for (const order of history.desk.live()) {
      const { phase, intent } = order;
      if (phase === 'writing' && now - intent.at > TOO_OLD_MS) forgo(order, 'its intent did not get into the log');
      else if (phase === 'unknown' || (phase !== 'writing' && now - order.sentAt >= OVERDUE_AFTER_MS)) late.push(order);
    }
    if (late.length > 0) run('asking after orders', () => router.ask(late));
  };

  const reconcile = async (): Promise<Evidence> => {
    await router.ask(history.desk.live().filter(({ phase }) => phase !== 'writing'));
    const { unknown } = history.desk.figures();
    if (unknown > 0) throw new Error(`the fate of ${unknown} orders is still unknown; nothing was booked on a guess`);
    const evidence = await books.mend();
    self?.send({ type: 'COMPARED', at: clock.now(), differences: [] });
    reconciled(true, evidence.says);
    tell(evidence.says);
    return evidence;
  };

  const open = async (ref: AnyActorRef): Promise<void> => {
    self = ref;
    // Fills that come while the log is read are booked after it.
    const early: Fill[] = [];
    let ready = false;
    stopListening = broker.onFill((fill) => {
      if (!alive()) stopListening();
      else if (ready) take(fill);
      else early.push(fill);
    });
    history = await tradeHistory(habitat.history);
    trade = tradeDesk(habitat, history);
    books = bookkeeper(habitat, history, trade);
    router = orderRouter(world, history, trade, office);
    ready = true;
    for (const fill of early) take(fill);
    for (const order of history.desk.live()) trade.intent(order, 'unknown');
  };

  const life = lifeEffects('tradeExecution', habitat, {
    open,
    files: [positionsFileMode(world)],
    repair: (target) =>
      target === 'reconcile'
        ? reconcile()
        : Promise.reject(new Error(`tradeExecution has no ${target} to repair; it can reconcile`)),
    close: async () => {
      while (underWay.size > 0) await Promise.allSettled(underWay);
      stopListening();
    },
  });
  return tradeExecution.provide({
    actors: life.actors,
    actions: {
      ...life.actions,
      enter: ({ event }) => {
        if (event.type === 'EXECUTE') run(`entering ${event.signal.signalId}`, () => begin(event.signal));
      },
      turnAway: ({ context, event }) => {
        if (event.type === 'EXECUTE') trade.giveUp(event.signal.signalId, `entries are closed: ${context.entries.why}`);
      },
      leave,
      leaveAll,
      heed,
      chase,
      forgetAnswers: () => {
        wakings++;
      },
      compare: () => run('comparing with the broker', compare),
    },
  });
}
