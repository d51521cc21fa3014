import { afterEach, describe, expect, it } from 'vitest';
import { ESCALATION_FILE } from '../../src/actors/healing-operator.ts';
import { POSITIONS_FILE } from '../../src/actors/records.ts';
import { MAX_OPEN_POSITIONS } from '../../src/actors/veto.ts';
import { killSwitchOff } from '../../src/healing/kill-switch.ts';
import { FileFault } from '../../src/ports/files.ts';
import { bar, type HabitatOptions, type TestHabitat, testHabitat } from './habitat.ts';
import { MAKERS, type TradingBot, tradingBot } from './trading.ts';

let open: { end: () => Promise<void> }[] = [];
const begin = async (options: Parameters<typeof tradingBot>[0] = {}): Promise<TradingBot> => {
  const bot = await tradingBot(options);
  open.push(bot);
  return bot;
};
const bare = async (options: HabitatOptions = {}): Promise<TestHabitat> => {
  const h = await testHabitat(options);
  open.push(h);
  return h;
};
afterEach(async () => {
  for (const one of open) await one.end();
  open = [];
});

const work = ({ snapshot }: TestHabitat) => snapshot('safetyLayer').value.running.work;
const context = ({ snapshot }: TestHabitat) => snapshot('safetyLayer').context;
const text = async ({ world }: TestHabitat) =>
  new TextDecoder().decode((await world.files.read(POSITIONS_FILE)) ?? undefined);
const damage = async (t: TestHabitat, content: string) => {
  await t.world.files.writeWhole(POSITIONS_FILE, new TextEncoder().encode(content));
  await t.changed(POSITIONS_FILE);
};
const repair = {
  type: 'REPAIR',
  target: 'positions',
  evidence: { says: '', figures: {} },
  incident: 'i-1',
  reason: 'r',
  from: 'healingOperator',
};
const answers = (t: TestHabitat) => [
  ...t.sent('healingOperator', 'REMEDY.DONE'),
  ...t.sent('healingOperator', 'REMEDY.FAILED'),
];

/** An entry was made, and its keeper stopped: the file as it is, what it lists, and a stop that has trailed since. */
const keptBy = async (t: TradingBot) => {
  await t.enter();
  await t.stop('safetyLayer');
  const filed = JSON.parse(await text(t));
  const [held] = filed.open_positions;
  return { filed, held, trailed: held.stop_price + 0.5 * (held.entry_price - held.stop_price) };
};

