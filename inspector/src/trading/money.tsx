/** The money over time: equity and drawdown; what was made, against what all signals would have made. */
import { type Signal, useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import type { Series, TradingView } from '../../../src/inspector/contract.ts';
import { clock, percent } from '../format.ts';
import { Button } from '../part/button.tsx';
import { Panel } from '../part/panel.tsx';
import { Empty } from '../part/state.tsx';
import { Plot, ReadOut } from './plot.tsx';
import type { Line } from './plot-options.ts';
import { PlotTable } from './plot-table.tsx';
import { begun, pointAt } from './thin.ts';
import { cash, span } from './words.ts';

interface MoneyProps {
  readonly view: TradingView;
  readonly at: Signal<number | null>;
}

const EQUITY: readonly Line[] = [{ name: 'Equity', look: 'solid', says: (value) => cash(value) }];
/** Where nobody wrote down what the account began with. */
const MADE: readonly Line[] = [{ name: 'Made', look: 'solid', says: (value) => cash(value, true) }];
const DRAWDOWN: readonly Line[] = [{ name: 'Drawdown', look: 'below', says: (value) => percent(Math.abs(value), 2) }];
const RIVALS: readonly Line[] = [
  { name: 'Real', look: 'solid', says: (value) => cash(value, true) },
  { name: 'Shadow', look: 'dashed', says: (value) => cash(value, true) },
];

const SHORT = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 4 });
/** A round amount on the axis, with as many digits as its steps need. */
function axisMoney(value: number, step: number): string {
  const size = Math.abs(value);
  const digits = step >= 1 ? 0 : step >= 0.1 ? 1 : 2;
  const text =
    size >= 1e6
      ? SHORT.format(size)
      : size.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return value < 0 ? `−${text}` : text;
}
const axisPercent = (value: number, step: number): string =>
  value === 0 ? '0 %' : `−${percent(Math.abs(value), step >= 0.01 ? 0 : step >= 0.001 ? 1 : 2)}`;

function TableSwitch({ on }: { readonly on: Signal<boolean> }) {
  return (
    <Button
      size="tiny"
      pressed={on.value}
      onClick={() => {
        on.value = !on.value;
      }}
    >
      {on.value ? 'Chart' : 'Table'}
    </Button>
  );
}

export function EquityPanel({ view, at }: MoneyProps) {
  const table = useSignal(false);
  // Downwards, as it feels.
  const below: Series = useMemo(() => view.drawdown.map(([when, part]) => [when, -Math.abs(part)]), [view.drawdown]);
  const one = useMemo(() => [view.equity], [view.equity]);
  const two = useMemo(() => [below], [below]);
  if (view.max_drawdown === null && view.equity.length > 0)
    return (
      <Panel
        title="Made so far"
        note={`USD, with what is held at the last prices, ${span(view.window_ms)}`}
        acts={<TableSwitch on={table} />}
        class="money"
      >
        {table.value ? (
          <PlotTable name="Made so far" lines={MADE} series={one} />
        ) : (
          <>
            <ReadOut at={at} lines={MADE} series={one} />
            <Plot name="Made so far" lines={MADE} series={one} at={at} height={262} axis={axisMoney} zero />
            <p class="says">
              Not known what the account began with: equity and drawdown cannot be told. A bot that trades at an
              exchange writes its equity down once a day, with the first change of what it holds.
            </p>
          </>
        )}
      </Panel>
    );
  return (
    <Panel
      title="Equity and drawdown"
      note={`USD, and % below the highest so far, ${span(view.window_ms)}`}
      acts={view.equity.length > 0 ? <TableSwitch on={table} /> : undefined}
      class="money"
    >
      {view.equity.length === 0 ? (
        <Empty title="No equity yet" says="The first point is written when the bot has valued its account." />
      ) : table.value ? (
        <PlotTable name="Equity and drawdown" lines={[...EQUITY, ...DRAWDOWN]} series={[view.equity, below]} />
      ) : (
        <>
          <ReadOut at={at} lines={[...EQUITY, ...DRAWDOWN]} series={[view.equity, below]} />
          <Plot name="Equity" lines={EQUITY} series={one} at={at} height={158} axis={axisMoney} timeAxis={false} />
          <Plot name="Drawdown" lines={DRAWDOWN} series={two} at={at} height={104} axis={axisPercent} zero />
          <p class="says">
            One cursor for all three charts: point at a moment, or focus a chart and use the arrow keys; Escape goes
            back to the last.
          </p>
        </>
      )}
    </Panel>
  );
}

export function RivalsPanel({ view, at }: MoneyProps) {
  const table = useSignal(false);
  const both = useMemo(() => [begun(view.real), begun(view.shadow)], [view.real, view.shadow]);
  const nothing = view.real.length + view.shadow.length === 0;
  const apart = (moment: number): string | null => {
    const common = Math.min(moment, view.shadow.at(-1)?.[0] ?? moment, view.real.at(-1)?.[0] ?? moment);
    const real = pointAt(view.real, common);
    const shadow = pointAt(view.shadow, common);
    if (real === null || shadow === null) return null;
    const gap = real[1] - shadow[1];
    const when = common < moment ? ` at ${clock(common)}` : '';
    return `real is ${cash(Math.abs(gap))} ${gap < 0 ? 'behind' : 'ahead'}${when}`;
  };
  return (
    <Panel
      title="Real against shadow"
      note={`cumulative USD, ${span(view.window_ms)}`}
      acts={nothing ? undefined : <TableSwitch on={table} />}
      class="money"
    >
      {nothing ? (
        <Empty
          title="Nothing to compare yet"
          says="Both lines begin with the first trade, or shadow trade, that has ended."
        />
      ) : table.value ? (
        <PlotTable name="Real against shadow" lines={RIVALS} series={both} />
      ) : (
        <>
          <ReadOut at={at} lines={RIVALS} series={both} more={apart} />
          <Plot name="Real against shadow" lines={RIVALS} series={both} at={at} height={262} axis={axisMoney} zero />
          <p class="says">
            Real: realised by the trades that were made. Shadow: what all signals would have made, the blocked ones too,
            a trade of the same size each.
          </p>
        </>
      )}
    </Panel>
  );
}
