import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { knownOfBot } from '../../src/cli/bot-known.ts';
import { statusOf } from '../../src/cli/bot-status.ts';
import type { Known } from '../../src/inspector/known.ts';
import { overviewOf } from '../../src/inspector/overview.ts';
import { whyOf } from '../../src/inspector/why.ts';
import { COMPONENTS } from '../../src/machines/messages.ts';
import { type LivingBot, livingBot } from '../faults/living-bot.ts';

let living: LivingBot | null = null;
afterEach(async () => {
  await living?.stop();
  living = null;
});

const knownOf = ({ bot, world, root, ledger }: LivingBot): Known =>
  knownOfBot(bot, world, {
    name: 'bot',
    dir: root,
    speed: 1,
    status: statusOf(bot, world, 1),
    feed: { kind: 'simulated market', symbols: [], last_tick_at: null },
    paper: true,
    commands: [],
    records: ledger(),
  });

describe('the overview of a bot that runs', () => {
  it('tells its thirteen components, and the story of a log that was torn and healed', async () => {
    const it = await livingBot();
    living = it;
    await it.until('it is green', () => it.status().status === 'green');
    const before = overviewOf(knownOf(it));
    expect(before.verdict).toMatchObject({ health: 'green', title: 'Everything holds.' });
    expect(before.components.map(({ id }) => id)).toEqual([...COMPONENTS]);
    for (const { id, checks, budgets, critical } of before.components) {
      expect([id, checks.held, critical]).toEqual([id, checks.all, true]);
      expect(budgets.find(({ remedy }) => remedy === 'RESTART')).toMatchObject({ left: 3, most: 3 });
    }
    expect(whyOf('heartbeat', knownOf(it))?.steps).toMatchObject([{ kind: 'proof', title: 'All 8 checks hold' }]);

    appendFileSync(join(it.root, 'logs/signal_bus.jsonl'), '{"event_type":"signal_gene\n');
    const isHealed = () =>
      it.incidents().some(({ component, status }) => component === 'signal_bus' && status === 'healed');
    await it.until('it is healed', isHealed);
    const after = overviewOf(knownOf(it));
    const bus = after.components.find(({ id }) => id === 'signal_bus');
    expect(after.verdict).toMatchObject({
      health: 'yellow',
      title: expect.stringMatching(/Signal bus was repaired .* ago and is being watched\./),
    });
    expect(bus).toMatchObject({
      health: 'yellow',
      actor: 'signalBus',
      name: 'Signal bus',
      last_repair: { outcome: 'healed', says: expect.stringContaining('Repaired its log') },
      strip: [{ to: null, health: 'yellow' }],
    });
    expect(bus?.budgets.find(({ remedy }) => remedy === 'REPAIR')?.left).toBeLessThan(20);
    const chain = whyOf('signal_bus', knownOf(it));
    expect(chain?.steps.map(({ kind }) => kind)).toEqual([
      'symptom',
      'cause',
      'tried',
      'effect',
      'proof',
      'needs_you',
      'green_when',
    ]);
    expect(chain?.steps.find(({ kind }) => kind === 'effect')?.title).toBe('Trading is unaffected.');
  });
});