describe('the positions file', () => {
  it('is made empty only where the log and the broker say that there was nothing', async () => {
    const t = await begin();
    expect(JSON.parse(await text(t))).toMatchObject({ open_positions: [], closed_positions: [] });
    expect(work(t)).toMatchObject({ positions: 'verified' });

    const other = await bare({});
    await other.start('signalBus', MAKERS.signalBus);
    other.broker.positions = async () => {
      throw new Error('the exchange does not answer');
    };
    await other.start('safetyLayer', MAKERS.safetyLayer);
    expect(await other.world.files.read(POSITIONS_FILE)).toBe(null);
    expect(work(other)).toMatchObject({ positions: 'missing' });
  });

  it('follows every change, and is what the log and the broker say', async () => {
    const t = await begin();
    await t.enter();
    expect((await t.held()).size).toBe(1);
    expect(await t.filed()).toContain('BTCUSDT at');
    expect(context(t)).toMatchObject({ open: 1, reserved: 0, unsavedSince: null });
    expect(work(t)).toMatchObject({ disk: 'saved', positions: 'verified' });
  });

  it.each(['', '{"open_positions": [', '[]', '{"open_positions": [], "closed_positions": []}'])(
    'is never replaced by an empty one while something is held: %j stays until it is repaired from the log',
    async (content) => {
      const t = await begin();
      await t.enter();
      const sound = await t.filed();
      await damage(t, content);
      expect(['unreadable', 'differs']).toContain(work(t).positions);
      expect(work(t)).toMatchObject({ exchange: 'agrees' });
      expect(context(t).entries).toMatchObject({ open: false });
      expect(t.snapshot('safetyLayer').value.running.ground).toBe('damaged');

      await t.post('safetyLayer', { type: 'POSITION.MARKED', positions: [] });
      await t.advance(10_000);
      expect(await text(t)).toBe(content);
      expect(work(t)).toMatchObject({ disk: 'unsaved' });

      await t.post('safetyLayer', repair);
      await t.advance(2_000);
      expect(await t.filed()).toBe(sound);
      expect(work(t)).toMatchObject({ positions: 'verified', disk: 'saved' });
      expect(context(t).entries).toMatchObject({ open: true });
      const [entry] = await t.world.quarantine.list();
      expect(entry?.source).toBe(POSITIONS_FILE);
      const kept = await t.world.files.read(entry?.file ?? '');
      expect(new TextDecoder().decode(kept ?? undefined)).toBe(content);
      expect(answers(t)).toMatchObject([{ type: 'REMEDY.DONE', evidence: { figures: { open: 1 } } }]);
    },
  );

  it('is rebuilt by a bot that starts with it unreadable, deleted, or behind the log', async () => {
    const t = await begin();
    await t.enter();
    const sound = await t.filed();
    for (const content of ['not json', null]) {
      await t.stop('safetyLayer');
      if (content === null) await t.world.files.move(POSITIONS_FILE, 'logs/away.json');
      else await t.world.files.writeWhole(POSITIONS_FILE, new TextEncoder().encode(content));
      await t.start('safetyLayer', MAKERS.safetyLayer);
      await t.advance(1_000);
      expect(work(t)).toMatchObject({ positions: content === null ? 'missing' : 'unreadable' });
      expect((await t.decide('ETHUSDT', 'LONG', 2_000)).verdict.passes).toBe(false);
      await t.post('safetyLayer', repair);
      expect(await t.filed()).toBe(sound);
      expect(context(t)).toMatchObject({ open: 1 });
    }
    expect(await t.world.quarantine.list()).toHaveLength(1);
  });

  it('that is only behind the log, as after a kill, is brought up to date without an incident', async () => {
    const t = await begin();
    const before = await text(t);
    await t.enter();
    await t.stop('safetyLayer');
    const sound = await t.filed();
    await t.world.files.writeWhole(POSITIONS_FILE, new TextEncoder().encode(before));
    await t.start('safetyLayer', MAKERS.safetyLayer);
    expect(work(t)).toMatchObject({ positions: 'verified' });
    expect(await t.filed()).toBe(sound);
  });

  it('that is ahead of the log, which did not take a change, is rebuilt, and forgets no stop that had trailed', async () => {
    const t = await begin();
    const { filed, held, trailed } = await keptBy(t);
    const ahead = {
      ...filed,
      changes: filed.changes + 1,
      open_positions: [{ ...held, qty: held.qty / 2, stop_price: trailed }],
    };
    await t.world.files.writeWhole(POSITIONS_FILE, new TextEncoder().encode(JSON.stringify(ahead)));
    await t.start('safetyLayer', MAKERS.safetyLayer);
    expect(work(t)).toMatchObject({ positions: 'differs' });
    await t.post('safetyLayer', repair);
    expect(JSON.parse(await text(t)).open_positions).toMatchObject([{ qty: held.qty, stop_price: trailed }]);
  });

  it('that could not be read when its keeper was started, and can be when it is repaired, forgets no stop that had trailed', async () => {
    const t = await begin();
    const { filed, held, trailed } = await keptBy(t);
    const kept = { ...filed, open_positions: [{ ...held, stop_price: trailed }] };
    await t.world.files.writeWhole(POSITIONS_FILE, new TextEncoder().encode(JSON.stringify(kept)));
    const { files } = t.world;
    const read = files.read.bind(files);
    files.read = async () => {
      throw new FileFault('read', POSITIONS_FILE, 'EACCES', 'permission denied');
    };
    const actor = await t.start('safetyLayer', MAKERS.safetyLayer);
    files.read = read;
    actor.send(repair);
    await t.advance(2_000);
    expect(answers(t)).toMatchObject([{ type: 'REMEDY.DONE' }]);
    const { open_positions: positions, equity_at_midnight: midnight } = JSON.parse(await text(t));
    expect(positions).toMatchObject([{ qty: held.qty, stop_price: trailed }]);
    expect(midnight).toEqual(filed.equity_at_midnight);
  });

  it('that is gone is rebuilt with the stop that the log says one was sent to the exchange behind', async () => {
    const t = await begin();
    const { held, trailed } = await keptBy(t);
    const { signal_id, symbol, qty, leverage } = held;
    const terms = { symbol, qty, leverage, side: 'SELL', purpose: 'stop', reduceOnly: true, gate: 'stop', at: 0 };
    const intent = { clientOrderId: 'k-1-S1', signalId: signal_id, ...terms, stopPrice: trailed * 0.998 };
    const record = { event_type: 'order_intent', signal_id, reason: '', intent, beside: [], own_stop: trailed };
    await t.post('signalBus', { type: 'APPEND', record });
    await t.world.files.move(POSITIONS_FILE, 'logs/away.json');
    await t.start('safetyLayer', MAKERS.safetyLayer);
    await t.post('safetyLayer', repair);
    expect(JSON.parse(await text(t)).open_positions).toMatchObject([{ qty, stop_price: trailed }]);
  });

  it('is set aside as it stands when it is written over, also where somebody changes it meanwhile', async () => {
    const t = await begin();
    await t.enter();
    const sound = await t.filed();
    await damage(t, 'not json');
    const keep = t.world.quarantine.keep.bind(t.world.quarantine);
    let changed = false;
    t.world.quarantine.keep = async (...args) => {
      const kept = await keep(...args);
      if (!changed) await t.world.files.writeWhole(POSITIONS_FILE, new TextEncoder().encode('not json, either'));
      changed = true;
      return kept;
    };
    await t.post('safetyLayer', repair);
    await t.advance(2_000);
    expect(await t.filed()).toBe(sound);
    const kept = (await t.world.quarantine.list()).map(({ file }) => t.world.files.read(file));
    expect((await Promise.all(kept)).map((bytes) => new TextDecoder().decode(bytes ?? undefined))).toEqual([
      'not json',
      'not json, either',
    ]);
  });

  it('is not written over where somebody put another in its place in the moment in which it was saved', async () => {
    const t = await begin();
    await t.enter();
    const { files, store } = t.world;
    const save = store.save.bind(store);
    store.save = async (path, value) => {
      await save(path, value);
      store.save = save;
      if (path === POSITIONS_FILE) await files.writeWhole(path, new TextEncoder().encode('not json'));
    };
    for (let n = 0; n < 2; n++) {
      await t.post('safetyLayer', { type: 'POSITION.MARKED', positions: [] });
      await t.advance(100);
    }
    expect(await text(t)).toBe('not json');
    expect(work(t)).toMatchObject({ positions: 'unreadable' });
  });

  it('is not written by a keeper who was ended while he set it aside', async () => {
    const t = await begin();
    await t.enter();
    await damage(t, 'not json');
    const keep = t.world.quarantine.keep.bind(t.world.quarantine);
    t.world.quarantine.keep = async (...args) => {
      t.cut('safetyLayer');
      return keep(...args);
    };
    await t.post('safetyLayer', repair);
    await t.advance(2_000);
    expect(await text(t)).toBe('not json');
  });

  it('is not written when the log and the broker disagree, and the refusal says the numbers', async () => {
    const t = await begin();
    await t.enter();
    await damage(t, 'not json');
    t.broker.positions = async () => [
      { symbol: 'BTCUSDT', qty: 0.001, entryPrice: null, liquidationPrice: null, markPrice: null },
    ];
    await t.post('safetyLayer', repair);
    expect(await text(t)).toBe('not json');
    expect(answers(t)).toMatchObject([{ type: 'REMEDY.FAILED' }]);
    expect(String(answers(t)[0]?.error)).toMatch(/the broker holds 0\.001, the log says 0\.0\d+/);
  });

  it('keeps what could not be saved, and saves it when the disk takes it again', async () => {
    let full = false;
    const t = await begin({
      files: (files) => ({
        ...files,
        writeWhole: async (path, bytes) => {
          if (full) throw new FileFault('write', path, 'ENOSPC', 'no space left');
          return files.writeWhole(path, bytes);
        },
      }),
    });
    full = true;
    await t.enter();
    expect(work(t)).toMatchObject({ disk: 'unsaved' });
    expect(context(t).saveError).toContain('ENOSPC');
    full = false;
    await t.advance(3_000);
    expect(work(t)).toMatchObject({ disk: 'saved' });
    expect(await t.filed()).toContain('BTCUSDT');
  });
});

