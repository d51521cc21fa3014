import { describe, expect, it } from 'vitest';
import { COUNTDOWN_MS } from '../../../src/adapters/ccxt/countdown.ts';
import { deadMan } from '../../../src/adapters/ccxt/dead-man.ts';
import { shouldArm } from '../../../src/adapters/ccxt/dead-man-rule.ts';
import { VirtualClock } from '../../../src/adapters/virtual-clock.ts';
import type { Fill, Intent } from '../../../src/machines/messages.ts';
import { type Broker, type BrokerPosition, OrderRejected, type RestingOrder } from '../../../src/ports/broker.ts';
import { fc } from '../../fast-check.ts';

const SYMBOL = 'BTCUSDT';
const intent = (purpose: Intent['purpose'], clientOrderId: string): Intent => ({
  clientOrderId,
  signalId: 's',
  symbol: SYMBOL,
  side: purpose === 'entry' ? 'BUY' : 'SELL',
  purpose,
  qty: 1,
  leverage: 1,
  reduceOnly: purpose !== 'entry',
  gate: null,
  stopPrice: purpose === 'stop' ? 90 : null,
  at: 0,
});
const resting = (purpose: Intent['purpose'], clientOrderId: string): RestingOrder => ({
  clientOrderId,
  symbol: SYMBOL,
  purpose,
  orderId: '1',
  side: 'BUY',
  qty: 1,
  reduceOnly: purpose !== 'entry',
  stopPrice: null,
});

/** An exchange in few words: what it holds is what the test says, and its countdown cancels everything. */
function laboratory() {
  const clock = new VirtualClock(0);
  const book = { held: [] as BrokerPosition[], resting: [] as RestingOrder[], fills: new Set<(fill: Fill) => void>() };
  const asked: string[] = [];
  const fired: RestingOrder[][] = [];
  const said: string[] = [];
  const faults = { set: false, submit: null as Error | null };
  let timer = 0;
  const broker: Broker = {
    instrument: () => {
      throw new Error('nobody asks');
    },
    submit: async ({ clientOrderId, purpose }) => {
      if (faults.submit) throw faults.submit;
      asked.push(`${purpose} ${clientOrderId}`);
      if (purpose !== 'exit') book.resting.push(resting(purpose, clientOrderId));
      return { orderId: '1' };
    },
    fate: async ({ clientOrderId }) => ({
      status: book.resting.some((one) => one.clientOrderId === clientOrderId) ? 'open' : 'cancelled',
      fills: [],
    }),
    cancel: async () => undefined,
    resting: async () => [...book.resting],
    fillsSince: async () => [],
    fundingSince: async () => [],
    onFunding: () => () => undefined,
    positions: async () => [...book.held],
    equityUsd: async () => 1,
    onFill: (listener) => {
      book.fills.add(listener);
      return () => book.fills.delete(listener);
    },
    onEnded: () => () => undefined,
    onDoubt: () => () => undefined,
  };
  const log = { info: () => undefined, warn: (line: string) => void said.push(line), error: () => undefined };
  const set = async (symbol: string, ms: number): Promise<void> => {
    asked.push(`countdown ${ms}`);
    if (faults.set) throw new Error(`${symbol}: no answer`);
    clock.clearTimeout(timer);
    if (ms > 0) timer = clock.setTimeout(() => fired.push(book.resting.splice(0)), ms);
  };
  const guard = deadMan({ broker, symbols: [SYMBOL], set, clock, log });
  const look = async (): Promise<void> => {
    await guard.broker.positions();
    await guard.broker.resting();
  };
  return {
    clock,
    book,
    asked,
    fired,
    said,
    faults,
    guard,
    look,
    /** A second at a time: what is answered is answered before the next. */
    pass: async (ms: number): Promise<void> => {
      for (let left = ms; left > 0; left -= 1_000) {
        await clock.advanceAsync(Math.min(left, 1_000), () => null);
        for (let turns = 0; turns < 8; turns++) await Promise.resolve();
      }
    },
    fill: (clientOrderId: string, complete = true): void => {
      const left = book.resting.filter((one) => one.clientOrderId !== clientOrderId);
      if (complete) book.resting.splice(0, book.resting.length, ...left);
      book.held = [{ symbol: SYMBOL, qty: 1, entryPrice: 100, liquidationPrice: null, markPrice: null }];
      const fill = {
        clientOrderId,
        symbol: SYMBOL,
        side: 'BUY',
        qty: 1,
        price: 100,
        feeUsd: 0,
        complete,
        at: 0,
      } as const;
      for (const tell of book.fills) tell({ ...fill, fillId: '1', orderId: '1' });
    },
  };
}
const begun = async () => {
  const t = laboratory();
  await t.guard.begin();
  await t.look();
  return t;
};

describe('the rule of the dead-man switch', () => {
  it('never arms where there is a position that may be held, or anything that could protect one', () => {
    fc.assert(
      fc.property(
        fc.record({
          entries: fc.nat(5),
          position: fc.constantFrom('none' as const, 'held' as const, 'unknown' as const),
          protections: fc.nat(5),
        }),
        (book) => {
          if (!shouldArm(book)) return;
          expect(book).toMatchObject({ position: 'none', protections: 0 });
          expect(book.entries).toBeGreaterThan(0);
        },
      ),
    );
    expect(shouldArm({ entries: 1, position: 'none', protections: 0 })).toBe(true);
  });
});

