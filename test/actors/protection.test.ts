import { describe, expect, it } from 'vitest';
import { stopId } from '../../src/actors/order-ids.ts';
import type { Order, OrderPhase } from '../../src/actors/orders.ts';
import { KEPT_AT_MOST, MOVED_BY, planStops, wantedStop } from '../../src/actors/protection.ts';
import type { Intent } from '../../src/machines/messages.ts';
import { instrument, position, short } from './samples.ts';

const TICK = instrument({ tick: 0.1 });
const DISTANCE = { beyondStop: 0.002, liquidationBuffer: 0.05 };
let n = 0;
const stop = (qty: number, stopPrice: number | null, phase: OrderPhase = 'awaiting', filledQty = 0): Order => {
  const { signalId, symbol } = position();
  const intent: Intent = {
    clientOrderId: stopId(signalId, ++n),
    signalId,
    symbol,
    side: 'SELL',
    purpose: 'stop',
    qty,
    leverage: 3,
    reduceOnly: true,
    gate: 'stop',
    stopPrice,
    at: 0,
  };
  return {
    intent,
    phase,
    meantAfter: 0,
    sentAt: 0,
    since: 0,
    accepted: phase === 'awaiting',
    missedAt: null,
    filledQty,
    asking: false,
    cancelledAt: null,
    saidToEndAt: null,
  };
};

describe('the stop that should rest', () => {
  it('is beyond our own, and on the tick that makes it go off earlier', () => {
    expect(wantedStop(position({ stopPrice: 98_500 }), TICK, DISTANCE)).toEqual({ qty: 0.03, stopPrice: 98_303 });
    expect(wantedStop(position({ stopPrice: 98_500.1 }), TICK, DISTANCE).stopPrice).toBe(98_303.1);
    expect(wantedStop(short({ stopPrice: 101_500 }), TICK, DISTANCE).stopPrice).toBe(101_703);
    expect(wantedStop(short({ stopPrice: 101_500.1 }), TICK, DISTANCE).stopPrice).toBe(101_703.1);
    expect(wantedStop(short({ stopPrice: 101_500.1 }), instrument({ tick: 5 }), DISTANCE).stopPrice).toBe(101_700);
    expect(wantedStop(position({ stopPrice: 98_500 }), instrument({ tick: 5 }), DISTANCE).stopPrice).toBe(98_305);
  });

  it('is never beyond the price at which the exchange would liquidate', () => {
    const high = position({ stopPrice: 98_500, liquidationPrice: 98_400 });
    expect(wantedStop(high, TICK, DISTANCE).stopPrice).toBe(98_480);
    const low = short({ stopPrice: 101_500, liquidationPrice: 101_600 });
    expect(wantedStop(low, TICK, DISTANCE).stopPrice).toBe(101_520);
  });
});

describe('the plan', () => {
  const held = position({ qty: 0.03 });
  const wanted = wantedStop(held, TICK, DISTANCE);
  const at = wanted.stopPrice;
  const plan = (...stops: Order[]) => planStops(held, stops, wanted, 0);

  it('places one where none is', () => {
    expect(plan()).toMatchObject({ covered: false, place: wanted, onItsWay: false, cancel: [] });
  });

  it('leaves one alone that will do, also one that is nearer to the price', () => {
    expect(plan(stop(0.03, at))).toMatchObject({ covered: true, place: null, cancel: [] });
    expect(plan(stop(0.03, at * 1.01))).toMatchObject({ covered: true, place: null, cancel: [] });
  });

  it('moves it only when it lags by a thousandth', () => {
    expect(plan(stop(0.03, at * (1 - MOVED_BY * 0.9))).place).toBeNull();
    expect(plan(stop(0.03, at * (1 - MOVED_BY * 1.1))).place).toEqual(wanted);
  });

  it('cancels the one before only when the better one rests', () => {
    const before = stop(0.03, at * 0.99);
    expect(plan(before)).toMatchObject({ covered: true, place: wanted, cancel: [] });
    expect(plan(before, stop(0.03, at, 'sending'))).toMatchObject({
      covered: true,
      place: null,
      onItsWay: true,
      cancel: [],
    });
    expect(plan(before, stop(0.03, at, 'unknown'))).toMatchObject({ place: null, onItsWay: true, cancel: [] });
    expect(plan(before, stop(0.03, at))).toMatchObject({ covered: true, place: null, cancel: [before] });
  });

  it('replaces one of another size, and does not take what is not known to rest for cover', () => {
    expect(plan(stop(0.02, at))).toMatchObject({ covered: false, place: wanted });
    expect(plan(stop(0.04, at))).toMatchObject({ covered: true, place: wanted });
    expect(plan(stop(0.03, at, 'unknown'))).toMatchObject({ covered: false, onItsWay: true });
    expect(plan(stop(0.03, null))).toMatchObject({ covered: true, place: wanted });
  });

  it('does not replace a stop that is going off', () => {
    expect(plan(stop(0.05, at, 'awaiting', 0.02))).toMatchObject({ covered: true, place: null, cancel: [] });
  });

  it('leaves those of before behind what an entry may have filled without our knowing it', () => {
    const filling = (coming: number, ...stops: Order[]) => planStops(held, stops, wanted, coming).cancel;
    const [first, second, better] = [stop(0.01, at * 0.98), stop(0.02, at * 0.99), stop(0.03, at)];
    expect(filling(0.02, first, second, better)).toEqual([first]);
    expect(filling(0.03, first, second, better)).toEqual([]);
    expect(filling(0, first, second, better)).toEqual([first, second]);
    // Without a better one none is taken back, and of very many parts not all are kept.
    expect(filling(0.02, first, second)).toEqual([]);
    const many = Array.from({ length: KEPT_AT_MOST + 2 }, () => stop(0.001, at));
    expect(filling(1, ...many, better)).toHaveLength(2);
  });
});
