/** Charts as SVG, drawn here: nothing is loaded, and no script runs. Colours come from the page's style (`style.ts`). */
import type { Interval } from '../wilson.ts';
import { asText } from './html.ts';

/** Units of the drawing: wide enough for a desk, and scaled down to a phone its letters can still be read (`style.ts`). */
const WIDTH = 480;
const LABEL = 156;
const ROW = 26;
const AXIS = 26;

export const linear =
  (from: number, to: number, low: number, high: number) =>
  (value: number): number =>
    to === from ? (low + high) / 2 : low + ((value - from) / (to - from)) * (high - low);

const at = (value: number): string => value.toFixed(1);

/** Round numbers across a span, about five. */
export function ticksOf(from: number, to: number): readonly number[] {
  const span = to - from;
  if (!(span > 0)) return [from];
  const raw = span / 5;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 5, 10].find((one) => one * power >= raw) ?? 10) * power;
  const ticks: number[] = [];
  for (let i = Math.ceil(from / step); i * step <= to + step / 1e6; i++) ticks.push(Number((i * step).toPrecision(12)));
  return ticks;
}

const svg = (height: number, says: string, body: string): string =>
  `<svg viewBox="0 0 ${WIDTH} ${at(height)}" role="img" aria-label="${asText(says)}">${body}</svg>`;

const grid = (ticks: readonly number[], x: (value: number) => number, bottom: number, word: (tick: number) => string) =>
  ticks
    .map(
      (tick) =>
        `<line class="grid${tick === 0 ? ' zero' : ''}" x1="${at(x(tick))}" x2="${at(x(tick))}" y1="4" y2="${at(bottom)}"/>` +
        `<text class="tick" x="${at(x(tick))}" y="${at(bottom + 18)}" text-anchor="middle">${asText(word(tick))}</text>`,
    )
    .join('');

export interface Whisker {
  readonly label: string;
  readonly value: number | null;
  readonly interval: Interval | null;
  /** A class of the style: `saves`, `costs` or `none`. */
  readonly tone: string;
  readonly says: string;
}

/** A value and its interval per row, against 0. */
export function forest(rows: readonly Whisker[], says: string, word: (tick: number) => string): string {
  const all = rows.flatMap(({ value, interval }) => [value ?? 0, ...(interval ?? [])]);
  const [low, high] = [Math.min(0, ...all), Math.max(0, ...all)];
  const pad = (high - low || 1) * 0.06;
  const x = linear(low - pad, high + pad, LABEL, WIDTH - 16);
  const bottom = rows.length * ROW + 8;
  const body = rows.map(({ label, value, interval, tone, says: title }, i) => {
    const y = i * ROW + ROW / 2 + 6;
    const line =
      interval === null
        ? ''
        : `<line class="whisker ${tone}" x1="${at(x(interval[0]))}" x2="${at(x(interval[1]))}" y1="${at(y)}" y2="${at(y)}"/>`;
    const dot =
      value === null
        ? `<text class="tick" x="${at(x(0) + 8)}" y="${at(y + 4)}">nothing to compare</text>`
        : `<circle class="dot ${tone}" cx="${at(x(value))}" cy="${at(y)}" r="4"/>`;
    return `<g><title>${asText(title)}</title><text class="label" x="${LABEL - 12}" y="${at(y + 4)}" text-anchor="end">${asText(label)}</text>${line}${dot}</g>`;
  });
  return svg(bottom + AXIS, says, grid(ticksOf(low - pad, high + pad), x, bottom, word) + body.join(''));
}

export interface Line {
  readonly label: string;
  readonly points: readonly (readonly [at: number, value: number])[];
}

