import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { ESCALATION_FILE } from '../../src/actors/healing-operator.ts';
import { verifyLedger } from '../../src/cli/commands/verify.ts';
import { faultyFiles } from './faulty-files.ts';
import { livingBot } from './living-bot.ts';

it('a restart gives no healer its budgets back', async () => {
  const first = await livingBot();
  for (const name of ['signal_decisions.jsonl', 'signals.jsonl']) {
    const healed = () => first.incidents().filter(({ status }) => status === 'healed').length;
    const before = healed();
    rmSync(join(first.root, 'logs', name));
    await first.until(`${name} is healed`, () => healed() > before);
  }
  await first.stop();
  const { budgets } = JSON.parse(readFileSync(join(first.root, ESCALATION_FILE), 'utf8'));
  expect(budgets).toEqual({
    'decisionTracker REPAIR': [expect.any(Number)],
    'signalEngine REPAIR': [expect.any(Number)],
  });

  // The disk has taken the ledger, and not the file of the budgets.
  rmSync(join(first.root, ESCALATION_FILE));
  const second = await livingBot({ root: first.root });
  onTestFinished(() => second.stop());
  expect(JSON.parse(readFileSync(join(first.root, ESCALATION_FILE), 'utf8')).budgets).toEqual(budgets);
  const spent = (healer: string) => Object.fromEntries(second.bot.board.round(healer).spent);
  expect(spent('architectureHealing')).toMatchObject({ 'decisionTracker REPAIR': budgets['decisionTracker REPAIR'] });
  expect(spent('healingOperator')).toMatchObject({ 'signalEngine REPAIR': budgets['signalEngine REPAIR'] });
});

it('what was spent by a clock that was ahead counts as spent at the start: no purse stays empty until that time has come', async () => {
  const first = await livingBot();
  await first.stop();
  const file = join(first.root, ESCALATION_FILE);
  const left = JSON.parse(readFileSync(file, 'utf8'));
  const later = first.world.clock.now() + 7_200_000;
  const times = [later, later + 1, later + 2];
  const kept = { budgets: { 'signalEngine RESTART': times }, recurrences: { 'signal_engine/alive': times } };
  writeFileSync(file, JSON.stringify({ ...left, ...kept }));
  const second = await livingBot({ root: first.root });
  onTestFinished(() => second.stop());
  const now = second.world.clock.now();
  for (const healer of ['healingOperator', 'architectureHealing']) {
    const { spent, recurrences } = second.bot.board.round(healer);
    for (const uses of [spent.get('signalEngine RESTART'), recurrences.get('signal_engine/alive')]) {
      expect(uses, healer).toHaveLength(3);
      expect(Math.max(...(uses ?? [])), healer).toBeLessThanOrEqual(now);
    }
  }
});

it('gives no incident the id of another: not after a restart of the healer, not after one of the bot', async () => {
  let root: string | undefined;
  const ids = new Set<string>();
  for (const run of [1, 2]) {
    const bot = await livingBot(root === undefined ? {} : { root });
    root = bot.root;
    for (const round of [1, 2]) {
      const before = bot.incidents().length;
      rmSync(join(bot.root, 'logs/signal_decisions.jsonl'));
      await bot.until(`it is healed in round ${round} of run ${run}`, () => {
        const all = bot.incidents();
        return all.length > before && all.every(({ status }) => status === 'healed');
      });
      if (round === 1) {
        bot.bot.root.send({
          type: 'RESTART_CHILD',
          id: 'healingOperator',
          scope: 'one',
          incident: 'i',
          reason: 'a test',
          from: 'heartbeat',
        });
        await bot.until('the healer is back', () => {
          const operator = bot.bot.mailboxes.ref('healingOperator')?.getSnapshot();
          return operator?.context.life.incarnation === 2 && operator.matches('running');
        });
      }
    }
    await bot.stop();
    for (const { incident_id: id } of bot.incidents()) ids.add(id);
    expect(bot.incidents()).toHaveLength(run * 2);
  }
  expect(ids.size).toBe(4);
  expect(verifyLedger(root ?? '').findings).toEqual([]);
});

it('a healer that cannot open leaves the kill switch as it was', async () => {
  let disk: ReturnType<typeof faultyFiles> | null = null;
  const bot = await livingBot({
    files: (plain) => {
      disk = faultyFiles(plain);
      return disk;
    },
  });
  onTestFinished(() => bot.stop());
  const { faults } = disk as unknown as ReturnType<typeof faultyFiles>;
  const operator = () => bot.bot.mailboxes.ref('healingOperator')?.getSnapshot();
  const onDisk = () => JSON.parse(readFileSync(join(bot.root, ESCALATION_FILE), 'utf8'));
  bot.bot.mailboxes.post('healingOperator', {
    type: 'TRIP',
    reason: 'a test',
    at: bot.world.clock.now(),
    by: [],
    byHand: true,
  });
  await bot.until('it is on, on disk too', () => onDisk().soft_kill_switch_active === true);

  faults.push({ operation: 'openAppend', path: 'logs/healing.jsonl', code: 'EACCES' });
  const order = { incident: 'i', reason: 'a test', from: 'heartbeat' };
  bot.bot.root.send({ type: 'RESTART_CHILD', id: 'healingOperator', scope: 'one', ...order });
  await bot.until('the healer has failed to open', () => operator()?.context.life.incarnation > 2);
  expect(onDisk()).toMatchObject({ soft_kill_switch_active: true, reason: 'a test', paused_by_hand: true });
  faults.length = 0;
  await bot.until('the healer is back', () => operator()?.matches('running') === true);
  expect(onDisk().soft_kill_switch_active).toBe(true);
  await bot.until('it says so', () => bot.status().kill_switch.active);
});
