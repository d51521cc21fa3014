/** The report as one page that needs nothing else: no script, no font, no address of anybody. */
import type { GuardWorth } from '../guard-worth.ts';
import type { Report } from '../report.ts';
import { DIMENSIONS } from '../slices.ts';
import { columns, forest, lines, matrix, type Whisker } from './charts.ts';
import { asText, tableOf } from './html.ts';
import { STYLE } from './style.ts';
import { between, day, inCount, inR, inShare, inUsd, verdictFigures } from './words.ts';

const toneOf = ({ word }: GuardWorth['verdict']): string => (word === 'no evidence' ? 'none' : word);
const n = (head: string) => ({ head, isNumber: true });
const figure = (chart: string, caption: string): string =>
  `<figure>${chart}<figcaption>${asText(caption)}</figcaption></figure>`;

const verdictRow = (one: GuardWorth): readonly string[] => {
  const { verdict } = one;
  return [
    asText(one.guard),
    `<span class="word ${toneOf(verdict)}">${verdict.word}</span>${verdict.has_enough_data ? '' : '<br><span class="dim">not enough data</span>'}`,
    ...verdictFigures(verdict),
  ];
};

const savedRow = (one: GuardWorth): readonly string[] => [
  asText(one.guard) + (one.looks_at_holdings ? ' <span class="dim">(looks at holdings)</span>' : ''),
  inCount(one.blocked),
  inCount(one.sole),
  inUsd(one.saved.usd),
  between(one.saved.interval_usd, inUsd),
  inUsd(one.saved.loss_avoided_usd),
  inUsd(one.saved.profit_missed_usd),
  inUsd(one.marginal.saved_usd),
  `${inShare(one.of_blocked.win_rate)} <span class="dim">(${between(one.of_blocked.win_interval, inShare)})</span>`,
];

const whisker = ({ guard, verdict }: GuardWorth): Whisker => ({
  label: guard,
  value: verdict.selectivity_r,
  interval: verdict.interval_r,
  tone: toneOf(verdict),
  says: `${guard}: ${inR(verdict.selectivity_r)} R (${between(verdict.interval_r, inR)}): ${verdict.word}`,
});

function verdicts({ guards, rule }: Report): string {
  if (guards.length === 0) return '<p>No decision says what its guards said: there is nothing to judge.</p>';
  const heads = [{ head: 'guard' }, { head: 'verdict' }, n('selectivity, R'), n('Holm-adjusted interval'), n('p')];
  const more = [n('detects from'), n('n_eff blocked / passed'), n('days')];
  return (
    `<p>Selectivity is the mean result of what a guard blocked less that of what it let pass, in R (multiples of what was at risk). Below 0 it picks the worse trades; only that is skill. Verdicts are made once a week, of the trades that had ended by ${day(rule.verdict_as_of)}.</p>` +
    figure(
      forest(guards.map(whisker), 'Selectivity of each guard with its interval', (tick) => `${tick} R`),
      'Left of 0: what it blocks is worse than what it lets pass. An interval that touches 0 is no evidence.',
    ) +
    tableOf('Verdicts', [...heads, ...more], guards.map(verdictRow)) +
    `<details><summary>Why each verdict</summary><ul>${guards.map(({ guard, verdict }) => `<li>${asText(guard)}: ${asText(verdict.says)}.</li>`).join('')}</ul></details>`
  );
}

function saved({ guards }: Report): string {
  const told = guards.filter(({ saved: { by_day: days } }) => days.length > 1);
  const chart =
    told.length === 0
      ? ''
      : figure(
          lines(
            told.map(({ guard, saved: { by_day: days } }) => ({ label: guard, points: days })),
            'What blocking saved, cumulative',
            (tick) => inCount(tick),
          ) +
            `<ul class="legend">${told.map(({ guard }, i) => `<li><svg viewBox="0 0 20 8" aria-hidden="true"><line class="line tone${i % 8}" x1="0" x2="20" y1="4" y2="4"/></svg>${asText(guard)}</li>`).join('')}</ul>`,
          'What the blocked trades would have lost, less what they would have made, USD, by the day on which they ended.',
        );
  const heads = [{ head: 'guard' }, n('blocked'), n('alone'), n('net saved, USD'), n('95 %'), n('loss avoided')];
  const more = [n('profit missed'), n('saved alone'), n('blocked that would have won')];
  return `<p>A strategy without an edge loses its costs, so that blocking anything saves money. This is not skill, and no verdict rests on it.</p>${chart}${tableOf('Net saved, to date', [...heads, ...more], guards.map(savedRow))}`;
}

