import { randomInt } from 'node:crypto';
import type { Chance } from '../ports/chance.ts';
import { seededChance } from './seeded-chance.ts';

/** Chance that no run shares with another. */
export const ownChance = (): Chance => seededChance(randomInt(2 ** 31));
