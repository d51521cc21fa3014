/** Funding as the paper exchange pays it: by the recorded times and rates, once, and only for what was held then. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  constantFunding,
  FundingFileError,
  fundingBeside,
  parseFunding,
  recordedFunding,
} from '../../src/adapters/funding-rates.ts';
import { PaperBroker } from '../../src/adapters/paper-broker.ts';
import { PendingWork } from '../../src/adapters/pending-work.ts';
import { seededChance } from '../../src/adapters/seeded-chance.ts';
import { VirtualClock } from '../../src/adapters/virtual-clock.ts';
import type { FundingPayment, Intent } from '../../src/machines/messages.ts';
import type { FundingDue, FundingRates } from '../../src/ports/funding.ts';
import { plus } from '../../src/ports/money.ts';
import { freshFolder } from '../cli/cli.ts';

const HOUR = 3_600_000;
/** Half an hour before a funding time of the constant rate. */
const START = Date.UTC(2026, 0, 5, 7, 30);
const DUE = Date.UTC(2026, 0, 5, 8);
const RATE = 0.0001;

const kept: { text: string | null } = { text: null };
async function exchange(at = START, rates: FundingRates = constantFunding(), again = false) {
  if (!again) kept.text = null;
  const clock = new VirtualClock(at);
  const pending = new PendingWork();
  const broker = await PaperBroker.open({
    clock,
    chance: seededChance(1),
    startEquityUsd: 10_000,
    funding: rates,
    store: {
      load: async () => (kept.text === null ? null : JSON.parse(kept.text)),
      save: (state) =>
        pending.track(
          Promise.resolve().then(() => {
            kept.text = JSON.stringify(state);
          }),
        ),
    },
  });
  const payments: FundingPayment[] = [];
  broker.onFunding((payment) => payments.push(payment));
  const until = async (end: number): Promise<void> => {
    clock.setTimeout(() => undefined, Math.max(0, end - clock.now()));
    await clock.run({ until: () => clock.now() >= end, idle: () => pending.idle() });
  };
  const mark = (close: number): void => {
    const ts = clock.now() - 60_000;
    const bar = { symbol: 'BTCUSDT', ts, open: close, high: close, low: close, close, volume: 100 };
    broker.mark({ at: clock.now(), candles: [bar] });
  };
  const trade = async (side: 'BUY' | 'SELL', qty: number, id = `o-${clock.now()}`): Promise<void> => {
    const terms = { leverage: 3, reduceOnly: false, gate: null, stopPrice: null, at: clock.now() };
    const names = { clientOrderId: id, signalId: 'BTCUSDT_1_abcdef01', symbol: 'BTCUSDT' };
    await broker.submit({ ...names, ...terms, purpose: 'entry', side, qty } satisfies Intent);
    await until(clock.now() + 1_000);
  };
  const cash = (): number => JSON.parse(kept.text ?? '{}').cashUsd;
  return { clock, broker, payments, until, mark, trade, cash };
}

