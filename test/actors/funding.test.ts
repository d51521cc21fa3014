import { afterEach, describe, expect, it } from 'vitest';
import { BusHistory } from '../../src/actors/bus-history.ts';
import { EXITS_FILE } from '../../src/actors/exit-gates.ts';
import { positionHistory } from '../../src/actors/position-history.ts';
import { POSITIONS_FILE } from '../../src/actors/records.ts';
import { tradeHistory } from '../../src/actors/trade-history.ts';
import { constantFunding } from '../../src/adapters/funding-rates.ts';
import type { FundingPayment } from '../../src/machines/messages.ts';
import { minus, plus } from '../../src/ports/money.ts';
import { bar } from './habitat.ts';
import { type TradingBot, tradingBot } from './trading.ts';

/** Often enough to see several in a test. */
const EVERY = 600_000;
const funding = constantFunding(0.001, EVERY);

let bot: TradingBot | null = null;
const begin = async (options: Parameters<typeof tradingBot>[0] = {}): Promise<TradingBot> => {
  bot = await tradingBot({ funding, ...options });
  return bot;
};
afterEach(async () => {
  await bot?.end();
  bot = null;
});
/** Bars of one price, a minute each, until so much time has passed. */
const minutes = async (t: TradingBot, count: number, price = 100_000) => {
  for (let i = 0; i < count; i++) {
    await t.advance(60_000 - (t.clock.now() % 60_000));
    await t.tick([bar('BTCUSDT', price, t.clock.now())]);
  }
  await t.advance(1_000);
};
const filed = async (t: TradingBot) =>
  JSON.parse(new TextDecoder().decode((await t.world.files.read(POSITIONS_FILE)) ?? undefined));
const booked = async (t: TradingBot) =>
  (await t.bus()).flatMap((record) => (record.event_type === 'funding_payment' ? [record] : []));

