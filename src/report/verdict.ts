/** The verdicts on all guards of one report, together: the more guards are asked about, the more has to be shown of each. */
import type { Blocks } from './bootstrap.ts';
import { daysIn, roundedInterval, roundedOr } from './figures.ts';
import { holm } from './holm.ts';
import { RULE } from './rule.ts';
import { type Sides, selectivity, selectivityDraws } from './selectivity.ts';
import { round } from './trade.ts';
import { effectiveNumber } from './uniqueness.ts';
import type { Interval } from './wilson.ts';

export type VerdictWord = 'saves' | 'costs' | 'no evidence';

export interface Verdict {
  readonly word: VerdictWord;
  /** Why, in words; begins with `not enough data` where that is the reason. */
  readonly says: string;
  readonly has_enough_data: boolean;
  readonly selectivity_r: number | null;
  /** At the level Holm's procedure gives this guard; it must exclude 0. */
  readonly interval_r: Interval | null;
  /** Adjusted for all guards of the report. */
  readonly p: number | null;
  /** The smallest selectivity, R, that would have been found with a chance of 80 %. */
  readonly detectable_r: number | null;
  readonly n_eff: { readonly blocked: number; readonly passed: number };
  readonly days: number;
}

/** What speaks against a verdict before anything is computed. */
function lacking(n: Verdict['n_eff'], days: number): string {
  const lacks: string[] = [];
  for (const side of ['blocked', 'passed'] as const)
    if (n[side] < RULE.tradesNeeded)
      lacks.push(`${side} trades amount to ${n[side].toFixed(1)} independent ones, ${RULE.tradesNeeded} are needed`);
  if (days < RULE.daysNeeded) lacks.push(`it blocked on ${days} different days, ${RULE.daysNeeded} are needed`);
  return lacks.length === 0 ? '' : `not enough data: ${lacks.join('; ')}`;
}

/** @param suspended why no verdict may be given, or `null` */
export function verdictsOn(all: readonly Sides[], blocks: Blocks, suspended: string | null): readonly Verdict[] {
  const asked = all.map((sides) => {
    const n = {
      blocked: round(effectiveNumber(sides.blocked), 1),
      passed: round(effectiveNumber(sides.passed), 1),
    };
    const days = daysIn(sides.blocked);
    const hasBoth = sides.blocked.length > 0 && sides.passed.length > 0;
    const draws = hasBoth ? selectivityDraws(sides, blocks) : null;
    return { n, days, lacks: lacking(n, days), r: selectivity(sides).r, draws };
  });
  // Those that cannot have a verdict are no questions: they do not make it harder for the others.
  const questions = asked.filter(({ lacks, draws }) => lacks === '' && draws !== null);
  const answers = holm(
    questions.map(({ draws }) => draws?.pValue() ?? 1),
    RULE.alpha,
  );
  return asked.map((one) => {
    const { n, days, lacks, r, draws } = one;
    const answer = answers[questions.indexOf(one)];
    const interval = draws?.interval(answer?.alpha ?? RULE.alpha) ?? null;
    const isClear = answer?.isSignificant === true && interval !== null && (interval[1] < 0 || interval[0] > 0);
    const word: VerdictWord = suspended !== null || !isClear ? 'no evidence' : (r ?? 0) < 0 ? 'saves' : 'costs';
    return {
      word,
      says: suspended ?? (lacks || saysOf(word)),
      has_enough_data: lacks === '',
      selectivity_r: roundedOr(r, 4),
      interval_r: roundedInterval(interval, 4),
      p: answer ? round(answer.p, 4) : null,
      detectable_r: roundedOr(draws?.detectable(RULE.alpha / Math.max(1, questions.length), RULE.power) ?? null, 4),
      n_eff: n,
      days,
    };
  });
}

const saysOf = (word: VerdictWord): string =>
  ({
    saves: 'what it blocks is worse than what it lets pass, by more than chance explains',
    costs: 'what it blocks is better than what it lets pass, by more than chance explains',
    'no evidence': 'what it blocks and what it lets pass differ by no more than chance explains',
  })[word];
