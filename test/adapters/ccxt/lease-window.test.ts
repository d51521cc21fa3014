/** An order is the exchange's to take only while the partition is ours. */
import { describe, expect, test } from 'vitest';
import type { CcxtClient } from '../../../src/adapters/ccxt/client.ts';
import { ExchangeTime } from '../../../src/adapters/ccxt/exchange-time.ts';
import { leaseWindow, NotSent } from '../../../src/adapters/ccxt/lease-window.ts';
import { VirtualClock } from '../../../src/adapters/virtual-clock.ts';
import { OrderRejected, OrderTurnedAway } from '../../../src/ports/broker.ts';
import { BrokerRig, BTC } from './broker-rig.ts';

const ORDER = { method: 'POST', path: '/order' } as const;

/** A lease that is set by hand, and runs out as a real one does. */
function lease(ms: number) {
  let until = performance.now() + ms;
  return {
    remainingMs: () => Math.max(0, until - performance.now()),
    set: (left: number) => {
      until = performance.now() + left;
    },
  };
}
/** Every window that a changing request was signed with, of what reached the exchange. */
function windowsOf(rig: BrokerRig): readonly number[] {
  return rig.exchange.audit.report().received.flatMap(({ recvWindow }) => recvWindow ?? []);
}

describe('a request is bound to the lease', () => {
  test('with the usual window where there is time, with what is left where there is less', async () => {
    const held = lease(60_000);
    await using rig = await BrokerRig.open({ remainingMs: held.remainingMs });
    await rig.broker.submit(rig.intent('k-a-E'));
    held.set(3_000);
    await rig.broker.submit(rig.intent('k-b-E'));
    held.set(4_000);
    await rig.broker.submit(rig.stop('k-b-S', 50_000));
    const [first, second, third] = windowsOf(rig);
    expect(first).toBe(5_000);
    expect(second).toBeLessThanOrEqual(2_750);
    expect(second).toBeGreaterThan(500);
    expect(third).toBeLessThanOrEqual(3_750);
  });

  test('and not sent at all where too little is left: certainly, and to be sent another time', async () => {
    const held = lease(60_000);
    await using rig = await BrokerRig.open({ remainingMs: held.remainingMs });
    await rig.broker.submit(rig.intent('k-a-E'));
    held.set(400);
    const refused = rig.broker.submit(rig.intent('k-b-E'));
    await expect(refused).rejects.toBeInstanceOf(OrderTurnedAway);
    await expect(refused).rejects.toThrow(/a\/0of1 is ours for \d+ ms more, too short .* it was not sent/);
    held.set(0);
    await expect(rig.broker.cancel({ ...rig.intent('k-a-E'), symbol: BTC })).rejects.toThrow(/it was not sent/);
    // What is only read may be read by anybody.
    expect(await rig.broker.positions()).toHaveLength(1);
    const received = rig.exchange.audit.report().received.map(({ clientId }) => clientId);
    expect(received).toEqual(['k-a-E']);
    held.set(60_000);
    await rig.broker.submit(rig.intent('k-b-E'));
    expect(rig.exchange.audit.positions).toEqual({ BTCUSDT: '0.02' });
  });

  test('one that the network keeps until the lease is out is refused by the exchange (-1021), and not signed again', async () => {
    const held = lease(60_000);
    await using rig = await BrokerRig.open({ remainingMs: held.remainingMs });
    await rig.broker.submit(rig.intent('k-a-E'));
    rig.exchange.inject({ kind: 'delay-before', ms: 2_500, on: ORDER });
    held.set(2_000);
    const late = rig.broker.submit(rig.intent('k-b-E'));
    await expect(late).rejects.toBeInstanceOf(OrderRejected);
    expect(rig.exchange.audit.report().refusals[-1021]).toBe(1);
    expect(rig.exchange.audit.positions).toEqual({ BTCUSDT: '0.01' });
  });

  test('the control: without a lease the same order is taken by the exchange, late as it is', async () => {
    await using rig = await BrokerRig.open();
    await rig.broker.submit(rig.intent('k-a-E'));
    rig.exchange.inject({ kind: 'delay-before', ms: 2_500, on: ORDER });
    await rig.broker.submit(rig.intent('k-b-E'));
    expect(rig.exchange.audit.positions).toEqual({ BTCUSDT: '0.02' });
  });

  test('a lease that ends while the order waits for its leverage to be set keeps the order here', async () => {
    const held = lease(60_000);
    await using rig = await BrokerRig.open({ remainingMs: held.remainingMs });
    rig.exchange.inject({ kind: 'delay-after', ms: 1_500, on: { method: 'POST', path: '/leverage' } });
    held.set(1_600);
    await expect(rig.broker.submit(rig.intent('k-a-E'))).rejects.toThrow(/it was not sent/);
    expect(rig.exchange.audit.report().received).toEqual([]);
  });
});

describe('the window', () => {
  test('is shorter by what the clock may be ahead of the exchange’s', async () => {
    const clock = new VirtualClock(1_000_000);
    let monotonic = 0;
    const time = new ExchangeTime(
      clock,
      () => undefined,
      () => monotonic,
    );
    const window = leaseWindow({
      lease: { partition: 'a/0of1', remainingMs: () => 8_000 },
      usualMs: 5_000,
      aheadMs: () => time.aheadMs(),
    });
    // Nobody has measured yet.
    expect(window).toThrow(NotSent);
    await time.measure({ id: 'x', fetchTime: async () => clock.now() } as unknown as CcxtClient);
    expect(window()).toBe(5_000);
    // The machine slept, or its clock was set: what is signed is stamped that much later than the lease counts.
    clock.setTimeout(() => undefined, 4_000);
    await clock.run({ until: () => clock.now() >= 1_004_000, idle: () => null });
    expect(window()).toBe(3_750);
    monotonic = 4_000;
    expect(window()).toBe(5_000);
  });
});