describe('funding', () => {
  it('is booked on the position that was held, in the log, the file and the result', async () => {
    const t = await begin();
    const { signalId } = await t.enter();
    await minutes(t, 21);
    const payments = await t.broker.fundingSince(0);
    expect(payments).toHaveLength(2);
    const paid = payments.reduce((sum, { amountUsd }) => plus(sum, amountUsd), 0);
    expect(paid).toBeLessThan(0);
    expect((await booked(t)).map(({ payment, signal_id }) => [payment, signal_id])).toEqual(
      payments.map((payment) => [payment, signalId]),
    );
    expect((await t.fold()).open()).toMatchObject([{ signalId, fundingUsd: paid }]);
    expect((await filed(t)).open_positions).toMatchObject([{ signal_id: signalId, funding_fees: -paid }]);
    const [held] = await t.broker.positions();
    expect((await t.fold()).open()[0]?.liquidationPrice).toBeCloseTo(held?.liquidationPrice ?? 0, 3);
    await minutes(t, 1, 98_000);
    await t.advance(2_000);
    const [closed] = (await t.fold()).closed;
    expect(closed?.netPnlUsd).toBe(plus(minus(closed?.grossPnlUsd ?? 0, closed?.feesUsd ?? 0), paid));
    expect((await filed(t)).closed_positions).toMatchObject([{ funding_fees: -paid, net_pnl: closed?.netPnlUsd }]);
    expect(await t.broker.equityUsd()).toBe(plus(10_000, closed?.netPnlUsd ?? 0));
    const [exit] = await t.records(EXITS_FILE);
    expect(exit).toMatchObject({ funding_usd: paid, pnl_usd: closed?.netPnlUsd });
  });

  it('is shared by the exits in the measure they close, to the last digit', async () => {
    const t = await begin();
    await t.enter();
    await minutes(t, 12);
    await minutes(t, 1, 101_100);
    await minutes(t, 8, 101_000);
    await minutes(t, 1, 98_000);
    await t.advance(2_000);
    const exits = await t.records(EXITS_FILE);
    expect(exits.map(({ exit_type }) => exit_type)).toEqual(['tp1', 'stop']);
    const [closed] = (await t.fold()).closed;
    expect(closed?.fundingUsd).toBeLessThan(0);
    const sum = (field: 'funding_usd' | 'pnl_usd') => exits.reduce((total, one) => plus(total, Number(one[field])), 0);
    expect(sum('funding_usd')).toBe(closed?.fundingUsd);
    expect(sum('pnl_usd')).toBe(closed?.netPnlUsd);
  });

  it('is booked once also where who has booked it is restarted before the log has it', async () => {
    const t = await begin();
    await t.enter();
    await t.stop('signalBus');
    await minutes(t, 11);
    expect(await booked(t)).toHaveLength(0);
    await t.restart('tradeExecution', 'cut');
    await minutes(t, 1);
    await t.restart('signalBus');
    await minutes(t, 11);
    const payments = await t.broker.fundingSince(0);
    expect(payments.length).toBeGreaterThan(1);
    expect((await booked(t)).map(({ payment }) => payment)).toEqual(payments);
  });

  it('that nobody heard is found at the start, and what was heard is not booked again', async () => {
    const t = await begin();
    await t.enter();
    await minutes(t, 11);
    await t.stop('tradeExecution');
    await minutes(t, 20);
    expect(await booked(t)).toHaveLength(1);
    await t.restart('tradeExecution');
    await t.advance(5_000);
    expect((await booked(t)).map(({ payment }) => payment)).toEqual(await t.broker.fundingSince(0));
    for (const name of ['safetyLayer', 'exitGates', 'tradeExecution'] as const) await t.restart(name, 'cut');
    await minutes(t, 15);
    const payments = await t.broker.fundingSince(0);
    expect(payments.length).toBeGreaterThan(3);
    expect((await booked(t)).map(({ payment }) => payment)).toEqual(payments);
    const paid = payments.reduce((sum, { amountUsd }) => plus(sum, amountUsd), 0);
    expect((await t.fold()).open()).toMatchObject([{ fundingUsd: paid }]);
    expect((await filed(t)).open_positions).toMatchObject([{ funding_fees: -paid }]);
  });

  it('heard of when its position had been closed changes the result of that position, and of no other', async () => {
    const t = await begin({ funding: constantFunding(0) });
    const { signalId } = await t.enter();
    const heldAt = t.clock.now();
    await minutes(t, 2, 98_000);
    await t.advance(2_000);
    await t.enter();
    const before = await t.fold();
    const late: FundingPayment = { fundingId: 'late', symbol: 'BTCUSDT', amountUsd: -0.5, rate: null, at: heldAt };
    t.broker.fundingSince = async () => [late];
    await t.restart('tradeExecution');
    await t.advance(5_000);
    const after = await t.fold();
    expect(after.closed).toMatchObject([{ signalId, fundingUsd: -0.5 }]);
    expect(after.totals.netPnlUsd).toBe(minus(before.totals.netPnlUsd, 0.5));
    expect(after.open().map(({ fundingUsd }) => fundingUsd)).toEqual([0]);
    expect((await filed(t)).closed_positions.at(-1)).toMatchObject({ funding_fees: 0.5 });
  });

  it('of what nobody of us held is not booked, and said once', async () => {
    const t = await begin({ funding: constantFunding(0) });
    await t.enter();
    const foreign: FundingPayment = {
      fundingId: 'foreign',
      symbol: 'ETHUSDT',
      amountUsd: -3,
      rate: 0.0001,
      at: t.clock.now(),
    };
    t.broker.fundingSince = async () => [foreign];
    for (let i = 0; i < 3; i++) {
      await t.advance(700_000);
      await t.post('tradeExecution', { type: 'RECONCILE' });
    }
    expect(await booked(t)).toEqual([]);
    expect(t.lines.filter(({ message }) => message.includes('no position of ours was held then'))).toHaveLength(1);
  });

  it('folds to the same whoever reads the log, and a log from before there was funding still reads', async () => {
    const t = await begin();
    await t.enter();
    await minutes(t, 12);
    const history = new BusHistory(t.world);
    await history.catchUp('log alone');
    const [one, two] = [await positionHistory(history, null), await tradeHistory(history)];
    expect(one.book.open()).toEqual(two.book.open());
    expect(one.book.changes).toBe(two.book.changes);
    const records = await t.records('logs/signal_bus.jsonl');
    const old = records
      .filter(({ event_type }) => event_type !== 'funding_payment')
      .map((record) => {
        const { fundingUsd: _, costUsd: __, ...position } = (record.position ?? {}) as Record<string, unknown>;
        return record.position ? { ...record, position } : record;
      });
    async function* replay() {
      yield* old;
    }
    const [position] = (await positionHistory({ replay }, null)).book.open();
    expect(position).toMatchObject({ fundingUsd: 0, qty: one.book.open()[0]?.qty });
    expect(position?.costUsd).toBeCloseTo(one.book.open()[0]?.costUsd ?? 0, 4);
  });
});