function sections(report: Report): string {
  const { calibration, gap, overlap, portfolio, by, approved, blocked } = report;
  const tenths = calibration.map((tenth) => ({
    label: tenth.mean_confidence.toFixed(2),
    value: tenth.win_rate ?? 0,
    interval: tenth.win_interval,
    says: `confidence ${tenth.from} to ${tenth.to}: ${inShare(tenth.win_rate)} of ${tenth.trades} won, mean ${inR(tenth.mean_r)} R`,
  }));
  const slices = DIMENSIONS.map((dimension) =>
    tableOf(
      `By ${dimension}${dimension === 'hour' ? ' (UTC)' : ''}`,
      [
        { head: dimension },
        n('trades'),
        n('approved'),
        n('mean, R'),
        n('95 %'),
        n('approved, R'),
        n('blocked, R'),
        n('won'),
      ],
      by[dimension].map((slice) => [
        asText(slice.key),
        inCount(slice.trades),
        inCount(slice.approved),
        inR(slice.mean_r),
        between(slice.mean_interval_r, inR),
        inR(slice.approved_mean_r),
        inR(slice.blocked_mean_r),
        inShare(slice.win_rate),
      ]),
    ),
  );
  const limited = [
    ['with limits', portfolio.with_limits],
    ['without', portfolio.without_limits],
  ] as const;
  return [
    `<h2>Real against shadow</h2><p>${asText(gap.says)}. ${inCount(gap.pairs)} signals were both traded and simulated; the mean difference is ${gap.mean_bp ?? '–'} bp of the notional, the median ${gap.median_bp ?? '–'} bp.</p>`,
    `<h2>What confidence is worth</h2>${tenths.length === 0 ? '<p>No trade has ended.</p>' : figure(columns(tenths, 'Share of trades that won, by confidence', report.all.win_rate), 'Share of trades that won after costs, by tenths of confidence; dashed: all trades. A confidence that is worth something rises from left to right.')}`,
    `<h2>Who blocks together</h2>${overlap.guards.length === 0 ? '<p>Nobody blocked.</p>' : figure(matrix(overlap.guards, overlap.both, 'How often two guards blocked the same signal'), 'Signals that both blocked; darker, the larger the share of the rarer of the two. Columns in the order of the rows.')}`,
    `<h2>Capacity</h2><p>${inCount(portfolio.signals)} signals were approved, or stopped by nothing but guards that look at what is held. As one account with ${portfolio.places} places and one position a symbol, and without limits:</p>${tableOf(
      'Replayed as one account',
      [{ head: '' }, n('trades'), n('net, USD'), n('deepest drawdown, USD')],
      limited.map(([name, view]) => [name, inCount(view.trades), inUsd(view.net_usd), inUsd(view.max_drawdown_usd)]),
    )}`,
    `<h2>Slices</h2><p class="dim">Intervals of slices are not adjusted for how many there are: of twenty, one excludes 0 by chance alone. Approved trades: ${inR(approved.mean_r)} R on average, blocked ones ${inR(blocked.mean_r)} R.</p>${slices.join('')}`,
  ].join('');
}

function counts({ signals, period, rule }: Report): string {
  const parts = [
    `${inCount(signals.approved)} approved and ${inCount(signals.blocked)} blocked signals on ${period.days} days`,
    `${inCount(signals.ended)} shadow trades have ended`,
    `${inCount(signals.open)} are open`,
    `${inCount(signals.unresolved)} unresolved for want of prices (neither is counted as 0)`,
    `${inCount(signals.ambiguous)} whose exit hung on the order of prices within a bar (the worst was taken)`,
    `${inCount(signals.with_gaps)} with missing bars`,
    ...(signals.without_funding > 0 ? [`${inCount(signals.without_funding)} of which nobody knew the funding`] : []),
  ];
  const older =
    signals.without_verdicts > 0
      ? `<p class="notice">${inCount(signals.without_verdicts)} decisions do not say what each guard said, and are left out: they are of an older version.</p>`
      : '';
  return `<p>${parts.join('; ')}.</p>${older}<details><summary>How it is judged</summary><p>A verdict needs ${rule.n_eff_needed} independent trades on both sides (overlapping ones share their news), ${rule.days_needed} different days, and an interval that excludes 0 after Holm's correction for all guards. Intervals come from ${inCount(rule.resamples)} draws of whole blocks of ${rule.block_hours} h; the longest trade was held for ${rule.longest_hold_hours} h. Nothing here changes a parameter.</p></details>`;
}

export function reportPage(report: Report): string {
  const suspended = report.gap.is_suspended ? `<p class="notice">${asText(report.gap.says)}.</p>` : '';
  const { period } = report;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>What the guards are worth</title><style>${STYLE}</style></head><body><main>
<p class="dim">kintsugi report</p><h1>What the guards are worth</h1>
<p class="dim">${day(period.from)} to ${day(period.to)}</p>${counts(report)}${suspended}
<h2>Does it pick worse trades than it lets through?</h2>${verdicts(report)}
<h2>Would the blocked trades have lost?</h2>${saved(report)}
${sections(report)}
</main></body></html>
`;
}