describe('the veto', () => {
  it('lets one entry a symbol through, and frees its place when the entry will not be', async () => {
    const t = await begin();
    const first = await t.emit('BTCUSDT', 'LONG', 100_000);
    const second = await t.emit('BTCUSDT', 'SHORT', 100_000);
    await t.post('safetyLayer', { type: 'VET', signal: first });
    await t.post('safetyLayer', { type: 'VET', signal: second });
    const [one, two] = t.sent('decisionEngine', 'VETTED');
    expect(one).toMatchObject({ verdict: { guard: 'SafetyLayer', passes: true } });
    expect(two).toMatchObject({ verdict: { passes: false, reason: 'an entry of BTCUSDT is under way' } });
    await t.post('safetyLayer', { type: 'RELEASE', signalId: first.signalId });
    await t.post('safetyLayer', { type: 'VET', signal: second });
    expect(t.sent('decisionEngine', 'VETTED').at(-1)).toMatchObject({ verdict: { passes: true } });
  });

  it('remembers after a restart which entries are under way', async () => {
    const t = await begin();
    t.cut('tradeExecution');
    await t.decide('BTCUSDT', 'LONG', 100_000);
    await t.restart('safetyLayer');
    expect(context(t)).toMatchObject({ reserved: 1 });
    expect((await t.decide('BTCUSDT', 'LONG', 100_000)).verdict).toMatchObject({ passes: false });
  });

  it('frees a place that was never taken', async () => {
    const t = await begin();
    t.cut('tradeExecution');
    await t.decide('BTCUSDT', 'LONG', 100_000);
    expect(context(t)).toMatchObject({ reserved: 1 });
    await t.advance(901_000);
    expect(context(t)).toMatchObject({ reserved: 0 });
  });

  it('stops at ten places, and at the exposure the owner allows', async () => {
    const t = await begin();
    for (let i = 0; i < MAX_OPEN_POSITIONS + 2; i++)
      await t.post('safetyLayer', { type: 'VET', signal: await t.emit(`X${i}USDT`, 'LONG', 100) });
    const verdicts = t
      .sent('decisionEngine', 'VETTED')
      .map(({ verdict }) => verdict as { passes: boolean; reason: string });
    const passed = verdicts.filter(({ passes }) => passes).length;
    expect(passed).toBeGreaterThan(0);
    expect(passed).toBeLessThanOrEqual(MAX_OPEN_POSITIONS);
    expect(verdicts.at(-1)?.reason).toMatch(/exposure could come to|at most 10/);
  });

  it('lets nobody in after a restart where something was given up, and who keeps the switch has not taken it yet', async () => {
    const t = await begin();
    t.habitat.killSwitch.present = killSwitchOff;
    t.habitat.killSwitch.untaken = { reason: 'nobody can heal it', by: ['market_feed/fresh'] };
    await t.restart('safetyLayer');
    await t.advance(2_000);
    expect(context(t).entries).toEqual({ open: false, why: 'the kill switch is on: nobody can heal it' });
  });

  it('blocks everything while the kill switch is on, also after a restart, and opens when it is off', async () => {
    const t = await begin();
    await t.post('safetyLayer', { type: 'KILL', active: true, reason: 'five incidents in an hour' });
    expect(work(t)).toMatchObject({ killSwitch: 'tripped' });
    const { verdict } = await t.decide('BTCUSDT', 'LONG', 100_000);
    expect(verdict).toMatchObject({ passes: false, reason: expect.stringContaining('five incidents in an hour') });
    await t.world.store.save(ESCALATION_FILE, {
      soft_kill_switch_active: true,
      escalation_status: 'soft_kill_switch',
      reason: 'five incidents in an hour',
      last_escalation: null,
      budgets: {},
      recurrences: {},
      last_updated: '',
    });
    await t.restart('safetyLayer');
    await t.advance(2_000);
    expect(context(t).entries).toEqual({ open: false, why: 'the kill switch is on: five incidents in an hour' });
    await t.post('safetyLayer', { type: 'KILL', active: false, reason: 'a quiet hour' });
    expect(context(t).entries).toMatchObject({ open: true });
    expect(t.sent('tradeExecution', 'ENTRIES').at(-1)).toMatchObject({ open: true });
  });

  it('does not know an equity that could not be asked for, and then lets nothing through', async () => {
    const t = await begin();
    await t.enter();
    t.broker.equityUsd = async () => {
      throw new Error('the exchange does not answer');
    };
    await t.advance(2_000);
    expect(context(t).equityUsd).toBe(null);
    expect(t.sent('decisionEngine', 'EXPOSURE').at(-1)).toMatchObject({ equityUsd: null });
    expect((await t.decide('ETHUSDT', 'LONG', 2_000)).verdict.reason).toContain('the equity is not known');
  });

  it('tells the profit of the day from midnight on, and begins a new one at midnight', async () => {
    const t = await begin({ pace: { checkMs: 60_000, lookMs: 3_600_000 } });
    await t.enter();
    await t.tick([bar('BTCUSDT', 100_500, t.clock.now())], []);
    await t.advance(60_000);
    const { equityUsd, pnlTodayUsd } = context(t);
    expect(pnlTodayUsd).toBeCloseTo(equityUsd - 10_000, 6);
    expect(pnlTodayUsd).toBeGreaterThan(0);
    await t.restart('safetyLayer');
    await t.advance(2_000);
    expect(context(t).pnlTodayUsd).toBeCloseTo(pnlTodayUsd, 6);
    await t.advance(86_400_000);
    expect(context(t).pnlTodayUsd).toBeCloseTo(0, 6);
  });

  it('takes money that somebody paid in for no profit of the day, also after a restart', async () => {
    const t = await begin({ pace: { checkMs: 60_000, lookMs: 3_600_000 } });
    await t.enter();
    const { equityUsd, pnlTodayUsd } = context(t);
    t.broker.equityUsd = async () => equityUsd + 5_000;
    await t.post('safetyLayer', { type: 'MONEY_MOVED', usd: 5_000 });
    await t.advance(1_000);
    expect(context(t)).toMatchObject({ equityUsd: equityUsd + 5_000, pnlTodayUsd: expect.closeTo(pnlTodayUsd, 6) });
    await t.restart('safetyLayer');
    await t.advance(2_000);
    expect(context(t).pnlTodayUsd).toBeCloseTo(pnlTodayUsd, 6);
  });
});
