import { createHash } from 'node:crypto';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import type { Chance } from '../ports/chance.ts';

/**
 * A whole state from the seed and the names of the forks. `xoroshiro128plus(seed)` leaves three quarters of the state as
 * good as constant: the first draw of each of 20,000 seeds was 0.9998 or more.
 */
const stateOf = (seed: number, path: readonly string[]): number[] => {
  const digest = createHash('sha256')
    .update(JSON.stringify([seed, ...path]))
    .digest();
  return [0, 4, 8, 12].map((offset) => digest.readInt32LE(offset));
};

/** Chance from a seed (xoroshiro128+): the same seed gives the same sequence on every machine. */
export const seededChance = (seed: number): Chance => chanceAt(seed, []);

function chanceAt(seed: number, path: readonly string[]): Chance {
  const generator = xoroshiro128plusFromState(stateOf(seed, path));
  let spare: number | null = null;
  const next = (): number => uniformFloat64(generator);
  const hex = (digits: number): string => {
    let text = '';
    for (let i = 0; i < digits; i++) text += Math.floor(next() * 16).toString(16);
    return text;
  };
  return {
    next,
    gaussian: () => {
      if (spare !== null) {
        const value = spare;
        spare = null;
        return value;
      }
      // Box and Muller's transform, which gives two at a time.
      const radius = Math.sqrt(-2 * Math.log(1 - next()));
      const angle = 2 * Math.PI * next();
      spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    },
    hex,
    uuid: () => {
      const variant = (8 + Math.floor(next() * 4)).toString(16);
      return `${hex(8)}-${hex(4)}-4${hex(3)}-${variant}${hex(3)}-${hex(12)}`;
    },
    fork: (name) => chanceAt(seed, [...path, name]),
  };
}
