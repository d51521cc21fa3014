/**
 * `npm run soak [-- --minutes 120 --speed 60 --dir DIR --bot FILE --warm-up MINUTES --samples FILE --json]`: a real bot below its
 * guardian, for hours, while things are done to it. Tells how memory, handles and files grow, and ends with 1 where something grows that should not, the
 * bot died, or it is red in the end.
 */
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { asked, urlIn } from '../cli/inspected.ts';
import { type Judgement, judge, type Measure } from './judging.ts';
import { mischief } from './mischief.ts';
import { childOf, figureIn, figuresOf, folderFigures } from './process-figures.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const HOUR_MS = 3_600_000;
/** Of the run, at its end: nothing is done to the bot, which has to come to rest. */
const QUIET_PART = 0.1;
const UP_WITHIN_MS = 120_000;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '120' },
    speed: { type: 'string', default: '60' },
    dir: { type: 'string' },
    bot: { type: 'string', default: 'dist/cli/kintsugi.js' },
    'every-seconds': { type: 'string', default: '5' },
    'warm-up': { type: 'string' },
    samples: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const number = (name: string, text: string): number => {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  process.stderr.write(`--${name} ${text}: a number above 0 is wanted\n`);
  process.exit(64);
};
const minutes = number('minutes', values.minutes);
const everyMs = number('every-seconds', values['every-seconds']) * 1_000;
const speed = number('speed', values.speed);
/** Code is compiled, and caches fill. */
const warmUpMs = number('warm-up', values['warm-up'] ?? '5') * 60_000;
/** What was traded is kept for a day of the bot's time: until that is full, memory grows as it should. */
const fullMs = Math.max(warmUpMs, (26 * 3_600_000) / speed);
const script = resolve(ROOT, values.bot);
if (!existsSync(script)) {
  process.stderr.write(`${script} is not there. Build it first: npm run build\n`);
  process.exit(64);
}
const dir = values.dir ?? mkdtempSync(join(tmpdir(), 'kintsugi-soak-'));

