import type { TradingView } from '../../../inspector/contract.ts';
import { MUST_MOVE_ON } from './known-words.ts';
import type { KeptSignal } from './signals-book.ts';

/** The last veto: its blocks are counted by themselves. */
export const SAFETY = 'SafetyLayer';
/** Older than this, and a signal that has to move on is stuck. */
export const STUCK_AFTER_MS = 3_600_000;
const AGES_MS = [60_000, 600_000, STUCK_AFTER_MS, null] as const;

const amount = (count: number, words: string): readonly string[] =>
  count === 0 ? [] : [`${count.toLocaleString('en-GB')} ${words}`];

/** How far a signal came: the number of stages it went through, from 1. */
function stagesOf({ blockedAt, blockedBy, approvedAt, executedAt, orderedAt, state }: KeptSignal): number {
  if (executedAt !== null || state === 'executed') return state === 'learned' ? 6 : 5;
  if (approvedAt !== null || orderedAt !== null) return 4;
  if (blockedAt === null) return 1;
  return blockedBy === SAFETY ? 3 : 2;
}

/**
 * From the idea to the closed trade. What is lost from one stage to the next is said in numbers that add up to the difference.
 */
export function funnelOf(signals: readonly KeptSignal[]): TradingView['funnel'] {
  const stages = ['Signals', 'Decided', 'Passed guards', 'Passed safety', 'Executed', 'Closed'];
  const ended = stages.map(() => ({ expired: 0, under: 0, rest: 0 }));
  for (const signal of signals) {
    const at = ended[stagesOf(signal) - 1];
    if (!at) continue;
    if (signal.state === 'expired') at.expired++;
    else if ((MUST_MOVE_ON as readonly string[]).includes(signal.state)) at.under++;
    else at.rest++;
  }
  /** What is said of those that rest at a stage. */
  const resting = ['of unknown state', 'blocked', 'blocked', 'given up', 'open', ''];
  return stages.map((stage, index) => {
    const count = ended.slice(index).reduce((sum, { expired, under, rest }) => sum + expired + under + rest, 0);
    const before = ended[index - 1];
    const lost = before
      ? [
          ...amount(before.rest, resting[index - 1] ?? ''),
          ...amount(before.expired, 'expired'),
          ...amount(before.under, 'under way'),
        ]
      : [];
    return { stage, count, lost: lost.length === 0 ? null : lost.join(', ') };
  });
}

/** How old what is unfinished is; resting in executed or blocked is counted, and is not being stuck. */
export function agesOf(
  signals: Iterable<KeptSignal>,
  now: number,
): Pick<TradingView, 'ages' | 'oldest_unfinished_ms' | 'stuck' | 'stuck_after_ms'> {
  const ages = AGES_MS.map((upTo) => ({ up_to_ms: upTo, by_state: {} as Record<string, number> }));
  let oldest: number | null = null;
  let stuck = 0;
  for (const { state, at } of signals) {
    if (!(MUST_MOVE_ON as readonly string[]).includes(state)) continue;
    const age = Math.max(0, now - at);
    oldest = Math.max(oldest ?? 0, age);
    if (age > STUCK_AFTER_MS) stuck++;
    const bucket = ages.find(({ up_to_ms: upTo }) => upTo === null || age <= upTo);
    if (bucket) bucket.by_state[state] = (bucket.by_state[state] ?? 0) + 1;
  }
  return { ages, oldest_unfinished_ms: oldest, stuck, stuck_after_ms: STUCK_AFTER_MS };
}
