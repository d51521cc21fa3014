/** The figures of a chart as a table. */
import type { Series } from '../../../src/inspector/contract.ts';
import { clock, dateTime, day } from '../format.ts';
import type { Line } from './plot-options.ts';
import { aligned, pointAt, thin } from './thin.ts';

const MOST_ROWS = 200;

export function PlotTable({
  name,
  lines,
  series,
}: {
  readonly name: string;
  readonly lines: readonly Line[];
  readonly series: readonly Series[];
}) {
  const thinned = series.map((one) => thin(one, MOST_ROWS / series.length));
  const [moments] = aligned(thinned);
  const all = Math.max(...series.map((one) => one.length));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section class="scroll figures-table" tabIndex={0} aria-label={`${name} as a table`}>
      <table class="table dense">
        <caption>
          {moments.length < all
            ? `${moments.length} of ${all} moments, with the highest and the lowest; newest first, UTC`
            : 'Newest first, UTC'}
        </caption>
        <thead>
          <tr>
            <th scope="col">Moment</th>
            {lines.map((line) => (
              <th key={line.name} scope="col" class="num">
                {line.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {moments.toReversed().map((at) => (
            <tr key={at}>
              <th scope="row" class="nw" title={dateTime(at)}>
                {day(at)} {clock(at)}
              </th>
              {lines.map((line, n) => {
                const point = pointAt(series[n] ?? [], at);
                return (
                  <td key={line.name} class="num">
                    {point === null ? '–' : line.says(point[1])}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