/** Sums over time, one line each, in up to eight tones; the names stand in a legend outside. */
export function lines(all: readonly Line[], says: string, word: (tick: number) => string): string {
  const points = all.flatMap((line) => line.points);
  const times = points.map(([time]) => time);
  const values = points.map(([, value]) => value);
  const [from, to] = [Math.min(...times), Math.max(...times)];
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  const height = 220;
  const x = linear(from, to, 64, WIDTH - 12);
  const y = linear(low, high, height - AXIS, 10);
  const rows = ticksOf(low, high).map(
    (tick) =>
      `<line class="grid${tick === 0 ? ' zero' : ''}" x1="64" x2="${WIDTH - 12}" y1="${at(y(tick))}" y2="${at(y(tick))}"/>` +
      `<text class="tick" x="58" y="${at(y(tick) + 4)}" text-anchor="end">${asText(word(tick))}</text>`,
  );
  const days = [0, 0.25, 0.5, 0.75, 1].map((part) => from + part * (to - from));
  const dates = days.map(
    (day, i) =>
      `<text class="tick" x="${at(x(day))}" y="${height - 8}" text-anchor="${i === 0 ? 'start' : i === 4 ? 'end' : 'middle'}">${new Date(day).toISOString().slice(5, 10)}</text>`,
  );
  const paths = all.map(
    ({ label, points: own }, i) =>
      `<polyline class="line tone${i % 8}" points="${own.map(([time, value]) => `${at(x(time))},${at(y(value))}`).join(' ')}"><title>${asText(label)}</title></polyline>`,
  );
  return svg(height, says, rows.join('') + dates.join('') + paths.join(''));
}

export interface Bar {
  readonly label: string;
  readonly value: number;
  readonly interval: Interval | null;
  readonly says: string;
}

/** Shares from 0 to 1 as columns with their intervals, and a level to compare them with. */
export function columns(bars: readonly Bar[], says: string, level: number | null): string {
  const height = 190;
  const left = 44;
  const y = linear(0, 1, height - AXIS, 10);
  const width = (WIDTH - left - 12) / Math.max(1, bars.length);
  const rows = [0, 0.25, 0.5, 0.75, 1].map(
    (tick) =>
      `<line class="grid" x1="${left}" x2="${WIDTH - 12}" y1="${at(y(tick))}" y2="${at(y(tick))}"/>` +
      `<text class="tick" x="${left - 6}" y="${at(y(tick) + 4)}" text-anchor="end">${tick * 100} %</text>`,
  );
  const body = bars.map(({ label, value, interval, says: title }, i) => {
    const x = left + i * width;
    const middle = at(x + width / 2);
    const whisker =
      interval === null
        ? ''
        : `<line class="whisker thin" x1="${middle}" x2="${middle}" y1="${at(y(interval[0]))}" y2="${at(y(interval[1]))}"/>`;
    return `<g><title>${asText(title)}</title><rect class="bar" x="${at(x + width * 0.14)}" width="${at(width * 0.72)}" y="${at(y(value))}" height="${at(y(0) - y(value))}"/>${whisker}<text class="tick" x="${middle}" y="${height - 8}" text-anchor="middle">${asText(label)}</text></g>`;
  });
  const mark =
    level === null
      ? ''
      : `<line class="level" x1="${left}" x2="${WIDTH - 12}" y1="${at(y(level))}" y2="${at(y(level))}"/>`;
  return svg(height, says, rows.join('') + body.join('') + mark);
}

/** How often two of a list went together, as a share of the rarer: a square each, darker the more. */
export function matrix(names: readonly string[], both: readonly (readonly number[])[], says: string): string {
  const cell = Math.min(52, (WIDTH - LABEL - 12) / Math.max(1, names.length));
  const top = 8;
  const body = names.map((name, row) => {
    const y = top + row * cell;
    const cells = names.map((other, column) => {
      const count = both[row]?.[column] ?? 0;
      const least = Math.min(both[row]?.[row] ?? 0, both[column]?.[column] ?? 0);
      const share = least === 0 ? 0 : count / least;
      const title = row === column ? `${name} blocked ${count}` : `${name} and ${other} both blocked ${count}`;
      return (
        `<g><title>${asText(title)}</title><rect class="cell" x="${at(LABEL + column * cell)}" y="${at(y)}" width="${at(cell - 2)}" height="${at(cell - 2)}" style="--share:${share.toFixed(3)}"/>` +
        `<text class="tick count" x="${at(LABEL + column * cell + cell / 2 - 1)}" y="${at(y + cell / 2 + 4)}" text-anchor="middle">${count}</text></g>`
      );
    });
    return `<text class="label" x="${LABEL - 12}" y="${at(y + cell / 2 + 4)}" text-anchor="end">${asText(name)}</text>${cells.join('')}`;
  });
  return svg(top + names.length * cell + 4, says, body.join(''));
}
