/**
 * What the guards are worth. Pure: the same records and seed give the same report, whatever order they were written in. It is
 * advice for people; nothing reads it to change a parameter.
 */
import type { Chance } from '../ports/chance.ts';
import { Blocks } from './bootstrap.ts';
import { type Figures, figuresOf } from './figures.ts';
import { type Gap, gapOf, suspension } from './gap.ts';
import { type GuardWorth, guardWorth } from './guard-worth.ts';
import { type Portfolio, portfolioOf } from './portfolio.ts';
import { DAY_MS, HOUR_MS, lastMonday, RULE } from './rule.ts';
import { sidesOf } from './selectivity.ts';
import { type ConfidenceTenth, calibration, DIMENSIONS, type Dimension, type Slice, slicesOf } from './slices.ts';
import type { Records, Trade } from './trade.ts';
import { type Verdict, verdictsOn } from './verdict.ts';

/** `kintsugi report --json`. Fields are added, never renamed; amounts in USD, results in R (multiples of what was at risk). */
export interface Report {
  readonly schema: 1;
  readonly period: {
    readonly from: string | null;
    readonly to: string | null;
    /** Different days (UTC) on which a trade was opened. */
    readonly days: number;
  };
  readonly rule: {
    readonly alpha: number;
    readonly resamples: number;
    readonly seed: number;
    /** Blocks of time that are drawn for numbers to date. Not shorter than the longest trade; for verdicts, of those that had ended by then. */
    readonly block_hours: number;
    readonly longest_hold_hours: number;
    readonly n_eff_needed: number;
    readonly days_needed: number;
    /** Verdicts are made of the trades that had ended by then. */
    readonly verdict_as_of: string | null;
  };
  readonly signals: {
    readonly approved: number;
    readonly blocked: number;
    /** Expired undecided: nobody judged them. */
    readonly expired: number;
    readonly ended: number;
    /** Decided, and the shadow trade has not ended. Not zeros: they are in no figure. */
    readonly open: number;
    /** Prices were missing for more than an hour. In no figure either. */
    readonly unresolved: number;
    /** An exit hung on the order of the prices within a bar: the worst was taken. */
    readonly ambiguous: number;
    readonly with_gaps: number;
    readonly reference_size: number;
    /** Nobody knew the funding rates: holding cost these nothing. */
    readonly without_funding: number;
    /** Decisions that do not say what each guard said. */
    readonly without_verdicts: number;
  };
  readonly all: Figures;
  readonly approved: Figures;
  readonly blocked: Figures;
  readonly gap: Gap;
  readonly guards: readonly GuardWorth[];
  /** How often both blocked the same signal; the diagonal is how often each did. */
  readonly overlap: { readonly guards: readonly string[]; readonly both: readonly (readonly number[])[] };
  readonly portfolio: Portfolio;
  readonly by: Readonly<Record<Dimension, readonly Slice[]>>;
  readonly calibration: readonly ConfidenceTenth[];
}

export interface ReportTerms {
  /** Guards that look at what is held. */
  readonly capacityGuards: ReadonlySet<string>;
  /** Positions that may be open at a time. */
  readonly places: number;
  readonly chance: Chance;
}

const inOrder = (trades: readonly Trade[]): readonly Trade[] =>
  [...trades].sort((a, b) => a.openedAt - b.openedAt || (a.id < b.id ? -1 : 1));
const iso = (at: number | null | undefined): string | null =>
  at === null || at === undefined ? null : new Date(at).toISOString();

const longestHold = (trades: readonly Trade[]): number =>
  trades.reduce((longest, { openedAt, endedAt }) => Math.max(longest, endedAt - openedAt), 0);

/** A whole number of days, and at least as long as the longest trade: else one trade would count in two blocks. */
const blockOf = (longestMs: number): number => {
  const dayMs = RULE.blockHours * HOUR_MS;
  return Math.max(1, Math.ceil(longestMs / dayMs)) * dayMs;
};