const say = (text: string): void => void process.stderr.write(`${text}\n`);
const guardian = spawn(
  process.execPath,
  // Segments so small that many are begun.
  [script, 'run', '--dir', dir, '--speed', String(speed), '--port', '0', '--set', 'segmentMb=1'],
  { stdio: ['ignore', 'ignore', 'pipe'] },
);
let said = '';
guardian.stderr.on('data', (chunk: Buffer) => {
  said = `${said}${chunk}`.slice(-20_000);
});
const ended = new Promise<number | null>((done) => guardian.on('close', done));
let over = false;
void ended.then(() => {
  over = true;
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => guardian.kill('SIGINT'));

/** Where it is served, once it says so. */
async function address(): Promise<string> {
  for (const until = Date.now() + UP_WITHIN_MS; Date.now() < until && !over; await wait(100))
    if (said.includes('see it live')) return urlIn(said);
  throw new Error(`the bot did not come up:\n${said}`);
}

const guardianPid = guardian.pid;
if (guardianPid === undefined) throw new Error('the bot could not be started');
const url = await address();
const born = childOf(guardianPid);
if (born === null) throw new Error('there is no bot below the guardian');
const bot = asked(dir, url);
const doing = await mischief(dir, bot);
say(`soak: ${minutes} min at speed ${speed} in ${dir}; bot ${born} at ${url}`);

/** Open files are without those of sealed segments, of which there are more and more. */
const LIMITS = {
  'RSS of the bot': ['MB', 16, 'least', 'fills'],
  'heap of the bot': ['MB', 8, 'least', 'fills'],
  'open files of the bot': ['', 2, 'median', ''],
  'threads of the bot': ['', 1, 'median', ''],
  'RSS of the guardian': ['MB', 8, 'median', ''],
  'open files of the guardian': ['', 1, 'median', ''],
  'event loop, 99 % below': ['ms', 100, 'median', ''],
  'largest file': ['MB', null, 'median', ''],
  'all files': ['MB', null, 'median', ''],
} as const satisfies Record<string, readonly [string, number | null, Measure['by'], string]>;
type Name = keyof typeof LIMITS;

const began = Date.now();
const samples: { readonly ms: number; readonly figures: Readonly<Record<Name, number>> }[] = [];
const problems: string[] = [];
const unanswered: string[] = [];

async function sample(): Promise<void> {
  const text = await (await fetch(new URL('/metrics', url))).text();
  const ofBot = figuresOf(born as number);
  const ofGuardian = figuresOf(guardianPid as number);
  const files = folderFigures(dir);
  const one = {
    ms: Date.now() - began,
    figures: {
      'RSS of the bot': ofBot.rssMb,
      'heap of the bot': figureIn(text, 'nodejs_heap_size_used_bytes') / 2 ** 20,
      'open files of the bot': ofBot.openFiles - files.segments,
      'threads of the bot': ofBot.threads,
      'RSS of the guardian': ofGuardian.rssMb,
      'open files of the guardian': ofGuardian.openFiles,
      'event loop, 99 % below': figureIn(text, 'nodejs_eventloop_lag_seconds{quantile="0.99"}') * 1_000,
      'largest file': files.largest,
      'all files': files.bytes,
    },
  };
  samples.push(one);
  if (values.samples !== undefined) appendFileSync(values.samples, `${JSON.stringify(one)}\n`);
}

const lastsMs = minutes * 60_000;
let told = 0;
while (Date.now() - began < lastsMs && !over) {
  const passed = Date.now() - began;
  const now = childOf(guardianPid);
  if (now !== born) {
    problems.push(`the bot (process ${born}) died after ${Math.round(passed / 1_000)} s, and is now ${now}`);
    break;
  }
  try {
    await sample();
    if (passed < lastsMs * (1 - QUIET_PART)) await doing.next();
  } catch (error) {
    // What a bot under faults does not answer once it may answer next time; that it happened is told.
    unanswered.push(`after ${Math.round(passed / 1_000)} s: ${error instanceof Error ? error.message : error}`);
  }
  if (passed - told > 60_000) {
    told = passed;
    const last = samples.at(-1)?.figures;
    say(
      `  ${Math.round(passed / 60_000)} min  ${last?.['RSS of the bot'].toFixed(0)} MB, ${last?.['open files of the bot']} files`,
    );
  }
  await wait(everyMs);
}

const verdict = over ? null : (await bot.overview()).verdict;
if (verdict?.health === 'red') problems.push(`it is red in the end: ${verdict.title}`);
guardian.kill('SIGINT');
const code = await ended;
if (code !== 0) problems.push(`the bot ended with ${code}:\n${said.slice(-2_000)}`);

const after = (ms: number) => samples.filter((one) => one.ms >= ms);
const warm = after(warmUpMs);
const full = after(fullMs);
/** As many as make a slope that can be believed. */
const isFull = full.length >= 60;
const judgements = (Object.keys(LIMITS) as Name[]).map((name): Judgement => {
  const [unit, mostPerHour, by, fills] = LIMITS[name];
  const some = fills && isFull ? full : warm;
  const measured = some.map(({ ms, figures }) => ({ x: ms / HOUR_MS, y: figures[name] }));
  return judge({ name, unit, mostPerHour, by, samples: measured, isFull: !fills || isFull });
});
for (const { word, measure, slope } of judgements)
  if (word === 'growing') problems.push(`${measure.name} grows by ${slope.toFixed(2)} ${measure.unit} an hour`);
if (unanswered.length > samples.length / 4) problems.push(`${unanswered.length} looks at the bot failed`);

const figure = (value: number): string => (Number.isFinite(value) ? value.toFixed(2) : value > 0 ? '∞' : '−∞');
if (values.json) {
  const measures = judgements.map(({ measure: { samples: _, ...measure }, ...rest }) => ({ ...measure, ...rest }));
  process.stdout.write(
    `${JSON.stringify({ minutes, speed, samples: samples.length, measures, done: Object.fromEntries(doing.done), refused: Object.fromEntries(doing.refused), unanswered, verdict, problems })}\n`,
  );
} else {
  say(
    `\n${samples.length} samples, ${warm.length} of them after the warm-up; per hour of the wall's time, with the 95 % interval`,
  );
  if (!isFull) say(`memory still fills: it can be judged from ${Math.round(fullMs / 60_000)} min on at this speed`);
  for (const { measure, slope, low, high, from, to, word } of judgements) {
    const limit = measure.mostPerHour === null ? '' : `limit ${measure.mostPerHour}`;
    say(
      `  ${measure.name.padEnd(28)}${figure(from).padStart(10)} → ${figure(to).padStart(9)} ${measure.unit.padEnd(3)}` +
        `  ${figure(slope).padStart(9)}/h  [${figure(low)}, ${figure(high)}]  ${limit}  ${word}`,
    );
  }
  say(`done to it: ${[...doing.done].map(([kind, n]) => `${kind} ${n}`).join(', ')}`);
  for (const [what, n] of doing.refused) say(`refused ${n} times: ${what}`);
  for (const one of unanswered.slice(0, 5)) say(`no answer ${one}`);
  say(`in the end: ${verdict?.title ?? 'it does not run'}`);
  say(problems.length === 0 ? 'flat' : `NOT FLAT: ${problems.join('; ')}`);
}
process.exitCode = problems.length === 0 ? 0 : 1;
