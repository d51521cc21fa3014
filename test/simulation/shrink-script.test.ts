import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../src/sim/outcome.ts';
import type { Script } from '../../src/sim/script.ts';
import { shrinkScript } from '../../src/sim/shrink-script.ts';
import { ENDS } from '../../src/sim/trials.ts';
import { fault, outcome, script } from './outcomes.ts';

const FAULTS = Array.from({ length: 40 }, (_, i) => fault((i + 1) * 60_000, i % 2 === 0 ? 'disk-full' : 'feed-silent'));
const long = script(7, [
  ...FAULTS.slice(0, 11),
  fault(660_500, 'crash'),
  ...FAULTS.slice(11),
  fault(2_500_000, 'power-cut'),
]);

/** A bot that loses an event when it crashes and then loses power, with a stop at the exchange; alone, a power cut leaves it red. */
const simulate = async (given: Script): Promise<Outcome> => {
  const has = (kind: string): boolean => given.faults.some((one) => one.kind === kind);
  const loses = has('crash') && has('power-cut') && given.setting.stops;
  return outcome(given.seed, {
    wrong: [
      ...(has('power-cut') ? [{ law: 'it-comes-to-rest', says: 'it is red' }] : []),
      ...(loses ? [{ law: 'nothing-is-lost', says: `1 event of ${given.faults.length} faults` }] : []),
    ],
  });
};

describe('a script that fails', () => {
  it('is cut down to the fewest faults, the plainest setting and the shortest time that break the same law', async () => {
    const { script: cut, ...told } = await shrinkScript(long, '', {
      law: 'nothing-is-lost',
      lanes: [simulate],
      maxRuns: 500,
    });
    expect(cut.faults).toEqual([fault(660_500, 'crash'), fault(2_500_000, 'power-cut')]);
    expect(cut.setting).toMatchObject({ symbols: 1, tickMs: 60_000, stops: true, durability: 'synced', mirror: false });
    expect(cut.faultyMs).toBe(2_560_000);
    expect(cut.seed).toBe(7);
    expect(told).toMatchObject({ isMinimal: true, says: '1 event of 2 faults' });
  });

  it('comes out the same, after as many runs, however many lanes try at once', async () => {
    const once = await shrinkScript(long, '', { law: 'nothing-is-lost', lanes: [simulate], maxRuns: 60 });
    const lanes = [simulate, simulate, simulate, simulate, simulate];
    const atOnce = await shrinkScript(long, '', { law: 'nothing-is-lost', lanes, maxRuns: 60 });
    expect(atOnce).toEqual(once);
    expect(once).toMatchObject({ runs: 60, isMinimal: false });
  });

  it('never costs more runs than it may', async () => {
    let runs = 0;
    const counted = (given: Script): Promise<Outcome> => {
      runs++;
      return simulate(given);
    };
    const cut = await shrinkScript(long, 'as it was', { law: 'nothing-is-lost', lanes: [counted], maxRuns: 1 });
    expect(runs).toBe(1);
    expect(cut).toEqual({ script: long, says: 'as it was', runs: 1, isMinimal: false });
  });

  it('is cut down, too, when the simulation itself throws', async () => {
    const throwing = async (given: Script): Promise<Outcome> => {
      if (given.faults.some(({ kind }) => kind === 'crash')) throw new TypeError('of undefined');
      return outcome(given.seed);
    };
    const cut = await shrinkScript(long, '', { law: ENDS, lanes: [throwing], maxRuns: 500 });
    expect(cut.script.faults).toEqual([fault(660_500, 'crash')]);
    expect(cut.says).toBe('of undefined');
  });

  it('takes no failure for one that comes of being stopped', async () => {
    let isStopped = false;
    const stopping = async (): Promise<Outcome> => {
      isStopped = true;
      throw new Error('simulator 1 was closed');
    };
    const cut = await shrinkScript(long, 'it threw', {
      law: ENDS,
      lanes: [stopping],
      maxRuns: 500,
      isStopped: () => isStopped,
    });
    expect(cut).toMatchObject({ script: long, isMinimal: false });
  });
});
