/**
 * Ours beside every peer that is here, in one run: `npm run bench`, or a part of it: `npm run bench -- --only events,lives`.
 * `--rounds N` (5), `--json FILE` for the rows; without `--only` the table goes to BENCHMARKS.md. Peers that are not npm packages
 * of this project: `npm ci --prefix test/bench/peers`, `apt-get install erlang-base`.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { says } from '../../src/ports/says.ts';
import { type Contest, median, type Row, rowOf } from './contest.ts';
import { CONTESTS } from './contests.ts';
import { benchmarks, figure, times } from './table.ts';

const USAGE = 'npm run bench [-- --only NAME,NAME] [--rounds 5] [--json FILE] [--write FILE]';

function asked(): { only?: string; rounds: string; json?: string; write?: string; help: boolean } {
  try {
    return parseArgs({
      options: {
        only: { type: 'string' },
        rounds: { type: 'string', default: '5' },
        json: { type: 'string' },
        write: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    console.error(`${says(error)}\n${USAGE}`);
    process.exit(64);
  }
}

const values = asked();
if (values.help) {
  console.log(`${USAGE}\nNAME: ${CONTESTS.map(({ name }) => name).join(', ')}`);
  process.exit(0);
}
if (!(Number(values.rounds) >= 1)) {
  console.error(`--rounds ${values.rounds}: a number from 1 on`);
  process.exit(64);
}
const names = values.only?.split(',') ?? CONTESTS.map(({ name }) => name);
const unknown = names.filter((name) => !CONTESTS.some((contest) => contest.name === name));
if (unknown.length > 0) {
  console.error(`there is no ${unknown.join(', ')}; there are ${CONTESTS.map(({ name }) => name).join(', ')}`);
  process.exit(64);
}

function run(contest: string, peer: string | null): number | null {
  const script = join(import.meta.dirname, 'run-entrant.ts');
  const args = ['--expose-gc', '--max-old-space-size=4096', script, contest, ...(peer === null ? [] : [peer])];
  const out = execFileSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  return JSON.parse(out.slice(out.lastIndexOf('\n=') + 2)) as number | null;
}

function rowsOf(contest: Contest): Row[] {
  const us: number[] = [];
  const theirs = new Map<string, number[]>(Object.keys(contest.peers).map((peer) => [peer, []]));
  for (let round = 0; round < Number(values.rounds); round++) {
    us.push(run(contest.name, null) ?? Number.NaN);
    for (const [peer, runs] of theirs) {
      const came = run(contest.name, peer);
      if (came === null) theirs.delete(peer);
      else runs.push(came);
    }
  }
  const rows = [...theirs].map(([peer, runs]) => rowOf(contest, peer, us, runs));
  if (contest.limit === undefined) return rows;
  return [
    rowOf(
      { ...contest, wanted: { limit: 1 } },
      'limit',
      us,
      us.map(() => contest.limit ?? 0),
    ),
    ...rows,
  ];
}

const rows: Row[] = [];
for (const contest of CONTESTS.filter(({ name }) => names.includes(name))) {
  console.log(`\n${contest.name}: ${contest.says}`);
  const found = rowsOf(contest);
  rows.push(...found);
  console.log(`  ours: ${figure(median(found.map(({ us }) => us)), contest.unit)}`);
  for (const row of found) console.log(`  ${times(row).padEnd(34)} ${row.peer} (${figure(row.theirs, row.unit)})`);
}
if (values.json) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`);
const path = values.write ?? (values.only ? null : resolve(import.meta.dirname, '../../BENCHMARKS.md'));
if (path) writeFileSync(path, benchmarks(CONTESTS, rows, Number(values.rounds)));
