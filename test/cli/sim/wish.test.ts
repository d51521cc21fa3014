import { describe, expect, it } from 'vitest';
import { replayScript, replaySeed } from '../../../src/cli/sim/replay.ts';
import { type SimFlags, simWish } from '../../../src/cli/sim/wish.ts';

describe('what kintsugi sim is asked for', () => {
  it('is a hundred seeds of two hours on all processors, where nothing is said', () => {
    expect(simWish({}, 8)).toEqual({
      what: { is: 'seeds', from: 1, count: 100, hours: 2, kinds: null, faults: null, every: null, meet: false },
      out: null,
      trace: null,
      shrinkRuns: 300,
      workers: 8,
      twice: 'first',
      keepGoing: false,
      json: false,
    });
  });

  it('is one seed, which is only run again', () => {
    expect(simWish({ seed: '114', hours: '0.5', faults: 'crash=2,disk-full', every: '30s' }, 8)).toMatchObject({
      what: { from: 114, count: 1, hours: 0.5, kinds: ['crash', 'crash', 'disk-full'], every: { ms: 30_000 } },
      shrinkRuns: 0,
      twice: 'none',
    });
  });

  it.each<[SimFlags, string]>([
    [{ seeds: '0' }, '--seeds 0: a whole number from 1 on is wanted'],
    [{ seeds: '1e400' }, '--seeds 1e400: a whole number'],
    [{ seed: '-1' }, '--seed -1: a whole number from 0 on'],
    [{ hours: '0' }, '--hours 0: a number of hours is wanted'],
    [{ hours: 'two' }, '--hours two: a number of hours is wanted'],
    [{ workers: '' }, '--workers : a whole number'],
    [{ every: '30' }, '--every 30: a duration is a number and a unit'],
    [{ seed: '1', seeds: '2' }, '--seed with --seeds: one seed is replayed'],
    [{ script: 'a.json', hours: '2' }, '--script with --hours: a script says all of it itself'],
    [{ script: ' ' }, '--script: it is empty'],
    [{ out: '' }, '--out: it is empty'],
    [{ trace: 'file' }, '--trace: it is of one seed'],
    [{ trace: '-', seed: '1', json: true }, '--trace - with --json'],
    [{ faults: 'crahs' }, '--faults crahs: crahs: there is no such kind of fault. Did you mean crash?'],
    [{ faults: 'zzzzzzzzzzzzzz' }, 'there is no such kind of fault. There are: crash, power-cut'],
    [{ faults: 'crash=0' }, '--faults crash=0: crash=0: a weight is a whole number'],
  ])('is refused as wrong usage: %j', (flags, words) => {
    expect(() => simWish(flags, 2)).toThrow(
      expect.objectContaining({ message: expect.stringContaining(words), exitCode: 64 }),
    );
  });

  it('is told as a command that does the same again', () => {
    const { what } = simWish({ hours: '12', faults: 'crash=5, disk-full', every: '2m', meet: true }, 2);
    if (what.is !== 'seeds') throw new Error('seeds were asked for');
    const replay = replaySeed(17, what);
    expect(replay).toBe("kintsugi sim --seed 17 --hours 12 --faults 'crash=5, disk-full' --every 2m --meet");
    expect(replayScript("it's.json")).toBe("kintsugi sim --script 'it'\\''s.json'");
  });
});
