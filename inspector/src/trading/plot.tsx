/** A line chart that can be read without a mouse, and without eyes: a cursor shared with its neighbours, its values in text. */
import { type Signal, useSignalEffect } from '@preact/signals';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Series } from '../../../src/inspector/contract.ts';
import { clock, dateTime } from '../format.ts';
import { LABEL_ROOM, type Line, plotOptions } from './plot-options.ts';
import { spread } from './scale.ts';
import { colours } from './theme.ts';
import { aligned, pointAt, thin } from './thin.ts';

const MOST_POINTS = 2_000;
const LABEL_GAP = 15;

export interface PlotProps {
  readonly name: string;
  readonly lines: readonly Line[];
  readonly series: readonly Series[];
  /** The moment that is looked at, in all charts that share it; `null`: the last. */
  readonly at: Signal<number | null>;
  readonly height: number;
  readonly axis: (value: number, step: number) => string;
  readonly timeAxis?: boolean;
  readonly zero?: boolean;
}

export function Plot({ name, lines, series, at, height, axis, timeAxis = true, zero = false }: PlotProps) {
  const box = useRef<HTMLDivElement>(null);
  const labels = useRef<(HTMLSpanElement | null)[]>([]);
  const plot = useRef<uPlot | null>(null);
  const shown = useMemo(() => series.map((one) => thin(one, MOST_POINTS)), [series]);
  const data = useMemo(() => aligned(shown) as unknown as uPlot.AlignedData, [shown]);
  const moments = data[0] as readonly number[];
  const latest = useRef(shown);
  latest.current = shown;

  useLayoutEffect(() => {
    const here = box.current;
    if (here === null) return;
    const made = new uPlot(
      plotOptions({
        lines,
        height,
        width: Math.max(120, here.clientWidth),
        timeAxis,
        axis,
        zero,
        hooks: {
          setCursor: [
            (self) => {
              const { left = -1, idx } = self.cursor;
              at.value = left < 0 || idx === null || idx === undefined ? null : (self.data[0][idx] ?? null);
            },
          ],
          draw: [(self) => placeLabels(self, latest.current, labels.current)],
        },
      }),
      data,
      here,
    );
    plot.current = made;
    const resized = new ResizeObserver(() => made.setSize({ width: Math.max(120, here.clientWidth), height }));
    resized.observe(here);
    return () => {
      resized.disconnect();
      made.destroy();
      plot.current = null;
    };
    // Made once: what changes afterwards is given to it below.
  }, []);
  useEffect(() => {
    if (plot.current !== null && plot.current.data !== data) plot.current.setData(data);
  }, [data]);
  useSignalEffect(() => {
    void colours.value;
    plot.current?.redraw(false);
  });
  useSignalEffect(() => {
    const moment = at.value;
    const self = plot.current;
    if (self === null) return;
    self.setCursor({ left: moment === null ? -10 : self.valToPos(moment, 'x'), top: 0 }, false);
  });

  const move = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') at.value = null;
    const last = moments.length - 1;
    const now =
      at.value === null
        ? last
        : Math.max(
            0,
            moments.findLastIndex((one) => one <= (at.value ?? 0)),
          );
    const step = event.shiftKey ? 10 : 1;
    const to = {
      ArrowLeft: now - step,
      ArrowRight: now + step,
      PageDown: now - 10,
      PageUp: now + 10,
      Home: 0,
      End: last,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    at.value = moments[Math.min(last, Math.max(0, to))] ?? null;
  };
  const moment = at.value ?? moments.at(-1) ?? 0;
  const said = lines.map((line, n) => {
    const point = pointAt(shown[n] ?? [], moment);
    return `${line.name} ${point === null ? 'not known' : line.says(point[1])}`;
  });
  return (
    <div
      class="plot"
      role="slider"
      tabIndex={0}
      aria-label={`${name}, moment`}
      aria-valuemin={moments[0] ?? 0}
      aria-valuemax={moments.at(-1) ?? 0}
      aria-valuenow={moment}
      aria-valuetext={`${dateTime(moment)}: ${said.join(', ')}`}
      onKeyDown={move}
      onBlur={() => {
        at.value = null;
      }}
    >
      <div ref={box} />
      <div class="ends" style={{ width: `${LABEL_ROOM}px` }} aria-hidden="true">
        {lines.map((line, n) => (
          <span
            key={line.name}
            class={line.look}
            ref={(element) => {
              labels.current[n] = element;
            }}
          >
            {line.name}
            <Stopped series={shown} of={n} />
          </span>
        ))}
      </div>
    </div>
  );
}

/** Its line ends well before the others do. */
function Stopped({ series, of }: { readonly series: readonly Series[]; readonly of: number }) {
  const ends = series.map((one) => one.at(-1)?.[0] ?? null);
  const own = ends[of] ?? null;
  const last = Math.max(...ends.map((end) => end ?? 0));
  const first = Math.min(...series.flatMap((one) => one[0]?.[0] ?? []));
  if (own === null || last - own < (last - first) * 0.02) return null;
  return <em>to {clock(own).slice(0, 5)}</em>;
}

/** Each at the height of its line's end, none upon another. */
function placeLabels(self: uPlot, series: readonly Series[], labels: readonly (HTMLSpanElement | null)[]): void {
  const top = self.bbox.top / uPlot.pxRatio;
  const height = self.bbox.height / uPlot.pxRatio;
  const wanted = series.map((one) => self.valToPos(one.at(-1)?.[1] ?? 0, 'y'));
  const tall = labels.some((label) => (label?.offsetHeight ?? 0) > 20);
  const places = spread(wanted, tall ? LABEL_GAP * 2 : LABEL_GAP, [0, height]);
  for (const [n, label] of labels.entries()) {
    if (label === null) continue;
    label.hidden = (series[n]?.length ?? 0) === 0;
    label.style.transform = `translateY(${Math.round(top + (places[n] ?? 0) - 8)}px)`;
  }
}

/** The values at the moment that is looked at, in text. */
export function ReadOut({
  at,
  lines,
  series,
  more,
}: {
  readonly at: Signal<number | null>;
  readonly lines: readonly Line[];
  readonly series: readonly Series[];
  readonly more?: (moment: number) => string | null;
}) {
  const last = Math.max(...series.map((one) => one.at(-1)?.[0] ?? Number.NEGATIVE_INFINITY));
  const moment = at.value ?? last;
  const extra = more?.(moment) ?? null;
  return (
    <p class="readout">
      <span class="when">{at.value === null ? `Last, ${clock(moment)}` : clock(moment)}</span>
      {lines.map((line, n) => {
        const point = pointAt(series[n] ?? [], moment);
        return (
          <span key={line.name} class="nw">
            <svg class={`mark ${line.look}`} viewBox="0 0 18 8" aria-hidden="true">
              <path d="M0 4h18" />
            </svg>
            {line.name} <b>{point === null ? '–' : line.says(point[1])}</b>
          </span>
        );
      })}
      {extra !== null && <span class="nw soft">{extra}</span>}
    </p>
  );
}
