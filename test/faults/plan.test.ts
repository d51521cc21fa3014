/** What a healer plans is what happens; and one that only observes touches nobody. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { AnyEventObject } from 'xstate';
import { verifyLedger } from '../../src/cli/commands/verify.ts';
import type { Remedy } from '../../src/healing/invariant.ts';
import type { LivingBot } from './living-bot.ts';
import { it } from './with-bots.ts';

const DECISIONS = 'decision_tracker/signal_decisions.jsonl-is-sound';
const REMEDIES = ['EXPIRE', 'REPAIR', 'RESTART', 'RESTART_CHILD'];

/** All remedies that reach anybody, by mail or through the supervisor. */
function watchMail({ bot }: LivingBot): { readonly to: string; readonly type: string }[] {
  const seen: { to: string; type: string }[] = [];
  const note = (to: string, { type }: AnyEventObject): void => {
    if (REMEDIES.includes(type)) seen.push({ to, type });
  };
  const urgent = bot.mailboxes.urgent.bind(bot.mailboxes);
  const post = bot.mailboxes.post.bind(bot.mailboxes);
  bot.mailboxes.urgent = (to, event) => {
    note(to, event);
    return urgent(to, event);
  };
  bot.mailboxes.post = (to, event) => {
    note(to, event);
    post(to, event);
  };
  const send = bot.root.send.bind(bot.root);
  bot.root.send = (event: AnyEventObject) => {
    note(String(event.id), event);
    send(event);
  };
  return seen;
}

/** How often each actor has been born. */
const births = ({ bot }: LivingBot): ReadonlyMap<string, number> => {
  const children = bot.root.getSnapshot().context.children as readonly { id: string; incarnation: number }[];
  const operator = bot.mailboxes.ref('healingOperator');
  return new Map([
    ...children.map(({ id, incarnation }): [string, number] => [id, incarnation]),
    ['architectureHealing', Number(operator?.id && bot.mailboxes.ref('architectureHealing')?.sessionId.slice(2))],
  ]);
};
const born = (before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): readonly string[] =>
  [...after].flatMap(([id, count]) => (before.get(id) === count ? [] : [id])).sort();

const isAllUp = ({ bot }: LivingBot): boolean =>
  (bot.root.getSnapshot().context.children as readonly { phase: string }[]).every(({ phase }) => phase === 'ready') &&
  bot.mailboxes.ref('architectureHealing')?.getSnapshot().status === 'active';

describe.concurrent('a healer that observes', () => {
  it('records what it would send, sends nothing to anybody, and blocks nothing', async ({ start }) => {
    const bot = await start({ healing: 'observe' });
    const seen = watchMail(bot);
    rmSync(join(bot.root, 'logs/signal_decisions.jsonl'));
    bot.bot.mailboxes.stall('shadowEngine');
    const recordOf = (invariant: RegExp) =>
      bot.incidents().find((one) => invariant.test(one.invariant) && one.remedies.length > 0);
    await bot.until('both are recorded', () => !!recordOf(/signal_decisions/) && !!recordOf(/shadow_engine/));
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect(seen).toEqual([]);
    expect(recordOf(/signal_decisions/)).toMatchObject({
      status: 'open',
      invariant: DECISIONS,
      remedies: [
        {
          type: 'REPAIR',
          to: 'decisionTracker',
          target: 'log',
          answered_at: null,
          outcome: 'observed',
          plan: { affects: ['decisionTracker'], does: 'ask decisionTracker to repair its log' },
        },
      ],
    });
    expect(recordOf(/shadow_engine/)?.remedies).toMatchObject([{ type: 'RESTART', outcome: 'observed' }]);
    const { kill_switch: kill, components, healing } = bot.status();
    expect([kill.active, healing]).toEqual([false, 'observe']);
    expect(components.decision_tracker.status).toBe('yellow');
    expect(bot.said().join('\n')).not.toContain('[HEALING] REPAIR');
    expect(verifyLedger(bot.root).findings).toEqual([]);
  });
});

