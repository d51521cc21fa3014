/**
 * What fills and ends of orders come to: a changed position, a record in the log, and the next step in the signal's life.
 * Everything here happens at once; nothing is waited for.
 */
import type { ActorId, ExitGate, Fill, Intent, Position, SignalState } from '../machines/messages.ts';
import type { World } from '../ports/world.ts';
import type { Habitat } from './effects.ts';
import { LIQUIDATION } from './order-ids.ts';
import type { Order } from './orders.ts';
import { feeElsewhere } from './position-book.ts';
import { ADOPTED, type Owner, type PositionStep, piecesOf, stepIn, stepOut } from './position-steps.ts';
import type { Trade, TradeHistory } from './trade-history.ts';

const ACTOR: ActorId = 'tradeExecution';

export type ExitOutcome = 'filled' | 'cancelled' | 'rejected' | 'never-received' | 'no-position';

export interface TradeDesk {
  /** Books a fill, once. False when it belongs to no order of ours. */
  take(fill: Fill): boolean;
  /** Books what a comparison with the exchange found, and what no fill of ours explains. */
  adjust(position: Position | null, fill: Fill, owner: Owner, gate: ExitGate | null, price: number | null): void;
  /** It is certain that nothing more of this order will fill. */
  ended(order: Order, outcome: ExitOutcome, reason: string): void;
  /** An entry that will not be. */
  giveUp(signalId: string, reason: string): void;
  /** Lets a signal's state follow its order and position. */
  advance(signalId: string): void;
  transition(signalId: string, to: SignalState, reason: string, metadata: object): void;
  /** Tells the signal's keeper what is known of its order. */
  intent(order: Order, fate: 'open' | 'unknown' | 'closed'): void;
  exitEnded(signalId: string, gate: ExitGate | null, outcome: ExitOutcome, reason: string): void;
}

interface BookedStep {
  readonly step: PositionStep;
  readonly fill: Fill;
  readonly gate: ExitGate | null;
}

export const directionOf = ({ side }: Pick<Intent, 'side'>) => (side === 'BUY' ? 'LONG' : 'SHORT');

