/**
 * What inspection costs: `npm run bench:inspector`, or a part of it: `npm run bench:inspector -- bot`. Every figure is the median
 * of ROUNDS (5) rounds, interleaved, each run in a process of its own; CPU time is measured, since other work shares the
 * machine. HOURS (48): bot time a run of the whole bot.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { BOT_MODES, type BotFigures, type BotMode } from './inspected-bot.ts';
import { type ContextSize, MACHINE_MODES, type MachineFigures, type MachineMode } from './inspected-machine.ts';

const ROUNDS = Number(process.env.ROUNDS ?? 5);
const HOURS = Number(process.env.HOURS ?? 48);
const [part = 'all'] = process.argv.slice(2);
/** To run some of the bot's ways only: `MODES=off,flight`. */
const BOTS = BOT_MODES.filter((mode) => (process.env.MODES ?? BOT_MODES.join()).split(',').includes(mode));

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
const say = (what: string, value: string, note = ''): void => console.log(what.padEnd(58), value.padStart(14), note);
const number = (value: number): string => Math.round(value).toLocaleString('en-US');
const percent = (value: number): string => `${value >= 0 ? '+' : ''}${(value * 100).toFixed(1)} %`;
const run = <T>(file: string, ...args: readonly string[]): T =>
  JSON.parse(execFileSync(process.execPath, [join(import.meta.dirname, file), ...args], { encoding: 'utf8' })) as T;

/** Each round beside its own `off`: what the machine does meanwhile is the same for both, or nearly. */
const costOf = (own: readonly number[], off: readonly number[]): number =>
  median(own.map((value, round) => value / (off[round] ?? Number.NaN))) - 1;

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
  const cpu = new Map<BotMode, number[]>(BOTS.map((mode) => [mode, []]));
  let [ticks, events] = [0, 0];
  for (let round = 0; round < ROUNDS; round++)
    for (const mode of BOTS) {
      const figures = run<BotFigures>('inspected-bot.ts', mode, String(HOURS));
      ticks = figures.ticks;
      events = Math.max(events, figures.events);
      cpu.get(mode)?.push(figures.cpuMs);
      // A long run that is ended early has told what it found.
      console.error(`round ${round + 1}: ${mode} ${Math.round(figures.cpuMs)} ms of CPU`);
    }
  console.log(
    `\nthe whole bot, ${HOURS} h in virtual time: ${number(ticks)} ticks, ${number(events)} inspection events`,
  );
  const off = cpu.get('off') ?? [];
  for (const [mode, all] of cpu) {
    const rate = `${number((ticks / median(all)) * 1_000)} ticks/s`;
    say(BOT_SAYS[mode], rate, mode === 'off' ? '' : `${percent(costOf(all, off))} CPU`);
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
  none: 'an observer that does nothing (what XState itself takes)',
  recorder: 'the recorder, no page open',
  flight: 'the recorder and the flight recorder, no page open',
  page: 'both, a page open',
};

if (part === 'all' || part === 'machine') for (const size of ['small', 'large'] as const) machine(size);
if (part === 'all' || part === 'bot') bot();