describe.concurrent('a plan', () => {
  it('names the remedy, the addressee and the actors restarted, before they are', async ({ start }) => {
    const bot = await start();
    const seen = watchMail(bot);
    const before = births(bot);
    bot.bot.mailboxes.stall('shadowEngine');
    const healed = () =>
      bot.incidents().find(({ component, status }) => component === 'shadow_engine' && status === 'healed');
    await bot.until('it is healed', () => healed() !== undefined);
    const [attempt] = healed()?.remedies ?? [];
    expect(attempt).toMatchObject({ type: 'RESTART', outcome: 'proven' });
    expect(seen.filter(({ type }) => type === 'RESTART_CHILD')).toEqual([{ to: attempt?.to, type: 'RESTART_CHILD' }]);
    expect(born(before, births(bot))).toEqual([...(attempt?.plan?.affects ?? [])].sort());
    const lines = readFileSync(join(bot.root, 'logs/healing.jsonl'), 'utf8').trim().split('\n');
    const planned = lines
      .map((line) => JSON.parse(line))
      .find(({ incident_id: id, remedies }) => id === healed()?.incident_id && remedies.length === 1);
    expect(planned).toMatchObject({ status: 'open', remedies: [{ outcome: 'under way', plan: attempt?.plan }] });
    expect(verifyLedger(bot.root).findings).toEqual([]);
  });

  it.for([
    ['stateMachine', 'rest'],
    ['signalEngine', 'rest'],
    ['shadowEngine', 'one'],
    ['healingOperator', 'one'],
  ] as const)('RESTART %s (%s) touches those it names, all of them and nobody else', async ([to, scope], { start }) => {
    const bot = await start();
    const remedy: Remedy = { type: 'RESTART', scope };
    const plan = bot.bot.affects(to, remedy);
    const before = births(bot);
    bot.bot.root.send({
      type: 'RESTART_CHILD',
      id: to,
      scope,
      incident: 'i',
      reason: 'a test',
      from: 'healingOperator',
    });
    await bot.until('they are back', () => isAllUp(bot) && born(before, births(bot)).length > 0);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await bot.until('all are up', () => isAllUp(bot));
    expect(plan[0]).toBe(to);
    expect(born(before, births(bot))).toEqual([...plan].sort());
  });
});

describe.concurrent('resume, while the bot runs', () => {
  const trip = ({ bot }: LivingBot, by: readonly string[]) =>
    bot.mailboxes.post('healingOperator', { type: 'TRIP', reason: 'a test', at: 0, severity: 'critical', by });
  const request = { reason: 'I looked', by: 'me (process 1)', force: false };

  it('is refused while an invariant that tripped it does not hold, and done when it does', async ({ start }) => {
    const bot = await start({ healing: 'observe' });
    trip(bot, ['signal_bus/alive']);
    trip(bot, [DECISIONS]);
    await bot.until('it is on', () => bot.status().kill_switch.active);
    expect(bot.status().kill_switch.tripped_by).toEqual(['signal_bus/alive', DECISIONS]);
    const path = join(bot.root, 'logs/signal_decisions.jsonl');
    rmSync(path);
    await bot.until('it is broken', () => bot.status().invariants.find(({ id }) => id === DECISIONS)?.holds === false);
    const refused = await bot.bot.resume(request);
    expect(refused).toMatchObject({ resumed: false, not_holding: [DECISIONS] });
    expect(refused.says).toContain('--force');
    expect(bot.status().kill_switch.active).toBe(true);
    expect(await bot.bot.resume({ ...request, force: true })).toMatchObject({ resumed: true });
    expect(bot.status().kill_switch).toEqual({ active: false, reason: null, tripped_by: [] });
    expect(bot.bot.mailboxes.ref('safetyLayer')?.getSnapshot().context.killSwitch).toMatchObject({ active: false });
    const lines = readFileSync(join(bot.root, 'logs/healing.jsonl'), 'utf8').trim().split('\n');
    const resumed = lines.map((line) => JSON.parse(line)).filter(({ event_type: type }) => type === 'operator');
    expect(resumed).toMatchObject([{ by: 'me (process 1)', forced: true, was: 'a test', not_holding: [DECISIONS] }]);
    expect((await bot.bot.resume(request)).says).toContain('off already');
    expect(verifyLedger(bot.root).findings).toEqual([]);
  });

  it('takes an invariant it has no evidence of for one that does not hold', async ({ start }) => {
    const bot = await start();
    trip(bot, ['nobody/knows']);
    await bot.until('it is on', () => bot.status().kill_switch.active);
    expect(await bot.bot.resume(request)).toMatchObject({ resumed: false, not_holding: ['nobody/knows'] });
  });
});