function overlapOf(guards: readonly string[], trades: readonly Trade[]) {
  const both = guards.map(() => guards.map(() => 0));
  for (const { blockedBy } of trades)
    for (const a of blockedBy)
      for (const b of blockedBy) {
        const row = both[guards.indexOf(a)];
        const column = guards.indexOf(b);
        if (row !== undefined && column >= 0) row[column] = (row[column] ?? 0) + 1;
      }
  return { guards, both };
}

const blocksOf = (trades: readonly Trade[], spanMs: number, chance: Chance): Blocks =>
  new Blocks(
    trades.map(({ openedAt }) => openedAt),
    spanMs,
    RULE.resamples,
    chance,
  );

/** The verdicts alone, in the order of the guards, and what they rest on. */
export interface Judgement {
  readonly verdicts: readonly Verdict[];
  /** Why no verdicts are given, or `null`. */
  readonly suspended: string | null;
  /** ms; `null` where there are no records. */
  readonly asOf: number | null;
}

/** Of what had ended by Monday alone: nothing that happens in a week changes its verdicts. */
export function judgeGuards(records: Records, chance: Chance): Judgement {
  const asOf = records.lastAt === null ? null : lastMonday(records.lastAt);
  const hadEnded = ({ endedAt }: { readonly endedAt: number }): boolean => asOf !== null && endedAt <= asOf;
  const settled = inOrder(records.trades.filter(hadEnded));
  const spanMs = blockOf(longestHold(settled));
  const suspended = suspension(settled, records.real.filter(hadEnded), spanMs, chance.fork('gap'));
  const verdicts = verdictsOn(
    records.guards.map(({ guard }) => sidesOf(guard, settled)),
    blocksOf(settled, spanMs, chance.fork('verdicts')),
    suspended,
  );
  return { verdicts, suspended, asOf };
}

export function makeReport(records: Records, { capacityGuards, places, chance }: ReportTerms): Report {
  const trades = inOrder(records.trades);
  const longest = longestHold(trades);
  const spanMs = blockOf(longest);
  const blocks = blocksOf(trades, spanMs, chance.fork('to date'));
  const { verdicts, suspended, asOf } = judgeGuards(records, chance);
  const gap = gapOf(suspended, trades, records.real, spanMs, chance.fork('gap'));
  const guards = records.guards.flatMap((count, index) => {
    const verdict = verdicts[index];
    const looksAtHoldings = capacityGuards.has(count.guard);
    return verdict ? [guardWorth(count, { trades, blocks, gapBp: gap.mean_bp, looksAtHoldings, verdict })] : [];
  });
  const approved = trades.filter((trade) => trade.approved);
  return {
    schema: 1,
    period: {
      from: iso(trades[0]?.openedAt),
      to: iso(records.lastAt),
      days: new Set(trades.map(({ openedAt }) => Math.floor(openedAt / DAY_MS))).size,
    },
    rule: {
      alpha: RULE.alpha,
      resamples: RULE.resamples,
      seed: RULE.seed,
      block_hours: spanMs / HOUR_MS,
      longest_hold_hours: Math.round((longest / HOUR_MS) * 100) / 100,
      n_eff_needed: RULE.tradesNeeded,
      days_needed: RULE.daysNeeded,
      verdict_as_of: iso(asOf),
    },
    signals: {
      ...records.decisions,
      ended: trades.length,
      open: records.open,
      unresolved: records.unresolved,
      ambiguous: trades.filter(({ isAmbiguous }) => isAmbiguous).length,
      with_gaps: trades.filter(({ hasGaps }) => hasGaps).length,
      reference_size: trades.filter(({ isReference }) => isReference).length,
      without_funding: trades.filter(({ isUnfunded }) => isUnfunded).length,
      without_verdicts: records.withoutVerdicts,
    },
    all: figuresOf(trades),
    approved: figuresOf(approved),
    blocked: figuresOf(trades.filter((trade) => !trade.approved)),
    gap,
    guards,
    overlap: overlapOf(
      records.guards.map(({ guard }) => guard),
      trades,
    ),
    portfolio: portfolioOf(trades, capacityGuards, places),
    by: Object.fromEntries(DIMENSIONS.map((dimension) => [dimension, slicesOf(trades, dimension, blocks)])) as Record<
      Dimension,
      readonly Slice[]
    >,
    calibration: calibration(trades),
  };
}
