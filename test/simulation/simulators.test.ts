import { describe, expect, it, onTestFinished } from 'vitest';
import { besideModule } from '../../src/adapters/worker-client.ts';
import { runScripts } from '../../src/sim/run-scripts.ts';
import { openSimulators, type Simulators, type SimulatorsOptions } from '../../src/sim/simulators.ts';
import { script } from './outcomes.ts';

function simulators(count: number, options: SimulatorsOptions = {}): Simulators {
  const opened = openSimulators(count, { entry: besideModule('./troubled-simulator', import.meta.url), ...options });
  onTestFinished(() => opened.close());
  return opened;
}

const run = async (opened: Simulators, seeds: readonly number[], done: number[] = []) => {
  const [failed = null] = await runScripts({
    scripts: seeds.map((seed) => script(seed)),
    lanes: opened.all.map(({ simulate }) => simulate),
    onOutcome: ({ seed }) => done.push(seed),
    isStopped: () => false,
  });
  return failed;
};

describe('threads that simulate', () => {
  it('run scripts side by side', async () => {
    const done: number[] = [];
    expect(await run(simulators(2), [1, 2, 3, 4, 5], done)).toBe(null);
    expect(done.sort()).toEqual([1, 2, 3, 4, 5]);
  });

  it('die, and it is said at which seed; the next script has a thread again', async () => {
    const opened = simulators(2);
    const failed = await run(opened, [1, 2, 13, 4]);
    expect(failed).toMatchObject({ script: { seed: 13 } });
    expect(failed?.wrong[0]?.says).toMatch(/^seed 13: simulator \d died: it ended with code 3/);
    expect(await run(opened, [1, 2, 3])).toBe(null);
  });

  it('hang, and it is said at which seed', async () => {
    const failed = await run(simulators(1, { scriptWithinMs: 1_500 }), [14, 1]);
    expect(failed?.wrong[0]?.says).toMatch(/^seed 14: simulator 1 did not answer within 2 s: it hangs/);
  });

  it('pass on what a simulation throws, and simulate the next', async () => {
    const opened = simulators(1);
    expect(await run(opened, [15])).toMatchObject({
      script: { seed: 15 },
      wrong: [{ law: 'the-simulation-ends', says: 'of undefined' }],
    });
    expect(await run(opened, [16])).toBe(null);
  });

  it('cannot start: it is said why', async () => {
    const failed = await run(simulators(1, { entry: besideModule('./no-such-simulator', import.meta.url) }), [1]);
    expect(failed?.wrong[0]?.says).toMatch(/^seed 1: simulator 1 died: .*no-such-simulator/);
  });
});