describe('funding on paper', () => {
  it('is paid by a long at a positive rate, at the mark of the funding time, and got by a short', async () => {
    for (const [side, sign] of [
      ['BUY', -1],
      ['SELL', 1],
    ] as const) {
      const t = await exchange();
      t.mark(100_000);
      await t.trade(side, 0.02);
      const before = t.cash();
      await t.until(DUE);
      t.mark(101_000);
      await t.until(DUE + 1_000);
      const amountUsd = sign * 0.02 * 101_000 * RATE;
      expect(t.payments).toEqual([
        { fundingId: `FUND-BTCUSDT-${DUE}`, symbol: 'BTCUSDT', amountUsd, rate: RATE, at: DUE },
      ]);
      expect(t.cash()).toBe(plus(before, amountUsd));
      expect(await t.broker.fundingSince(DUE)).toEqual(t.payments);
      expect(await t.broker.fundingSince(DUE + 1)).toEqual([]);
    }
  });

  it('moves the isolated margin, and with it the price of liquidation', async () => {
    const t = await exchange(START, constantFunding(0.01));
    t.mark(100_000);
    await t.trade('BUY', 0.02);
    const [before] = await t.broker.positions();
    await t.until(DUE);
    t.mark(100_000);
    const [after] = await t.broker.positions();
    // 20 USD of margin less, on 0.02: 1,000 USD a unit.
    expect((after?.liquidationPrice ?? 0) - (before?.liquidationPrice ?? 0)).toBeCloseTo(20 / 0.02 / (1 - 0.004), 2);
  });

  it('is for what is held at the funding time, not for what was closed before or opened after', async () => {
    const t = await exchange();
    t.mark(100_000);
    await t.trade('BUY', 0.02, 'in');
    await t.trade('SELL', 0.02, 'out');
    await t.until(DUE);
    t.mark(100_000);
    await t.trade('BUY', 0.02, 'again');
    await t.until(DUE + HOUR);
    t.mark(100_000);
    await t.until(DUE + HOUR + 1_000);
    expect(t.payments).toEqual([]);
  });

  it('is paid before an order that comes after the funding time, though no price came between', async () => {
    const t = await exchange();
    t.mark(100_000);
    await t.trade('BUY', 0.02, 'in');
    await t.until(DUE + 5_000);
    await t.trade('SELL', 0.02, 'out');
    expect(t.payments).toMatchObject([{ at: DUE, amountUsd: -0.2 }]);
  });

  it('is never paid twice by an exchange that opens again, and what came due meanwhile is paid then', async () => {
    const first = await exchange();
    first.mark(100_000);
    await first.trade('BUY', 0.02);
    await first.until(DUE);
    first.mark(100_000);
    await first.until(DUE + 1_000);
    const paid = first.cash();
    const same = await exchange(DUE + 2_000, constantFunding(), true);
    same.mark(100_000);
    await same.until(DUE + 4_000);
    expect(same.payments).toEqual([]);
    expect(await same.broker.equityUsd()).toBe(await first.broker.equityUsd());
    const later = await exchange(DUE + 17 * HOUR, constantFunding(), true);
    await later.until(DUE + 17 * HOUR + 1_000);
    // Nobody listened yet when it opened.
    expect((await later.broker.fundingSince(0)).map(({ at }) => (at - DUE) / HOUR)).toEqual([0, 8, 16]);
    expect(later.cash()).toBe(plus(paid, -0.4));
  });

  it('reads the state of an exchange from before there was funding', async () => {
    const old = await exchange();
    old.mark(100_000);
    await old.trade('BUY', 0.02);
    const { fundedTo, funding, last, opens, ...before } = JSON.parse(kept.text ?? '{}');
    expect({ fundedTo, funding, last, opens }).not.toEqual({});
    delete before.positions.BTCUSDT.costUsd;
    kept.text = JSON.stringify(before);
    const now = await exchange(DUE - HOUR, constantFunding(), true);
    expect(await now.broker.equityUsd()).toBeCloseTo(await old.broker.equityUsd(), 8);
    await now.until(DUE);
    now.mark(100_000);
    await now.until(DUE + 1_000);
    expect(now.payments).toMatchObject([{ at: DUE, amountUsd: -0.2 }]);
  });
});

