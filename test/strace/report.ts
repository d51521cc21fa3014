import type { Tried } from './enumerate.ts';
import { type Point, sayFault } from './faults.ts';
import type { Verdict } from './laws.ts';

const keyOf = ({ workload, call, fault, lasts }: Point): string =>
  [workload, call, `${sayFault(fault)}${lasts && fault.kind === 'error' ? ' from n on' : ''}`].join('\t');

/** How to try one point again. */
export const replay = ({ workload, call, fault, at, lasts }: Point): string =>
  `npm run strace -- --workload ${workload} --calls ${call} --faults ${fault.kind === 'error' ? fault.code : fault.kind} --at ${at}${lasts && fault.kind === 'error' ? ' --lasting' : ''}`;

const ORDER: readonly Verdict[] = ['whole', 'healed', 'healing', 'told', 'red', 'stopped', 'late', 'passed', 'wrong'];

/** A row for each call and fault: how many n were tried, and what came of them. */
export function table(tried: readonly Tried[]): string {
  const rows = new Map<string, Map<Verdict, number>>();
  for (const { point, judged } of tried) {
    const counts = rows.get(keyOf(point)) ?? new Map<Verdict, number>();
    counts.set(judged.verdict, (counts.get(judged.verdict) ?? 0) + 1);
    rows.set(keyOf(point), counts);
  }
  const cells = [
    ['workload', 'call', 'fault', 'n tried', 'verdicts'],
    ...[...rows].map(([key, counts]) => {
      const struck = [...counts].reduce((sum, [verdict, n]) => sum + (verdict === 'passed' ? 0 : n), 0);
      const verdicts = ORDER.flatMap((verdict) => (counts.has(verdict) ? [`${counts.get(verdict)} ${verdict}`] : []));
      return [...key.split('\t'), String(struck), verdicts.join(', ')];
    }),
  ];
  const widths = cells[0]?.map((_, i) => Math.max(...cells.map((row) => row[i]?.length ?? 0))) ?? [];
  return cells
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** What went wrong, each with the command that tries it again. */
export const faults = (tried: readonly Tried[]): readonly string[] =>
  tried.flatMap(({ point, judged }) =>
    judged.wrong.map(
      (reason) =>
        `${point.workload}: ${sayFault(point.fault)} at the ${point.at}. ${judged.hit}: ${reason}\n  again: ${replay(point)}`,
    ),
  );