describe('the dead-man switch', () => {
  it('stops, first of all, what an earlier life may have armed', async () => {
    const t = await begun();
    expect(t.asked).toEqual(['countdown 0']);
  });

  it('costs an entry that fills at once nothing', async () => {
    const t = await begun();
    await t.guard.broker.submit(intent('entry', 'e-1'));
    t.fill('e-1');
    await t.pass(600_000);
    expect(t.asked).toEqual(['countdown 0', 'entry e-1']);
  });

  it('is armed while an entry rests, renewed every half minute, and cancels it two minutes after the bot died', async () => {
    const t = await begun();
    await t.guard.broker.submit(intent('entry', 'e-1'));
    await t.pass(3_000);
    expect(t.asked).toEqual(['countdown 0', 'entry e-1', `countdown ${COUNTDOWN_MS}`]);
    await t.pass(300_000);
    expect(t.fired).toEqual([]);
    expect(t.asked.filter((what) => what === `countdown ${COUNTDOWN_MS}`)).toHaveLength(11);
    t.guard.close();
    await t.pass(COUNTDOWN_MS - 31_000);
    expect(t.fired).toEqual([]);
    await t.pass(32_000);
    expect(t.fired.map((orders) => orders.map(({ clientOrderId }) => clientOrderId))).toEqual([['e-1']]);
  });

  it('is off before a stop is placed', async () => {
    const t = await begun();
    await t.guard.broker.submit(intent('entry', 'e-1'));
    await t.pass(3_000);
    t.fill('e-1', false);
    await t.guard.broker.submit(intent('stop', 's-1'));
    expect(t.asked.slice(-2)).toEqual(['countdown 0', 'stop s-1']);
    await t.look();
    await t.pass(600_000);
    expect(t.fired).toEqual([]);
  });

  it('keeps no stop waiting: an exchange that does not stop the countdown is asked again, and the doubt is told', async () => {
    const t = await begun();
    await t.guard.broker.submit(intent('entry', 'e-1'));
    await t.pass(3_000);
    const doubts: string[] = [];
    t.guard.broker.onDoubt((why) => doubts.push(why));
    t.faults.set = true;
    const placed = t.guard.broker.submit(intent('stop', 's-1'));
    await t.pass(1_000);
    await placed;
    expect(t.asked.at(-1)).not.toBe(undefined);
    expect(t.asked).toContain('stop s-1');
    await t.pass(60_000);
    expect(t.asked.filter((what) => what === 'countdown 0').length).toBeGreaterThan(10);
    await t.pass(90_000);
    expect(doubts).toEqual([expect.stringContaining('orders may be gone')]);
  });

  it('is never armed for an entry that was refused, nor while it is not known what is held', async () => {
    const t = await begun();
    t.faults.submit = new OrderRejected('e-1', 'margin');
    await expect(t.guard.broker.submit(intent('entry', 'e-1'))).rejects.toThrow(OrderRejected);
    await t.pass(10_000);
    expect(t.asked).toEqual(['countdown 0']);

    const blind = laboratory();
    await blind.guard.begin();
    await blind.guard.broker.submit(intent('entry', 'e-1'));
    await blind.pass(10_000);
    expect(blind.asked).toEqual(['countdown 0', 'entry e-1']);
  });

  it('is armed for an entry whose answer was lost', async () => {
    const t = await begun();
    t.faults.submit = new Error('timeout');
    await expect(t.guard.broker.submit(intent('entry', 'e-1'))).rejects.toThrow('timeout');
    await t.pass(3_000);
    expect(t.asked.at(-1)).toBe(`countdown ${COUNTDOWN_MS}`);
    // The exchange has proven that it is not there.
    t.faults.submit = null;
    await t.guard.broker.fate(intent('entry', 'e-1'));
    await t.pass(10);
    expect(t.asked.at(-1)).toBe('countdown 0');
  });

  it('takes away no stop in any order of events', async () => {
    type Step = 'entry' | 'fill' | 'part' | 'stop' | 'look' | 'wait' | 'lose' | 'find';
    const step = fc.constantFrom<Step>('entry', 'fill', 'part', 'stop', 'look', 'wait', 'lose', 'find');
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const t = await begun();
        let n = 0;
        for (const what of steps) {
          const entry = t.book.resting.find(({ purpose }) => purpose === 'entry');
          if (what === 'entry') await t.guard.broker.submit(intent('entry', `e-${++n}`));
          if ((what === 'fill' || what === 'part') && entry) t.fill(entry.clientOrderId, what === 'fill');
          if (what === 'stop' && t.book.held.length > 0) {
            const placed = t.guard.broker.submit(intent('stop', `s-${++n}`));
            await t.pass(1_000);
            await placed;
          }
          if (what === 'look') await t.look();
          if (what === 'wait') await t.pass(45_000);
          if (what === 'lose') t.faults.set = true;
          if (what === 'find') t.faults.set = false;
        }
        t.faults.set = false;
        await t.pass(10_000);
        t.guard.close();
        const lostBefore = t.fired.flat().filter(({ purpose }) => purpose === 'stop').length;
        await t.pass(600_000);
        // Once the exchange hears us again no stop is in danger, and not after our death either.
        expect(t.fired.flat().filter(({ purpose }) => purpose === 'stop')).toHaveLength(lostBefore);
      }),
      { numRuns: 100 },
    );
  });
});