describe('funding rates', () => {
  const minutes = (...at: readonly number[]) => at.map((one) => ({ at: DUE + one * 60_000, rate: one / 1e6 }));

  it('come at the times that were recorded, however they are spaced, and before and after them at the constant rate', () => {
    const rates = recordedFunding(new Map([['LAYERUSDT', minutes(0, 60, 120, 360)]]), constantFunding());
    const times: number[] = [];
    for (let at = DUE - 9 * HOUR; times.length < 7; at = times.at(-1) ?? 0) times.push(rates.after('LAYERUSDT', at).at);
    expect(times.map((at) => (at - DUE) / 60_000)).toEqual([-480, 0, 60, 120, 360, 480, 960]);
    expect(rates.after('LAYERUSDT', DUE).rate).toBe(60 / 1e6);
    expect(rates.after('BTCUSDT', DUE)).toEqual({ at: DUE + 8 * HOUR, rate: RATE });
  });

  it.each([3, -3, 0, 2_417])('of an hour are paid once where recorded and assumed ones meet, %d ms from it', (ms) => {
    const recording = [0, 8, 16].map((hours) => ({ at: DUE + hours * HOUR + ms, rate: 0.0003 }));
    const rates = recordedFunding(new Map([['BTCUSDT', recording]]), constantFunding());
    const paid: FundingDue[] = [];
    for (let at = DUE - 9 * HOUR; paid.length < 6; at = paid.at(-1)?.at ?? 0) paid.push(rates.after('BTCUSDT', at));
    expect(paid.map(({ at }) => Math.round((at - DUE) / HOUR) + 0)).toEqual([-8, 0, 8, 16, 24, 32]);
    expect(paid.map(({ rate }) => rate)).toEqual([RATE, 0.0003, 0.0003, 0.0003, RATE, RATE]);
    // Asked between the two, too.
    expect(rates.after('BTCUSDT', DUE - 3).rate).toBe(0.0003);
    expect(rates.after('BTCUSDT', DUE + 16 * HOUR + 3_000)).toEqual({ at: DUE + 24 * HOUR, rate: RATE });
  });

  it('are found beside the candles, packed or not, in a folder named funding', async () => {
    const root = freshFolder();
    mkdirSync(join(root, '1m'));
    mkdirSync(join(root, 'funding'));
    writeFileSync(join(root, 'funding/BTCUSDT.csv.gz'), gzipSync('ts,rate\n1741276800000,6.818e-05\n'));
    writeFileSync(join(root, 'funding/ETHUSDT.csv'), 'ts,rate\n1741276800000,-1e-05\n1741280400000,2e-05\n');
    for (const path of [join(root, '1m'), join(root, '1m/BTCUSDT.csv.gz'), root]) {
      const found = await fundingBeside(path, ['BTCUSDT', 'ETHUSDT', 'XRPUSDT']);
      expect([...found.keys()]).toEqual(['BTCUSDT', 'ETHUSDT']);
      expect(found.get('BTCUSDT')).toEqual([{ at: 1_741_276_800_000, rate: 6.818e-5 }]);
    }
  });

  it('that cannot be read say which file; a file that is called funding is no folder of them', async () => {
    const root = freshFolder();
    writeFileSync(join(root, 'funding'), 'what I still owe');
    expect(await fundingBeside(root, ['BTCUSDT'])).toEqual(new Map());
    const there = join(freshFolder(), 'funding');
    mkdirSync(join(there, 'ETHUSDT.csv'), { recursive: true });
    writeFileSync(join(there, 'BTCUSDT.csv.gz'), 'not packed');
    writeFileSync(join(there, 'XRPUSDT.csv'), '\uFEFFts,rate\r\n1741276800000,1e-05\r\n');
    const refused = async (symbol: string): Promise<string> => {
      const error = await fundingBeside(join(there, '..'), [symbol]).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(FundingFileError);
      return (error as FundingFileError).message;
    };
    expect(await refused('BTCUSDT')).toContain(`${join(there, 'BTCUSDT.csv.gz')}: it cannot be read (Z_DATA_ERROR)`);
    expect(await refused('ETHUSDT')).toContain(`${join(there, 'ETHUSDT.csv')}: it cannot be read (EISDIR)`);
    const found = await fundingBeside(join(there, '..'), ['XRPUSDT']);
    expect(found.get('XRPUSDT')).toEqual([{ at: 1_741_276_800_000, rate: 1e-5 }]);
  });

  it.each([
    ['time,rate\n1,2\n', 'line 1: the header is "time,rate"'],
    ['ts,rate\n1741276800000,\n', 'line 2: "1741276800000," is not a time and a rate'],
    ['ts,rate\n1741276800000,1\n1741276800000,1\n', 'line 3: time 1741276800000 is not after the one before it'],
  ])('that cannot be read are refused, with the line', (text, says) => {
    expect(() => parseFunding('funding/BTCUSDT.csv', text)).toThrow(FundingFileError);
    expect(() => parseFunding('funding/BTCUSDT.csv', text)).toThrow(says);
  });
});
