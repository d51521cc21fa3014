import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { ESCALATION_FILE } from '../../src/actors/healing-operator.ts';
import { livingBot } from './living-bot.ts';

it('a restart gives no healer its budgets back', async () => {
  const first = await livingBot();
  for (const name of ['signal_decisions.jsonl', 'signals.jsonl']) {
    const healed = () => first.incidents().filter(({ status }) => status === 'healed').length;
    const before = healed();
    rmSync(join(first.root, 'logs', name));
    await first.until(`${name} is healed`, () => healed() > before, 15_000);
  }
  await first.stop();
  const { budgets } = JSON.parse(readFileSync(join(first.root, ESCALATION_FILE), 'utf8'));
  expect(budgets).toEqual({
    'decisionTracker REPAIR': [expect.any(Number)],
    'signalEngine REPAIR': [expect.any(Number)],
  });

  const second = await livingBot({ root: first.root });
  onTestFinished(() => second.stop());
  expect(JSON.parse(readFileSync(join(first.root, ESCALATION_FILE), 'utf8')).budgets).toEqual(budgets);
  const spent = (healer: string) => Object.fromEntries(second.bot.board.round(healer).spent);
  expect(spent('architectureHealing')).toMatchObject({ 'decisionTracker REPAIR': budgets['decisionTracker REPAIR'] });
  expect(spent('healingOperator')).toMatchObject({ 'signalEngine REPAIR': budgets['signalEngine REPAIR'] });
});
