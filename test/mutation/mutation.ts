/**
 * `npm run mutation [-- --only FILE,FILE] [--known] [--afresh]`: changes the healing and recovery code in small ways, one at a time, and
 * tells which changes no test notices. Incremental: what is as it was is not judged again. `--known` judges nothing and
 * prints what earlier runs found. Ends with 1 below 90 %, or where `survivors.json` explains what no longer survives.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { constants, setPriority, tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { percentOf, type Results, readResults, type Survivor, scoreOf, survivorsIn } from './results.ts';
import { PARTS, type Part } from './scope.ts';

const LEAST_PERCENT = 90;
const HERE = import.meta.dirname;
const ROOT = resolve(HERE, '../..');
/** What earlier runs found, and what Stryker works in: where neither git nor another tool looks. */
const KEPT = join(HERE, 'node_modules/.cache');
const STRYKER = join(HERE, 'node_modules/@stryker-mutator/core/bin/stryker.js');

const { only, known, afresh } = parseArgs({
  options: {
    only: { type: 'string' },
    known: { type: 'boolean', default: false },
    /** Also what is as it was: which test is new to a constant cannot be told. */
    afresh: { type: 'boolean', default: false },
  },
}).values;

const filesOf = ({ mutate }: Part): readonly string[] =>
  mutate.flatMap((pattern) => globSync(pattern, { cwd: ROOT })).sort();
const wanted = only?.split(',').map((path) => relative(ROOT, resolve(path)));
const strangers = wanted?.filter((path) => !PARTS.some((part) => filesOf(part).includes(path))) ?? [];
if (strangers.length > 0) {
  process.stderr.write(`${strangers.join(', ')}: not in the scope of test/mutation/scope.ts\n`);
  process.exit(64);
}

/** Stryker is a package of its own: only this command needs it. */
function installed(): void {
  if (existsSync(STRYKER)) return;
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: HERE, stdio: 'inherit' });
  if (status !== 0) throw new Error('npm ci in test/mutation failed: its words stand above');
}

function judge({ name }: Part, mutate: readonly string[]): void {
  const options = {
    testRunner: 'in-process',
    plugins: [join(HERE, 'runner.ts')],
    mutate,
    incremental: true,
    force: afresh,
    incrementalFile: join(KEPT, `${name}.json`),
    coverageAnalysis: 'perTest',
    concurrency: 1,
    // A busy machine is slow: only what never ends is taken for an endless loop.
    timeoutMS: 45_000,
    dryRunTimeoutMinutes: 30,
    // Without tsconfig.json: Stryker would read it with a compiler that TypeScript 7 has not.
    ignorePatterns: ['**', '!src/**', '!test/**', '!package.json', 'test/mutation/**', '!test/mutation/scope.ts'],
    reporters: ['progress-append-only'],
    // Node strips no types below node_modules.
    tempDirName: join(tmpdir(), `kintsugi-mutation-${process.pid}`),
    cleanTempDir: 'always',
    allowEmpty: true,
  };
  mkdirSync(KEPT, { recursive: true });
  const config = join(KEPT, 'stryker.config.json');
  writeFileSync(config, JSON.stringify(options));
  const { status } = spawnSync(process.execPath, [STRYKER, 'run', config], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, KINTSUGI_MUTATION_PART: name },
  });
  if (status !== 0) throw new Error(`Stryker ended with ${status} on the part ${name}: its words stand above`);
}

setPriority(constants.priority.PRIORITY_LOW - 4);
const results: Record<string, Results[string]> = {};
const missing: string[] = [];
if (!known) installed();
for (const part of PARTS) {
  const files = filesOf(part).filter((path) => wanted?.includes(path) ?? true);
  if (files.length > 0 && !known) judge(part, files);
  const found = readResults(join(KEPT, `${part.name}.json`));
  for (const path of files) {
    const result = found[path];
    if (result) results[path] = result;
    else missing.push(path);
  }
}

const row = (cells: readonly (string | number)[]): string =>
  cells.map((cell, i) => (i === 0 ? String(cell).padEnd(44) : String(cell).padStart(10))).join('');
const rowOf = (name: string, mutants: Results[string]['mutants']): string => {
  const score = scoreOf(mutants);
  return row([
    ...[name, score.killed, score.timeout, score.survived, score.uncovered, score.broken],
    percentOf(score).toFixed(1),
  ]);
};
const explained = (
  JSON.parse(readFileSync(join(HERE, 'survivors.json'), 'utf8')) as (Survivor & { why: string })[]
).filter(({ file }) => file in results);
const keyOf = ({ file, line, was, becomes }: Survivor): string => JSON.stringify([file, line, was, becomes]);
const survivors = Object.entries(results).flatMap(([path, result]) => survivorsIn(path, result));
const reasons = new Map(explained.map((one) => [keyOf(one), one.why]));
const open = survivors.filter((one) => !reasons.has(keyOf(one)));
const living = new Set(survivors.map(keyOf));
const stale = explained.filter((one) => !living.has(keyOf(one)));

const out: string[] = ['', row(['file', 'killed', 'timeout', 'survived', 'uncovered', 'broken', '%'])];
for (const [path, { mutants }] of Object.entries(results)) out.push(rowOf(path, mutants));
const all = Object.values(results).flatMap(({ mutants }) => mutants);
out.push(rowOf('all', all), '');
out.push(`${survivors.length} survived, of which ${survivors.length - open.length} are explained in survivors.json.`);
for (const { file, at, was, becomes } of open) out.push(`  ${file}:${at}  ${was}  →  ${becomes || '(nothing)'}`);
if (missing.length > 0) out.push('', `Not judged yet: ${missing.join(', ')}`);
if (stale.length > 0) out.push('', 'Explained, but no longer a survivor (take it out of survivors.json):');
for (const { file, was, becomes } of stale) out.push(`  ${file}  ${was}  →  ${becomes}`);
const percent = percentOf(scoreOf(all));
if (percent < LEAST_PERCENT) out.push('', `${percent.toFixed(1)} % is below ${LEAST_PERCENT} %.`);
process.stdout.write(`${out.join('\n')}\n`);
process.exitCode = percent < LEAST_PERCENT || stale.length > 0 ? 1 : 0;
