/** Rows as people read them. */
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import type { Contest, Row } from './contest.ts';

const short = (value: number): string =>
  value >= 10_000 ? Math.round(value).toLocaleString('en-US') : value >= 100 ? value.toFixed(0) : value.toPrecision(3);
export const figure = (value: number, unit: string): string => `${short(value)} ${unit}`;
/** `46 × [40 – 51]`, and whether that is enough where something is wanted. */
export const times = ({ ratio, min, max, wanted }: Row): string =>
  `${short(ratio)} × [${short(min)} – ${short(max)}]${wanted === null ? '' : ` ${ratio >= wanted ? 'holds' : 'MISSED'}: ${wanted}`}`;

const versionOf = (path: string): string => {
  const { version } = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as { readonly version: string };
  return version;
};

/** The machine they were measured on, in words. */
function machine(): string {
  const [cpu] = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB`;
  const load = loadavg()[0]?.toFixed(1);
  return `${cpus().length} × ${cpu?.model.trim()}, ${memory}, Linux ${release()}, Node ${process.versions.node}, XState ${versionOf('../../node_modules/xstate/package.json')}; load ${load} at the end`;
}

/** BENCHMARKS.md. */
export function benchmarks(contests: readonly Contest[], rows: readonly Row[], rounds: number): string {
  const parts = contests.flatMap(({ name, says, unit }) => {
    const own = rows.filter((row) => row.name === name);
    if (own.length === 0) return [];
    const [first] = own;
    return [
      `## ${name}`,
      '',
      `${says}. Ours: **${figure(first?.us ?? Number.NaN, unit)}**.`,
      '',
      '| beside | theirs | ours is so many times better | least | most | wanted |',
      '| --- | ---: | ---: | ---: | ---: | --- |',
      ...own.map(
        ({ peer, theirs, ratio, min, max, wanted }) =>
          `| ${peer} | ${figure(theirs, unit)} | ${short(ratio)} × | ${short(min)} | ${short(max)} | ${wanted === null ? '' : `${wanted} × ${ratio >= wanted ? 'holds' : '**missed**'}`} |`,
      ),
      '',
    ];
  });
  const left = contests.filter(({ name }) => !rows.some((row) => row.name === name)).map(({ name }) => name);
  return `${[
    '# Benchmarks',
    '',
    `Written by \`npm run bench\` (${new Date().toISOString().slice(0, 10)}, ${rounds} rounds). ${machine()}.`,
    '',
    'Every figure is a median of rounds that take turns, each run in a process of its own. Rates count CPU time, since others shared',
    'the machine; latencies count the time of day. "So many times better" is the median over the rounds of ours beside the peer of',
    'the same round, with the least and the most. `limit` is a figure that ours is to keep by itself.',
    '',
    ...(left.length > 0
      ? [`Not measured in this run: ${left.join(', ')} (\`npm run bench -- --only ${left.join(',')}\`).`, '']
      : []),
    ...parts,
  ].join('\n')}`;
}
