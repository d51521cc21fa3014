import { afterEach, describe, expect, it } from 'vitest';
import { EXITS_FILE } from '../../src/actors/exit-gates.ts';
import { POSITIONS_FILE } from '../../src/actors/records.ts';
import { FileFault } from '../../src/ports/files.ts';
import { minus, plus } from '../../src/ports/money.ts';
import { bar } from './habitat.ts';
import { type ProtectedBot, protectedBot } from './protected-bot.ts';
import { MAKERS, type TradingBot, tradingBot } from './trading.ts';

let bot: TradingBot | null = null;
const begin = async (options: Parameters<typeof tradingBot>[0] = {}): Promise<TradingBot> => {
  bot = await tradingBot(options);
  return bot;
};
afterEach(async () => {
  await bot?.end();
  bot = null;
});
const work = ({ snapshot }: TradingBot) => snapshot('exitGates').value.running.work;
const context = ({ snapshot }: TradingBot) => snapshot('exitGates').context;
/** A minute later, a bar. */
const minute = async (t: TradingBot, close: number, change: Parameters<typeof bar>[3] = {}) => {
  await t.advance(60_000 - (t.clock.now() % 60_000));
  await t.tick([bar('BTCUSDT', close, t.clock.now(), change)]);
};

describe('the exit gates', () => {
  it('look at every open position on every bar, and say when they last did', async () => {
    const t = await begin();
    expect(work(t)).toMatchObject({ watch: 'idle' });
    await t.enter();
    await minute(t, 100_100);
    expect(work(t)).toMatchObject({ watch: 'watching' });
    expect(context(t)).toMatchObject({
      lastTickAt: t.clock.now(),
      watch: { open: 1, lastLookAt: t.clock.now(), blind: [] },
    });
  });

  it('are blind where no bars come, and see again when they do', async () => {
    const t = await begin({ prices: { BTCUSDT: 100_000, ETHUSDT: 2_000 } });
    await t.enter('BTCUSDT');
    for (let i = 0; i < 4; i++) {
      await t.advance(60_000);
      await t.tick([bar('ETHUSDT', 2_000, t.clock.now())]);
    }
    expect(work(t)).toMatchObject({ watch: 'blind' });
    expect(context(t).watch.blind).toEqual(['BTCUSDT']);
    await minute(t, 100_000);
    expect(work(t)).toMatchObject({ watch: 'watching' });
  });

  it('close a position whose prices never came again when its time is over', async () => {
    const t = await begin({ exits: { timeStopMs: 3_600_000 } });
    await t.enter();
    await minute(t, 100_010);
    for (let hours = 0; hours < 30 && t.sent('tradeExecution', 'EXIT').length === 0; hours++)
      await t.advance(3_600_000);
    expect(t.sent('tradeExecution', 'EXIT')).toMatchObject([{ gate: 'time_stop', price: 100_010 }]);
  });

  const quote = async (t: ProtectedBot, price: number) => {
    t.exchange.price('BTCUSDT', price);
    await t.post('exitGates', { type: 'PRICE', quotes: [{ symbol: 'BTCUSDT', price, at: t.clock.now() }] });
    await t.advance(1_000);
  };

  it.each([
    {
      of: 'a stop that has trailed beyond it',
      direction: 'LONG',
      at: 100_000,
      prices: [100_800, 102_100],
      exits: { tp1: { at: 0.05, fraction: 0.4 }, tp2: { at: 0.06, fraction: 0.4 } },
    },
    { of: 'a position that was opened after it', direction: 'SHORT', at: 98_000, prices: [97_990], exits: {} },
  ] as const)('do not judge $of by the last bar when they are blind', async ({ direction, at, prices, exits }) => {
    const t = await protectedBot({ exits: { ...exits, timeStopMs: 3_600_000 } });
    bot = t;
    t.exchange.price('BTCUSDT', at);
    await t.enter('BTCUSDT', direction, at);
    for (const price of prices) await quote(t, price);
    await t.advance(185_000);
    expect(context(t).watch.blind).toEqual(['BTCUSDT']);
    expect(t.sent('tradeExecution', 'EXIT')).toEqual([]);
    expect(t.exchange.net().size).toBe(1);
    await t.advance(3_600_000);
    expect(t.sent('tradeExecution', 'EXIT')[0]).toMatchObject({ gate: 'time_stop' });
    expect(t.exchange.net().size).toBe(0);
  });

  it('order again what the last price has decided, also when no price comes after it', async () => {
    const t = await protectedBot();
    bot = t;
    await t.enter();
    t.exchange.script.submit = () => 'refuse';
    await quote(t, 98_450);
    await t.advance(10_000);
    expect(t.exchange.net().size).toBe(1);
    t.exchange.calm();
    await t.advance(185_000);
    expect(t.sent('tradeExecution', 'EXIT').at(-1)).toMatchObject({ gate: 'stop', price: 98_450 });
    expect(t.exchange.net().size).toBe(0);
  });

  it('heed the settings: the stop that is set is the one the entry was sized by', async () => {
    const t = await begin({ exits: { stopFraction: 0.005, tp1: { at: 0.004, fraction: 0.5 } } });
    await t.enter();
    const [position] = (await t.fold()).open();
    expect(position?.stopPrice).toBeCloseTo((position?.entryPrice ?? 0) * 0.995, -1);
    // 0.5 % of 10,000 USD at stake, but at most half of the equity in one position.
    const atStake = ((position?.entryPrice ?? 0) - (position?.stopPrice ?? 0)) * (position?.qty ?? 0);
    expect(atStake).toBeLessThanOrEqual(50);
    await minute(t, 100_450, { high: 100_500 });
    await t.advance(2_000);
    await minute(t, 99_400, { low: 99_300 });
    await t.advance(2_000);
    const exits = t.sent('tradeExecution', 'EXIT');
    expect(exits.map(({ gate }) => gate)).toEqual(['tp1', 'stop']);
    expect(exits[0]?.qty).toBeCloseTo((position?.qty ?? 0) / 2, 2);
  });

  it('take each rung once and trail the rest, and the records add up to the result of the position', async () => {
    const t = await begin();
    const signal = await t.enter();
    await minute(t, 101_100, { high: 101_200 });
    await minute(t, 101_100);
    await minute(t, 102_200, { high: 102_300 });
    await minute(t, 102_200);
    await minute(t, 100_800, { low: 100_700, open: 102_000 });
    await t.advance(2_000);
    const exits = t.sent('tradeExecution', 'EXIT').map(({ gate }) => gate);
    expect(exits).toEqual(['tp1', 'tp2', 'trailing']);
    expect(await t.held()).toEqual(new Map());
    const records = await t.records(EXITS_FILE);
    expect(records).toMatchObject([
      {
        exit_type: 'tp1',
        was_profitable: true,
        symbol: 'BTCUSDT',
        direction: 'LONG',
        leverage: 3,
        strategy: 'ema_cross',
      },
      { exit_type: 'tp2' },
      { exit_type: 'trailing' },
    ]);
    const sum = records.reduce((total, { pnl_usd }) => plus(total, Number(pnl_usd)), 0);
    const [closed] = (await t.fold()).closed;
    expect(closed?.signalId).toBe(signal.signalId);
    expect(Math.abs(minus(sum, closed?.netPnlUsd ?? 0))).toBeLessThan(1e-6);
    for (const { roi, mfe_roi, capture_rate_pct } of records) {
      expect(Number(capture_rate_pct)).toBeCloseTo((Number(roi) / Number(mfe_roi)) * 100, 4);
    }
  });

  it('go on where they stood after a restart: peak and stop are not forgotten', async () => {
    const t = await begin();
    await t.enter();
    await minute(t, 101_900);
    await t.advance(2_000);
    await t.restart('exitGates');
    await t.advance(1_000);
    expect(work(t)).toMatchObject({ watch: 'watching' });
    // The trailing stop of the peak before the restart: 1 % below 101,900 (of the bar it was opened in, the close counts).
    await minute(t, 100_850, { open: 101_000 });
    expect(t.sent('tradeExecution', 'EXIT').at(-1)).toMatchObject({ gate: 'trailing', price: 100_881 });
  });

  it('are told by the keeper of the positions what they cannot read in his file any more', async () => {
    const t = await begin();
    await t.enter();
    await minute(t, 101_900);
    await t.advance(2_000);
    await t.stop('exitGates');
    await t.world.files.writeWhole(POSITIONS_FILE, Buffer.from('what somebody wrote over it'));
    await t.start('exitGates', MAKERS.exitGates);
    await t.advance(1_000);
    await minute(t, 100_850, { open: 101_000 });
    expect(t.sent('tradeExecution', 'EXIT').at(-1)).toMatchObject({ gate: 'trailing', price: 100_881 });
  });

  it('order an exit again on a later bar when it was refused', async () => {
    let refuse = true;
    const t = await begin({ onSubmit: (intent) => (intent.purpose === 'exit' && refuse ? 'reject' : 'ok') });
    await t.enter();
    await minute(t, 98_000);
    await t.advance(2_000);
    expect(t.sent('exitGates', 'EXIT.ENDED')).toMatchObject([{ outcome: 'rejected' }]);
    expect((await t.held()).size).toBe(1);
    refuse = false;
    await minute(t, 98_000);
    await t.advance(2_000);
    expect(await t.held()).toEqual(new Map());
  });

  it('make their log anew when it is deleted, and lose no record meanwhile', async () => {
    const t = await begin();
    await t.enter();
    await minute(t, 101_200);
    await t.advance(2_000);
    await t.world.files.move(EXITS_FILE, 'logs/away.jsonl');
    await t.changed(EXITS_FILE);
    expect(context(t).life.files[EXITS_FILE]).toMatchObject({ exists: false });
    await minute(t, 98_000);
    await t.advance(2_000);
    await t.post('exitGates', {
      type: 'REPAIR',
      target: EXITS_FILE,
      evidence: { says: '', figures: {} },
      incident: 'i-1',
      reason: 'r',
      from: 'healingOperator',
    });
    expect(context(t).life.files[EXITS_FILE]).toMatchObject({ exists: true, badLines: 0 });
    expect((await t.records(EXITS_FILE)).map(({ exit_type }) => exit_type)).toEqual(['tp1', 'stop']);
  });

  it('keep the records a disk refuses, and write them in order when it takes them again', async () => {
    let full = false;
    const t = await begin({
      files: (files) => ({
        ...files,
        openAppend: async (path, options) => {
          const handle = await files.openAppend(path, options);
          if (path !== EXITS_FILE) return handle;
          const { append } = handle;
          return Object.assign(handle, {
            append: async (bytes: Uint8Array) => {
              if (full) throw new FileFault('append to', path, 'ENOSPC', 'no space left');
              return append.call(handle, bytes);
            },
          });
        },
      }),
    });
    await t.enter();
    full = true;
    await minute(t, 101_200);
    await t.advance(2_000);
    await minute(t, 98_000);
    await t.advance(2_000);
    expect(work(t)).toMatchObject({ recording: 'blocked' });
    expect(context(t).recorder).toMatchObject({ waiting: 2 });
    expect(await t.held()).toEqual(new Map());
    full = false;
    await t.advance(2_000);
    expect((await t.records(EXITS_FILE)).map(({ exit_type }) => exit_type)).toEqual(['tp1', 'stop']);
    expect(work(t)).toMatchObject({ recording: 'idle' });
  });
});
