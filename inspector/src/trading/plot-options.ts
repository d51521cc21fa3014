/** How a line chart of uPlot looks here: colours are asked for at every drawing, so that a new theme needs no new chart. */
import uPlot from 'uplot';
import { clockShort, day } from '../format.ts';
import { colours } from './theme.ts';

export interface Line {
  readonly name: string;
  /** Dashes tell the second line from the first where colours cannot. */
  readonly look: 'solid' | 'dashed' | 'below';
  /** A value of it in words. */
  readonly says: (value: number) => string;
}

export const LABEL_ROOM = 72;
const FONT = '11px Inter, ui-sans-serif, system-ui, sans-serif';
const DAY = 86_400_000;

const inkOf = (look: Line['look']): string =>
  look === 'solid' ? colours.value.accent : look === 'dashed' ? colours.value.ink2 : colours.value.bad;

function seriesOf({ look }: Line): uPlot.Series {
  return {
    stroke: () => inkOf(look),
    width: look === 'solid' ? 2 : 1.5,
    ...(look === 'dashed' ? { dash: [5, 4] } : {}),
    ...(look === 'below' ? { fill: () => `color-mix(in srgb, ${colours.value.bad} 14%, transparent)`, fillTo: 0 } : {}),
    spanGaps: true,
    // Alone, a point has no line to be seen by.
    points: {
      show: (plot, index) => Array.from(plot.data[index] ?? []).filter((one) => one !== null).length === 1,
      size: 6,
    },
  };
}

interface Wanted {
  readonly lines: readonly Line[];
  readonly height: number;
  readonly width: number;
  readonly timeAxis: boolean;
  /** Words of a value on the axis. */
  readonly axis: (value: number, step: number) => string;
  /** The scale begins, or ends, at zero. */
  readonly zero: boolean;
  readonly hooks: uPlot.Hooks.Arrays;
}

export function plotOptions({ lines, height, width, timeAxis, axis, zero, hooks }: Wanted): uPlot.Options {
  const rule = { stroke: () => colours.value.line, width: 1 };
  const common = { stroke: () => colours.value.ink3, font: FONT, ticks: { show: false }, grid: rule };
  return {
    width,
    height,
    ms: 1,
    legend: { show: false },
    // The words of a line stand at its end.
    padding: [10, LABEL_ROOM, timeAxis ? 0 : 8, 0],
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7, width: 2 } },
    scales: {
      x: { time: true },
      y: {
        range: (_, low, high) => {
          const from = zero ? Math.min(0, low ?? 0) : (low ?? 0);
          const to = zero ? Math.max(0, high ?? 0) : (high ?? 1);
          return from === to
            ? [from - (Math.abs(from) * 0.01 || 1), to + (Math.abs(to) * 0.01 || 1)]
            : around(from, to);
        },
      },
    },
    axes: [
      {
        ...common,
        show: timeAxis,
        size: 24,
        gap: 6,
        space: 74,
        grid: { show: false },
        values: (_, splits, __, ___, step) =>
          splits.map((at) => (step >= DAY / 2 || at % DAY === 0 ? day(at) : clockShort(at))),
      },
      {
        ...common,
        size: 58,
        gap: 8,
        space: 34,
        values: (_, splits, __, ___, step) => splits.map((value) => axis(value, step)),
      },
    ],
    series: [{}, ...lines.map(seriesOf)],
    // Moments are UTC all over the page; so are round hours.
    tzDate: (at) => uPlot.tzDate(new Date(at), 'Etc/UTC'),
    hooks,
  };
}

/** A little air; zero stays at the edge where it is one. */
function around(low: number, high: number): [number, number] {
  const air = (high - low) * 0.08;
  return [low === 0 ? 0 : low - air, high === 0 ? 0 : high + air];
}
