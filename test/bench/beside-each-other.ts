import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { BotFigures, BotWay } from './inspected-bot.ts';

const inspectedBot = join(import.meta.dirname, 'inspected-bot.ts');

/** Ticks a CPU second of the first. */
const first = (hours: number, way: BotWay, beside: BotWay): number => {
  const out = execFileSync(process.execPath, [inspectedBot, String(hours), way, beside], { encoding: 'utf8' });
  const [ours, theirs] = JSON.parse(out) as BotFigures[];
  if (ours === undefined || theirs === undefined) throw new Error(`two bots were to run: ${out}`);
  return (ours.ticks / ours.cpuMs) * (theirs.cpuMs / theirs.ticks);
};

/**
 * How many ticks a bot makes for each that the other makes of the same CPU time, the two in turns in one process: of runs in processes of their
 * own the machine's other work makes more difference than what is measured. Each is the first of the two once: the first is dearer.
 */
export const besideEachOther = (way: BotWay, beside: BotWay, hours: number): number =>
  Math.sqrt(first(hours, way, beside) / first(hours, beside, way));
