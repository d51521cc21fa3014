import { describe, expect, it } from 'vitest';
import { runScripts } from '../../src/sim/run-scripts.ts';
import type { Script } from '../../src/sim/script.ts';
import type { Simulate } from '../../src/sim/trials.ts';
import { outcome, script } from './outcomes.ts';

const seeds = (count: number): Script[] => Array.from({ length: count }, (_, i) => script(i + 1));
const broken = { law: 'a-law', says: 'it is broken' };
const never = (): boolean => false;

describe('scripts on several lanes', () => {
  it('are each run once', async () => {
    const done: number[] = [];
    const lane: Simulate = async ({ seed }) => outcome(seed);
    const failed = await runScripts({
      scripts: seeds(20),
      lanes: [lane, lane, lane],
      onOutcome: ({ seed }) => done.push(seed),
      isStopped: never,
    });
    expect(failed).toEqual([]);
    expect(done.sort((a, b) => a - b)).toEqual(seeds(20).map(({ seed }) => seed));
  });

  it('fail by the first that fails, though a later one was faster, and then none is begun', async () => {
    const begun: number[] = [];
    let release = (): void => undefined;
    const slow = new Promise<void>((resolve) => {
      release = resolve;
    });
    const lane: Simulate = async ({ seed }) => {
      begun.push(seed);
      if (seed === 3) await slow;
      if (seed === 5) release();
      return outcome(seed, seed === 3 || seed === 5 ? { wrong: [broken] } : {});
    };
    const failed = await runScripts({
      scripts: seeds(50),
      lanes: [lane, lane],
      onOutcome: () => undefined,
      isStopped: never,
    });
    expect(failed[0]).toMatchObject({ script: { seed: 3 }, wrong: [broken] });
    expect(begun).toEqual([1, 2, 3, 4, 5]);
  });

  it('fail, too, when a simulation does not end by itself', async () => {
    const lane: Simulate = async ({ seed }) => {
      if (seed === 2) throw new Error('seed 2: simulator 1 died: out of memory');
      return outcome(seed);
    };
    const failed = await runScripts({ scripts: seeds(9), lanes: [lane], onOutcome: () => undefined, isStopped: never });
    expect(failed).toMatchObject([
      { script: { seed: 2 }, wrong: [{ law: 'the-simulation-ends', says: 'seed 2: simulator 1 died: out of memory' }] },
    ]);
  });

  it('are all run, where that is wished, and all that fail are told in their order', async () => {
    const done: number[] = [];
    const lane: Simulate = async ({ seed }) => outcome(seed, seed % 3 === 0 ? { wrong: [broken] } : {});
    const failed = await runScripts({
      scripts: seeds(9),
      lanes: [lane, lane],
      onOutcome: ({ seed }) => done.push(seed),
      isStopped: never,
      keepGoing: true,
    });
    expect(failed.map(({ script }) => script.seed)).toEqual([3, 6, 9]);
    expect(done).toHaveLength(9);
  });

  it('are stopped: what fails by that has not failed', async () => {
    let stopped = false;
    const lane: Simulate = async ({ seed }) => {
      if (seed < 4) return outcome(seed);
      stopped = true;
      throw new Error('simulator 1 was closed');
    };
    const done: number[] = [];
    const failed = await runScripts({
      scripts: seeds(9),
      lanes: [lane],
      onOutcome: ({ seed }) => done.push(seed),
      isStopped: () => stopped,
    });
    expect(failed).toEqual([]);
    expect(done).toEqual([1, 2, 3]);
  });
});
