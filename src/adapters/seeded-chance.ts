import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { Chance } from '../ports/chance.ts';

/** FNV-1a, 32 bits: turns a name into a number that seeds an independent generator. */
const hash = (text: string, basis: number): number => {
  let h = (0x811c9dc5 ^ basis) >>> 0;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return h;
};

/** Chance from a seed (xoroshiro128+): the same seed gives the same sequence on every machine. */
export function seededChance(seed: number): Chance {
  const generator = xoroshiro128plus(seed | 0);
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
    fork: (name) => seededChance(hash(name, seed)),
  };
}
