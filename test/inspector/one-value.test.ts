/** Health and criticality are decided once: whatever happens, all who tell them tell the same, and none flatters. */

import { describe, expect, it } from 'vitest';
import { byHealth, worst } from '../../src/healing/health.ts';
import { overviewOf } from '../../src/inspector/overview.ts';
import { fc } from '../fast-check.ts';
import { type JudgedBot, judgedBot } from './judged-bot.ts';
import { READERS, readMetrics } from './readers.ts';

type Step =
  | { readonly do: 'fact'; readonly id: number; readonly fact: boolean | null }
  | { readonly do: 'answer'; readonly id: number; readonly isDone: boolean }
  | { readonly do: 'give up' | 'mend'; readonly id: number }
  | { readonly do: 'all'; readonly fact: boolean | null }
  | { readonly do: 'pass'; readonly ms: number; readonly looks: boolean }
  | { readonly do: 'resume' };

const id = fc.nat({ max: 27 });
const fact = fc.constantFrom(true, true, false, null);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('fact' as const), id, fact }),
  fc.record({ do: fc.constant('answer' as const), id, isDone: fc.boolean() }),
  fc.record({ do: fc.constantFrom('give up' as const, 'mend' as const), id }),
  fc.record({ do: fc.constant('all' as const), fact }),
  fc.record({
    do: fc.constant('pass' as const),
    ms: fc.constantFrom(100, 1_000, 29_000, 61_000, 400_000, 700_000),
    looks: fc.boolean(),
  }),
  fc.constant({ do: 'resume' as const }),
);

function take(bot: JudgedBot, one: Step): void {
  const named = 'id' in one ? (bot.ids[one.id] ?? '') : '';
  if (one.do === 'fact') bot.set(named, one.fact);
  else if (one.do === 'answer') bot.answer(named, one.isDone);
  else if (one.do === 'all') bot.all(one.fact);
  else if (one.do === 'resume') bot.resume();
  else if (one.do === 'pass') bot.pass(one.ms);
  else if (one.do === 'mend') bot.mend(named);
  else bot.giveUp(named);
  if (one.do !== 'pass' || one.looks) bot.look();
}

/** Everything that must hold at every moment of every history. */
async function check(bot: JudgedBot): Promise<void> {
  const known = bot.known();
  const { status } = known;
  const [first, ...others] = await Promise.all(READERS.map(async (one) => ({ ...one, told: await one.read(known) })));
  for (const { name, told } of others) {
    expect({ name, ...told.components }).toEqual({ name, ...first?.told.components });
    expect([name, told.overall]).toEqual([name, first?.told.overall]);
    for (const [id, critical] of Object.entries(told.critical ?? {}))
      expect([name, id, critical]).toEqual([name, id, first?.told.critical?.[id]]);
  }

  const all = [...Object.values(status.components), ...Object.values(status.beside ?? {})].map((one) => one.status);
  expect(status.status).toBe(worst(all));
  const incidents = bot.board.openIncidents();
  for (const [component, { status: health, critical, invariants }] of Object.entries(status.components)) {
    const open = incidents.filter(({ invariant }) => invariant.component === component);
    if (health === 'green') {
      expect([component, open]).toEqual([component, []]);
      expect(invariants.map(({ holds }) => holds)).toEqual(invariants.map(() => true));
    }
    if (health === 'unknown') {
      expect(invariants.some(({ holds }) => holds === null)).toBe(true);
      expect([open.length, byHealth(health, 'green') < 0]).toEqual([0, true]);
    }
    const failed = open.filter(({ phase }) => phase === 'failed');
    if (failed.length > 0) expect([component, health]).toEqual([component, 'red']);
    const told = failed.filter(({ invariant }) => bot.raised.includes(`INCIDENT_FAILED ${invariant.id}`));
    // Who is alerted of it, and what is called critical, are one decision.
    if (told.length > 0) expect([component, critical]).toEqual([component, true]);
    if (failed.length > 0 && !critical) expect([component, told]).toEqual([component, []]);
  }
  for (const { id: component, strip } of overviewOf(known).components) {
    const open = incidents.filter(({ invariant }) => invariant.component === component);
    const now = strip.filter(({ to, incident }) => to === null && open.some((one) => one.id === incident));
    expect([component, new Set(now.map(({ incident }) => incident)).size]).toEqual([component, open.length]);
    const isRed = open.some(({ phase }) => phase === 'failed');
    if (open.length > 0) expect([component, now.some(({ health }) => health === 'red')]).toEqual([component, isRed]);
  }
}

describe('health and criticality', () => {
  it('are the same wherever they are told, and never better than what is known, through every history', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
        const bot = judgedBot();
        await check(bot);
        for (const one of steps) {
          take(bot, one);
          await check(bot);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('are read by the words on the terminal in every one of the four colours, so that the law above is no empty one', async () => {
    const bot = judgedBot();
    const words = READERS.find(({ name }) => name === 'status');
    const read = async () => new Set(Object.values((await words?.read(bot.known()))?.components ?? {}));
    expect([...(await read())]).toEqual(['unknown']);
    bot.all(true);
    bot.look();
    expect([...(await read())]).toEqual(['green']);
    bot.mend('signal_bus/works');
    bot.giveUp('shadow_engine/works');
    expect([...(await read())].sort()).toEqual(['green', 'red', 'yellow']);
  });

  it('are read from the text that Prometheus scrapes: two healths of one component at once would show', () => {
    const text = [
      '# HELP kintsugi_health 1 for the health of the whole.',
      'kintsugi_health{health="green"} 0',
      'kintsugi_health{health="red"} 1',
      'kintsugi_component_health{component="signal_bus",health="red"} 1',
      'kintsugi_component_health{component="signal_bus",health="green"} 0',
      'kintsugi_component_critical{component="signal_bus"} 1',
      'kintsugi_component_critical{component="heartbeat"} 0',
    ];
    expect(readMetrics(text.join('\n'))).toEqual({
      overall: 'red',
      components: { signal_bus: 'red' },
      critical: { signal_bus: true, heartbeat: false },
    });
    expect(readMetrics([...text, 'kintsugi_health{health="yellow"} 1'].join('\n')).overall).toBe('red,yellow');
  });
});
