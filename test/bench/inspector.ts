/**
 * What inspection costs: `npm run bench:inspector`, or a part of it: `npm run bench:inspector -- bot`. Every figure is the median
 * of ROUNDS (5) rounds; CPU time is measured, since other work shares the machine. Bots run beside one without inspection, in turns, in one
 * process. HOURS (48): bot time a run of the whole bot.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { besideEachOther } from './beside-each-other.ts';
import { median } from './contest.ts';
import { BOT_MODES, type BotMode } from './inspected-bot.ts';
import { type ContextSize, MACHINE_MODES, type MachineFigures, type MachineMode } from './inspected-machine.ts';

const ROUNDS = Number(process.env.ROUNDS ?? 5);
const HOURS = Number(process.env.HOURS ?? 48);
const [part = 'all'] = process.argv.slice(2);
/** To run some of the bot's ways only: `MODES=off,flight`. */
const BOTS = BOT_MODES.filter((mode) => (process.env.MODES ?? BOT_MODES.join()).split(',').includes(mode));

const say = (what: string, value: string, note = ''): void => console.log(what.padEnd(58), value.padStart(14), note);
const number = (value: number): string => Math.round(value).toLocaleString('en-US');
const percent = (value: number): string => `${value >= 0 ? '+' : ''}${(value * 100).toFixed(1)} %`;
const run = <T>(file: string, ...args: readonly string[]): T =>
  JSON.parse(execFileSync(process.execPath, [join(import.meta.dirname, file), ...args], { encoding: 'utf8' })) as T;

function machine(size: ContextSize): void {
  const perSecond = new Map<MachineMode, number[]>(MACHINE_MODES.map((mode) => [mode, []]));
  for (let round = 0; round < ROUNDS; round++)
    for (const mode of MACHINE_MODES) {
      const count = mode === 'peer' ? '20000' : '200000';
      perSecond.get(mode)?.push(run<MachineFigures>('inspected-machine.ts', mode, size, count).perSecond);
    }
  console.log(`\na machine of two states, ${size} context: transitions a second of CPU`);
  const off = perSecond.get('off') ?? [];
  for (const [mode, all] of perSecond) {
    const micros = 1e6 / median(all) - 1e6 / median(off);
    say(MACHINE_SAYS[mode], `${number(median(all))}/s`, mode === 'off' ? '' : `${micros.toFixed(1)} µs more each`);
  }
}

function bot(): void {
  console.log(`\nthe whole bot, ${HOURS} h in virtual time, beside one without inspection`);
  for (const mode of BOTS) {
    const costs = Array.from({ length: ROUNDS }, () => 1 / besideEachOther(mode, 'off', HOURS) - 1);
    say(
      BOT_SAYS[mode],
      `${percent(median(costs))} CPU`,
      `${percent(Math.min(...costs))} to ${percent(Math.max(...costs))}`,
    );
  }
}

const MACHINE_SAYS: Readonly<Record<MachineMode, string>> = {
  off: 'no inspection',
  none: 'an observer that does nothing (what XState itself takes)',
  on: 'the recorder, no page open',
  page: 'the recorder, a page open',
  peer: '@statelyai/inspect, its adapter throws all away',
};
const BOT_SAYS: Readonly<Record<BotMode, string>> = {
  off: 'no inspection',
  none: 'an observer that does nothing',
  recorder: 'the recorder, no page open',
  flight: 'the recorder and the flight recorder, no page open',
  page: 'both, a page open',
};

if (part === 'all' || part === 'machine') for (const size of ['small', 'large'] as const) machine(size);
if (part === 'all' || part === 'bot') bot();
