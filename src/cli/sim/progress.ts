import type { ProcessTime } from '../../adapters/process-time.ts';
import { ProgressLine } from '../terminal.ts';
import type { Stage } from './prove.ts';

const HOUR_MS = 3_600_000;

function inWords(stage: Stage, seconds: number): string {
  if (stage.is === 'shrinking') return `cutting the failing script down: ${stage.runs} of at most ${stage.most} runs`;
  if (stage.is === 'comparing')
    return `running ${stage.seeds === 1 ? 'the first seed' : 'all seeds'} in another process`;
  const { tally, asked } = stage;
  const hours = tally.simulatedMs / HOUR_MS;
  const per = (amount: number): string => (amount / Math.max(seconds, 0.01)).toFixed(1);
  return `${tally.seeds} of ${asked} seeds  ${per(tally.seeds)} seeds/s  ${per(hours)} simulated h/s  ${tally.struck} faults, ${tally.lives} lives`;
}

export interface SimProgress {
  show(stage: Stage): void;
  /** Takes the line away. */
  clear(): void;
}

/** A line about where a run is, on a terminal. */
export function simProgress(time: ProcessTime): SimProgress {
  const line = new ProgressLine();
  return {
    show: (stage) => line.show(inWords(stage, time.uptimeSeconds())),
    clear: () => line.clear(),
  };
}
