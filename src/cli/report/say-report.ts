/** The report on a terminal. */
import type { GuardWorth } from '../../report/guard-worth.ts';
import { between, day, inCount, inR, inShare, inUsd, verdictFigures } from '../../report/page/words.ts';
import type { Report } from '../../report/report.ts';
import { DIMENSIONS } from '../../report/slices.ts';
import { say, style, table } from '../terminal.ts';

const COLOURS = { saves: 'green', costs: 'red', 'no evidence': 'dim' } as const;
const heads = (...words: string[]): readonly string[] => words.map((word) => style('dim', word));

function title(text: string): void {
  say();
  say(style('bold', text));
}

const verdictRow = ({ guard, verdict }: GuardWorth): readonly string[] => [
  guard,
  style(COLOURS[verdict.word], verdict.word),
  ...verdictFigures(verdict),
  verdict.has_enough_data ? '' : 'not enough data',
];

const savedRow = ({ guard, blocked, sole, saved, marginal, of_blocked: figures }: GuardWorth): readonly string[] => [
  guard,
  inCount(blocked),
  inCount(sole),
  inUsd(saved.usd),
  between(saved.interval_usd, inUsd),
  inUsd(marginal.saved_usd),
  `${inShare(figures.win_rate)} (${between(figures.win_interval, inShare)})`,
];

function sayGuards({ guards, rule, gap }: Report): void {
  title('Does it pick worse trades than it lets through?');
  say(
    `Mean result of what it blocked less that of what it passed, R. Verdicts as of ${day(rule.verdict_as_of)}, made weekly.`,
  );
  if (gap.is_suspended) say(style('yellow', gap.says));
  const head = heads('guard', 'verdict', 'R', 'interval (Holm)', 'p', 'detects', 'n_eff', 'days', '');
  say(table([head, ...guards.map(verdictRow)]));

  title('Would the blocked trades have lost?');
  say(
    'USD after costs, to date. Without an edge, blocking anything saves its costs: this is no skill, and no verdict.',
  );
  say(
    table([
      heads('guard', 'blocked', 'alone', 'net saved', '95 %', 'saved alone', 'would have won'),
      ...guards.map(savedRow),
    ]),
  );
}

function sayRest({ gap, portfolio, calibration, by }: Report): void {
  title('Real against shadow');
  say(
    `${inCount(gap.pairs)} signals were both traded and simulated, median difference ${gap.median_bp ?? '–'} bp: ${gap.says}.`,
  );

  title('Capacity');
  const limited = [
    ['with limits', portfolio.with_limits],
    ['without', portfolio.without_limits],
  ] as const;
  say(
    `${inCount(portfolio.signals)} signals that nothing but a full account stopped, replayed with ${portfolio.places} places, one a symbol:`,
  );
  say(
    table([
      heads('', 'trades', 'net USD', 'drawdown'),
      ...limited.map(([name, view]) => [name, inCount(view.trades), inUsd(view.net_usd), inUsd(view.max_drawdown_usd)]),
    ]),
  );

  if (calibration.length > 0) {
    title('What confidence is worth');
    const rows = calibration.map((tenth) => [
      tenth.mean_confidence.toFixed(3),
      inCount(tenth.trades),
      `${inShare(tenth.win_rate)} (${between(tenth.win_interval, inShare)})`,
      inR(tenth.mean_r),
    ]);
    say(table([heads('confidence', 'trades', 'won', 'mean R'), ...rows]));
  }

  for (const dimension of DIMENSIONS) {
    if (by[dimension].length === 0) continue;
    title(`By ${dimension}${dimension === 'hour' ? ' (UTC)' : ''}`);
    const rows = by[dimension].map((slice) => [
      slice.key,
      inCount(slice.trades),
      inCount(slice.approved),
      inR(slice.mean_r),
      between(slice.mean_interval_r, inR),
      inR(slice.approved_mean_r),
      inR(slice.blocked_mean_r),
    ]);
    say(table([heads(dimension, 'trades', 'approved', 'mean R', '95 %', 'approved', 'blocked'), ...rows]));
  }
}

export function sayReport(report: Report): void {
  const { signals, period, rule } = report;
  say(`${style('bold', 'What the guards are worth')}  ${day(period.from)} to ${day(period.to)}, ${period.days} days`);
  say(
    `${inCount(signals.approved)} approved, ${inCount(signals.blocked)} blocked, ${inCount(signals.expired)} expired undecided. Shadow trades: ${inCount(signals.ended)} ended, ${inCount(signals.open)} open, ${inCount(signals.unresolved)} unresolved for want of prices (no zeros), ${inCount(signals.ambiguous)} with an ambiguous bar, ${inCount(signals.with_gaps)} with gaps.`,
  );
  if (signals.without_verdicts > 0)
    say(
      `${inCount(signals.without_verdicts)} decisions of an older version do not say what each guard said; they are left out.`,
    );
  if (signals.without_funding > 0)
    say(`Of ${inCount(signals.without_funding)} of them the funding rates are not known: holding cost them nothing.`);
  if (signals.ended === 0) {
    say();
    say('not enough data: no shadow trade has ended yet. Let the bot run on, and ask again.');
    return;
  }
  sayGuards(report);
  sayRest(report);
  say();
  say(
    style(
      'dim',
      `A verdict needs ${rule.n_eff_needed} independent trades on both sides, ${rule.days_needed} days, and an interval that excludes 0 after Holm's correction; blocks of ${rule.block_hours} h, ${inCount(rule.resamples)} draws. It is advice: nothing here changes a parameter. More: docs/report.md`,
    ),
  );
}
