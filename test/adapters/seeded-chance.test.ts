import { describe, expect, it } from 'vitest';
import { seededChance } from '../../src/adapters/seeded-chance.ts';
import type { Chance } from '../../src/ports/chance.ts';
import { fc } from '../fast-check.ts';

const draws = (chance: Chance, count: number): number[] => Array.from({ length: count }, () => chance.next());
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('seeded chance', () => {
  it('gives the same sequence for the same seed, and another for another', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), (a, b) => {
        expect(draws(seededChance(a), 20)).toEqual(draws(seededChance(a), 20));
        if (a !== b) expect(draws(seededChance(a), 4)).not.toEqual(draws(seededChance(b), 4));
      }),
    );
  });

  it('is pinned: a seed reported today replays tomorrow', () => {
    const chance = seededChance(42);
    expect([chance.next(), chance.gaussian(), chance.hex(8), chance.uuid()]).toMatchInlineSnapshot(`
      [
        0.5413521794340045,
        -0.3204652715347042,
        "d5176293",
        "108f7d90-c7a5-43f8-a708-b684e090c805",
      ]
    `);
  });

  it('is uniform in [0, 1) from the first draw on, whatever the seed', () => {
    const firsts = Array.from({ length: 10_000 }, (_, seed) => seededChance(seed).next());
    expect(mean(firsts)).toBeCloseTo(0.5, 1);
    expect(firsts.filter((value) => value < 0.1).length).toBeGreaterThan(800);
    expect(firsts.every((value) => value >= 0 && value < 1)).toBe(true);
    const neighbours = firsts.slice(1).map((value, i) => (value - 0.5) * ((firsts[i] ?? 0) - 0.5));
    expect(Math.abs(mean(neighbours) * 12)).toBeLessThan(0.05);
  });

  it('is normal with mean 0 and deviation 1 where asked', () => {
    const chance = seededChance(3);
    const values = Array.from({ length: 50_000 }, () => chance.gaussian());
    expect(Math.abs(mean(values))).toBeLessThan(0.02);
    expect(mean(values.map((value) => value ** 2))).toBeCloseTo(1, 1);
    expect(mean(values.map((value) => Number(Math.abs(value) > 1.96)))).toBeCloseTo(0.05, 1);
  });

  it('forks by name: independent of draws made before, and never disturbing them', () => {
    const one = seededChance(7);
    const other = seededChance(7);
    draws(one, 13);
    expect(draws(one.fork('broker'), 10)).toEqual(draws(other.fork('broker'), 10));
    draws(other, 13);
    expect(draws(one, 5)).toEqual(draws(other, 5));
  });

  it('has no two forks alike: other names, other seeds, other depths', () => {
    const root = [1, 2, 3].flatMap((seed) => {
      const chance = seededChance(seed);
      const names = ['a', 'b', 'c', 'a,b', ''].map((name) => chance.fork(name));
      return [chance, ...names, chance.fork('a').fork('b'), chance.fork('b').fork('a')];
    });
    expect(new Set(root.map((chance) => draws(chance, 3).join())).size).toBe(root.length);
  });

  it('writes hexadecimal digits and version 4 UUIDs', () => {
    const chance = seededChance(1);
    expect(chance.hex(0)).toBe('');
    for (let i = 0; i < 200; i++) {
      expect(chance.hex(8)).toMatch(/^[0-9a-f]{8}$/);
      expect(chance.uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }
  });
});
