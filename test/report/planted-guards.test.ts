/** What the report must be able to tell, and what it must not say: guards of known skill, planted into thousands of trades. */
import { describe, expect, it } from 'vitest';
import { seededChance } from '../../src/adapters/seeded-chance.ts';
import { Blocks } from '../../src/report/bootstrap.ts';
import { RULE } from '../../src/report/rule.ts';
import { type Sides, savedDraws } from '../../src/report/selectivity.ts';
import { effectiveNumber } from '../../src/report/uniqueness.ts';
import { verdictsOn } from '../../src/report/verdict.ts';
import { planted, plantedTrades } from './planted.ts';

const RUNS = 200;
const { source, trades } = plantedTrades();
/** Two days, as the report takes them: the longest of these trades is held for more than one. */
const blocks = new Blocks(
  trades.map(({ openedAt }) => openedAt),
  48 * 3_600_000,
  RULE.resamples,
  seededChance(RULE.seed),
);
const guardOf = (seed: number, share: number, worseBp: number): Sides =>
  planted(trades, share, worseBp, seededChance(seed).fork('planted'));
const wordsOf = (sidesOf: (seed: number) => readonly Sides[], runs = RUNS): string[] =>
  Array.from({ length: runs }, (_, seed) => verdictsOn(sidesOf(seed), blocks, null)[0]?.word ?? '');
const shareOf = (words: readonly string[], ...wanted: string[]): number =>
  words.filter((word) => wanted.includes(word)).length / words.length;

describe(`guards planted into ${trades.length} shadow trades (${source})`, () => {
  it('overlap so much that they amount to few', () => {
    expect(trades.length).toBeGreaterThan(4_000);
    expect(effectiveNumber(trades)).toBeLessThan(trades.length / 10);
  });

  it.each([0.4, 0.1])('one without skill that blocks %d of them gets a verdict in at most 8 of 100 runs', (share) => {
    const words = wordsOf((seed) => [guardOf(seed, share, 0)]);
    expect(shareOf(words, 'saves', 'costs')).toBeLessThanOrEqual(0.08);
  });

  it('one that blocks 2,000 trades which are 0.3 % worse is found in at least 80 of 100 runs, also as one of seven', () => {
    const sides = (seed: number): readonly Sides[] => [
      guardOf(seed, 0.33, 30),
      ...Array.from({ length: 6 }, (_, other) => guardOf(1_000 + seed * 6 + other, 0.4, 0)),
    ];
    const blocked = Array.from({ length: RUNS }, (_, seed) => guardOf(seed, 0.33, 30).blocked.length);
    expect(blocked.reduce((a, b) => a + b, 0) / RUNS).toBeLessThan(2_200);
    // Six more guards cost six times the draws: every eighth run of them.
    const words = wordsOf((seed) => (seed % 8 === 0 ? sides(seed) : [guardOf(seed, 0.33, 30)]));
    expect(shareOf(words, 'saves')).toBeGreaterThanOrEqual(0.8);
    const oneOfSeven = words.filter((_, seed) => seed % 8 === 0);
    expect(shareOf(oneOfSeven, 'saves')).toBeGreaterThanOrEqual(0.8);
    expect(shareOf(words, 'costs')).toBe(0);
  });

  it('one that blocks trades which are 0.3 % better costs', () => {
    const words = wordsOf((seed) => [guardOf(seed, 0.33, -30)], 50);
    expect(shareOf(words, 'costs')).toBeGreaterThanOrEqual(0.8);
  });

  it('saves money by doing nothing well, which is why saved money is no verdict', () => {
    let [looksGood, runs] = [0, 0];
    for (let seed = 0; seed < 40; seed++, runs++) {
      const [low] = savedDraws(guardOf(seed, 0.4, 0).blocked, blocks).interval(RULE.alpha) ?? [0, 0];
      if (low > 0) looksGood++;
    }
    expect(looksGood / runs).toBeGreaterThan(0.5);
  });

  it('is told nothing of while verdicts are suspended, and nothing of a few days', () => {
    const good = guardOf(1, 0.33, 100);
    expect(verdictsOn([good], blocks, null)[0]?.word).toBe('saves');
    expect(verdictsOn([good], blocks, 'verdicts are suspended')[0]).toMatchObject({
      word: 'no evidence',
      says: 'verdicts are suspended',
    });
    const firstDays = (trades[0]?.openedAt ?? 0) + 8 * 86_400_000;
    const few = {
      blocked: good.blocked.filter(({ openedAt }) => openedAt < firstDays),
      passed: good.passed.filter(({ openedAt }) => openedAt < firstDays),
    };
    const [verdict] = verdictsOn([few], blocks, null);
    expect(verdict).toMatchObject({ word: 'no evidence', has_enough_data: false, p: null });
    expect(verdict?.says).toMatch(/^not enough data: /);
  });
});