export function tradeDesk(
  { world, mail, settings, history: past }: Pick<Habitat, 'world' | 'mail' | 'settings' | 'history'>,
  { book, desk, trades }: TradeHistory,
): TradeDesk {
  const transition: TradeDesk['transition'] = (signalId, to, reason, metadata) =>
    mail.post('stateMachine', { type: 'TRANSITION', signalId, to, reason, metadata, by: ACTOR });

  const intent: TradeDesk['intent'] = ({ intent: { purpose, signalId } }, fate) => {
    if (purpose === 'entry') mail.post('stateMachine', { type: 'INTENT', signalId, fate, open: fate !== 'closed' });
  };

  const exitEnded: TradeDesk['exitEnded'] = (signalId, gate, outcome, reason) =>
    mail.post('exitGates', { type: 'EXIT.ENDED', signalId, gate, outcome, reason });

  const publish = ({ change, position, closed }: PositionStep, fill: Fill, gate: ExitGate | null): void => {
    const booking = { change, fillId: fill.fillId, position, gate, at: fill.at, ...feeElsewhere(fill) };
    book.take(booking);
    past.unlogged.set(fill.fillId, { booking: { ...booking, fill } });
    mail.post('signalBus', {
      type: 'APPEND',
      record: {
        event_type: 'position_change',
        signal_id: position.signalId,
        change,
        fill_id: fill.fillId,
        fill,
        gate,
        position,
        closed,
      },
    });
    for (const to of ['safetyLayer', 'exitGates'] as const)
      mail.post(to, { type: 'POSITION.CHANGED', change, position, closed, fill, gate });
    say(world, change, position, fill, closed?.netPnlUsd ?? null);
  };

  const ownerOf = ({ signalId, leverage, ...rest }: Intent): Owner => ({
    signalId,
    strategy: trades.get(signalId)?.strategy ?? 'unknown',
    direction: directionOf(rest),
    leverage,
  });

  const entered = (before: Position | null, fill: Fill, owner: Owner): PositionStep =>
    stepIn(before, fill, owner, world.broker.instrument(fill.symbol), settings.exits.stopFraction);

  /** What is found at a loss that is beyond its stop has it measured from the price now: it is taken under care, not closed. */
  const found = (before: Position | null, fill: Fill, owner: Owner, price: number | null): PositionStep => {
    const step = entered(before, fill, owner);
    if (before !== null || price === null) return step;
    const { stopPrice } = entered(null, { ...fill, price }, owner).position;
    const further = owner.direction === 'LONG' ? Math.min : Math.max;
    return { ...step, position: { ...step.position, stopPrice: further(step.position.stopPrice, stopPrice) } };
  };

  /** What a fill of ours comes to: one change, or several where it closes a position that stands against it. */
  const stepsFor = (fill: Fill, order: Order | undefined): readonly BookedStep[] => {
    if (order?.intent.purpose === 'entry') {
      const { intent } = order;
      return piecesOf(fill, book.open()).map(({ fill: piece, closes }) =>
        closes
          ? { step: stepOut(closes, piece, 'closed'), fill: piece, gate: 'closed' }
          : { step: entered(book.get(intent.signalId), piece, ownerOf(intent)), fill: piece, gate: null },
      );
    }
    const forced = fill.clientOrderId.startsWith(LIQUIDATION);
    const before = order ? book.get(order.intent.signalId) : forced ? book.on(fill.symbol) : null;
    const gate = order?.intent.gate ?? (forced ? 'liquidation' : 'closed');
    return before === null ? [] : [{ step: stepOut(before, fill, gate), fill, gate }];
  };

  const advance = (signalId: string): void => {
    const trade = trades.get(signalId);
    if (!trade || trade.state === 'idea') return;
    const entered = trade.entry === null || trade.entry.phase === 'done';
    if (trade.state === 'executing' && entered) execute(signalId, trade);
    if (trade.state === 'executed' && book.get(signalId) === null) learn(signalId);
  };

  const execute = (signalId: string, trade: Trade): void => {
    if (!trade.entry || trade.entry.filledQty === 0) return;
    trade.state = 'executed';
    const { clientOrderId, leverage } = trade.entry.intent;
    const position = book.get(signalId);
    transition(signalId, 'executed', 'the entry was filled', {
      client_order_id: clientOrderId,
      entry_price: position?.entryPrice ?? null,
      qty: position?.initialQty ?? null,
      leverage,
    });
  };

  const learn = (signalId: string): void => {
    trades.delete(signalId);
    desk.forget(signalId);
    const last = book.closed.findLast((position) => position.signalId === signalId);
    transition(signalId, 'learned', `the position was closed: ${last?.closeReason ?? 'unknown'}`, {
      exit: last
        ? {
            gate: last.closeReason,
            exit_price: last.exitPrice,
            gross_pnl_usd: last.grossPnlUsd,
            net_pnl_usd: last.netPnlUsd,
            roi_pct: last.roiPct,
          }
        : null,
    });
  };

  const giveUp = (signalId: string, reason: string): void => {
    trades.delete(signalId);
    mail.post('stateMachine', { type: 'INTENT', signalId, fate: 'closed', open: false });
    transition(signalId, 'expired', reason, {});
    mail.post('safetyLayer', { type: 'RELEASE', signalId });
  };

  const ended: TradeDesk['ended'] = (order, outcome, reason) => {
    const { purpose, signalId, gate } = order.intent;
    desk.end(order);
    if (purpose === 'exit') exitEnded(signalId, gate, outcome, reason);
    else if (purpose === 'stop' || order.filledQty > 0) advance(signalId);
    else giveUp(signalId, reason);
  };

  return {
    take: (fill) => {
      if (book.knows(fill.fillId)) return true;
      const order = desk.get(fill.clientOrderId);
      const counted = book.hasCounted(fill, order);
      const steps = counted ? [] : stepsFor(fill, order);
      if (!counted && steps.length === 0) return false;
      desk.filled(fill);
      for (const booked of steps) publish(booked.step, booked.fill, booked.gate);
      if (counted)
        world.log.warn(`fill ${fill.fillId} of ${fill.symbol} was counted already when the books were set right`);
      if (order?.intent.purpose === 'exit' && order.phase === 'done')
        exitEnded(order.intent.signalId, order.intent.gate, 'filled', 'filled');
      for (const { step } of steps) advance(step.position.signalId);
      if (order) advance(order.intent.signalId);
      return true;
    },
    adjust: (position, fill, owner, gate, price) => {
      const step =
        position !== null && gate !== null ? stepOut(position, fill, gate) : found(position, fill, owner, price);
      publish(step, fill, gate);
      advance(step.position.signalId);
    },
    ended,
    giveUp,
    advance,
    transition,
    intent,
    exitEnded,
  };
}

function say({ log }: World, change: string, position: Position, fill: Fill, netPnlUsd: number | null): void {
  const { direction, symbol, signalId, strategy } = position;
  const result = netPnlUsd === null ? '' : `, net ${netPnlUsd.toFixed(2)} USD`;
  const words = `${change} ${direction} ${symbol}: ${fill.qty} at ${fill.price}${result}`;
  if (strategy === ADOPTED) log.warn(`a position no signal of ours opened: ${words}`, { signal_id: signalId });
  else log.info(words, { signal_id: signalId });
}
