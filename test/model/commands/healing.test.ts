/**
 * The healing operator under any history of damage, of a component that mends, lies, refuses or says nothing, of restarts and of a
 * disk that refuses its ledger: healed is proven, budgets are kept, what cannot be healed blocks entries, and the ledger can be true.
 */

import { describe, expect, it } from 'vitest';
import { LEDGER_FILE } from '../../../src/actors/healing-operator.ts';
import { type Intensity, LIMITS } from '../../../src/healing/budget.ts';
import { checkChain } from '../../../src/healing/chain-check.ts';
import { checkLedger } from '../../../src/healing/ledger-check.ts';
import { fc } from '../../fast-check.ts';
import { type Command, holdOver } from './commands.ts';
import { HealingBench, INVARIANT, type Manner } from './healing-bench.ts';

interface Model {
  broken: boolean;
  manner: Manner;
  refusing: boolean;
  /** It accepts again, and what waited meanwhile may not have been tried again. */
  behind: boolean;
  /** A process died while the disk refused: what it had not written is gone. */
  lossy: boolean;
}
type Given = Command<Model, HealingBench>;

/** What a disk refused is tried again at the latest so long after. */
const SWEEP_MS = 60_000;

const breaks = fc.constant<Given>({
  says: 'it breaks',
  when: ({ broken }) => !broken,
  run: async (model, real) => {
    await real.break();
    model.broken = real.broken;
  },
});
const mends = fc.constant<Given>({
  says: 'it comes right by itself',
  when: ({ broken }) => broken,
  run: (_, real) => real.mend(),
});
const manners = fc.constantFrom<Manner[]>('mends', 'lies', 'refuses', 'is silent').map(
  (manner): Given => ({
    says: `from now on it ${manner}`,
    when: (model) => model.manner !== manner,
    run: async (model, real) => {
      model.manner = manner;
      real.manner = manner;
    },
  }),
);
const wait = fc.constantFrom(30, 700, 5_500, 61_000, 310_000).map(
  (ms): Given => ({
    says: `${ms} ms go by`,
    run: async (model, real) => {
      await real.wait(ms);
      if (ms > SWEEP_MS) model.behind = false;
    },
  }),
);
const restart = fc
  .tuple(
    fc.constantFrom('healingOperator' as const, 'safetyLayer' as const),
    fc.constantFrom('stop' as const, 'cut' as const),
  )
  .map(([id, how]): Given => ({ says: `${how} and start ${id}`, run: (_, real) => real.restart(id, how) }));
const die = fc.constant<Given>({
  says: 'the process dies',
  run: async (model, real) => {
    if (model.refusing) model.lossy = true;
    await real.die();
  },
});
const disk = fc.constant<Given>({
  says: 'the disk refuses the ledger, or accepts it again',
  run: async (model, real) => {
    model.refusing = !model.refusing;
    model.behind = !model.refusing;
    if (model.refusing) real.refuse(LEDGER_FILE);
    else real.accept();
  },
});

/** At no moment more than are allowed in the time before it. */
const keeps = (times: readonly number[], { most, withinMs }: Intensity): void => {
  for (const at of times)
    expect(times.filter((one) => one <= at && at - one < withinMs).length).toBeLessThanOrEqual(most);
};

async function laws(model: Model, real: HealingBench): Promise<void> {
  model.broken = real.broken;
  const times = (type: string) => real.remedied.filter((one) => one.type === type).map(({ at }) => at);
  keeps(times('REPAIR'), LIMITS.others);
  keeps(times('RESTART'), LIMITS.restarts);
  const lines = await real.ledger();
  if (!model.lossy) expect(checkChain(lines, [], null).findings).toEqual([]);
  const { findings, incidents } = checkLedger(lines, [], model.lossy);
  expect(findings).toEqual([]);
  const open = [...incidents.values()].filter(({ status }) => status === 'open' || status === 'failed');
  // One at a time; those of processes that died stay as they were.
  expect(real.incidents.length).toBeLessThanOrEqual(1);
  if (!model.refusing && !model.behind && !model.lossy)
    for (const { id } of real.incidents) expect(open.map(({ incident_id }) => incident_id)).toContain(id);
  // What was given up blocks entries; and who decides about entries knows of it.
  if (real.incidents.some(({ phase }) => phase === 'failed')) expect(real.isTripped).toBe(true);
  expect(real.safety.active).toBe(real.isTripped);
  expect(real.entriesOpen).toBe(!real.isTripped);
  expect([...(real.firing.get('HEALING_ESCALATION') ?? [])]).toEqual(real.isTripped ? ['kill_switch'] : []);
}

/** Once it mends what it is asked to mend, all comes right, and in a quiet hour entries return. */
async function atRest(model: Model, real: HealingBench): Promise<void> {
  real.accept();
  model.refusing = false;
  model.behind = false;
  real.manner = 'mends';
  await real.wait(400_000);
  await laws(model, real);
  expect(real.broken).toBe(false);
  expect(real.incidents).toEqual([]);
  const { incidents } = checkLedger(await real.ledger(), [], model.lossy);
  const [last] = [...incidents.values()].filter(({ incident_id: id }) => real.own.has(id)).slice(-1);
  if (last && !model.lossy) expect(['healed', 'cleared']).toContain(last.status);
  await real.wait(3_720_000);
  expect(real.isTripped).toBe(false);
  expect(real.entriesOpen).toBe(true);
  expect([...(real.firing.get('INCIDENT_FAILED') ?? [])]).toEqual([]);
}

describe('a healer', () => {
  it(`heals ${INVARIANT} with proof and within its budgets, or blocks entries`, async () => {
    await holdOver<Model, HealingBench>({
      file: 'healing.test.ts',
      commands: [breaks, breaks, breaks, mends, manners, manners, wait, wait, wait, wait, restart, die, disk],
      begin: async () => {
        const real = await HealingBench.begin();
        const model: Model = { broken: false, manner: 'mends', refusing: false, behind: false, lossy: false };
        return { model, real, atRest: () => atRest(model, real), end: () => real.end() };
      },
      laws,
      runs: 25,
      most: 25,
    });
  });
});
