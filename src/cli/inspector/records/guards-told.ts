import { GUARDS } from '../../../actors/guards/catalogue.ts';
import { SHADOW_NOTIONAL_USD } from '../../../actors/shadow-rules.ts';
import { seededChance } from '../../../adapters/seeded-chance.ts';
import type { TradingView } from '../../../inspector/contract.ts';
import { type Dated, intervalOfSum } from '../../../inspector/records/bootstrap.ts';
import { SAFETY } from './funnel.ts';
import type { KeptSignal } from './signals-book.ts';

/** Fewer shadow trades than this tell nothing. */
const SHADOWS_NEEDED = 30;
type GuardView = TradingView['guards'][number];

const cents = (usd: number): number => Math.round(usd * 100) / 100;

function told(guard: string, blocked: number, sample: readonly Dated[], verdict: GuardView['verdict']): GuardView {
  const shadows = sample.length;
  if (shadows < SHADOWS_NEEDED) return { guard, blocked, shadows, saved_usd: null, interval: null, verdict };
  const saved = cents(sample.reduce((sum, { value }) => sum + value, 0));
  const [low, high] = intervalOfSum(sample, seededChance(1).fork(guard));
  return { guard, blocked, shadows, saved_usd: saved, interval: [cents(low), cents(high)], verdict };
}

/**
 * What each guard blocked, and what that saved: the negative of what those signals would have made after fees, 1,000 USD each.
 * A block counts for the guard that blocked first. Saved is not skill, where the strategy has no edge: the verdict is that of
 * `kintsugi report`, of all records.
 */
export function guardsTold(
  signals: readonly KeptSignal[],
  verdictOf: (guard: string) => GuardView['verdict'],
): readonly GuardView[] {
  const names = new Map<string, { blocked: number; readonly sample: Dated[] }>(
    [...GUARDS.map(({ name }) => name), SAFETY].map((name) => [name, { blocked: 0, sample: [] }]),
  );
  for (const { blockedAt, blockedBy, shadow } of signals) {
    if (blockedAt === null || blockedBy === null) continue;
    const one = names.get(blockedBy) ?? { blocked: 0, sample: [] };
    names.set(blockedBy, one);
    one.blocked++;
    if (shadow) one.sample.push({ at: shadow.exitAt, value: -shadow.netPct * SHADOW_NOTIONAL_USD });
  }
  return [...names].map(([guard, { blocked, sample }]) => told(guard, blocked, sample, verdictOf(guard)));
}
