/** What was made against what all signals would have made: two lines. */
import type { Signal } from '@preact/signals';
import type { Series, TradingView } from '../../../src/inspector/contract.ts';
import type { Asked } from '../ask.ts';
import { clockShort, duration, money } from '../format.ts';
import { Panel } from '../part/panel.tsx';
import { Answer, Empty } from '../part/state.tsx';
import { useWidth } from '../part/width.ts';
import { to } from '../route.ts';
import { begun } from '../trading/thin.ts';

const HIGH = 208;
const PAD = { left: 46, right: 86, top: 12, bottom: 22 } as const;

/** Round steps, about four of them. */
function steps(low: number, high: number): readonly number[] {
  const rough = Math.max(1e-9, (high - low) / 5);
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((n) => n * size >= rough) ?? 10) * size;
  const first = Math.ceil(low / step) * step;
  return Array.from({ length: Math.floor((high - first) / step) + 1 }, (_, n) => first + n * step);
}

const lastOf = (line: Series): number => line.at(-1)?.[1] ?? 0;

function Lines({ real, shadow }: { readonly real: Series; readonly shadow: Series }) {
  const { ref, width } = useWidth<HTMLDivElement>(560);
  const wide = width.value;
  const all = [...real, ...shadow];
  const [from, until] = [Math.min(...all.map(([at]) => at)), Math.max(...all.map(([at]) => at))];
  const [low, high] = [Math.min(0, ...all.map(([, usd]) => usd)), Math.max(1, ...all.map(([, usd]) => usd))];
  const x = (at: number): number =>
    PAD.left + ((at - from) / Math.max(1, until - from)) * (wide - PAD.left - PAD.right);
  const y = (usd: number): number => HIGH - PAD.bottom - ((usd - low) / (high - low)) * (HIGH - PAD.top - PAD.bottom);
  const path = (line: Series): string =>
    line.map(([at, usd], n) => `${n === 0 ? 'M' : 'L'}${x(at).toFixed(1)} ${y(usd).toFixed(1)}`).join('');
  const [yr, ys] = [y(lastOf(real)), y(lastOf(shadow))];
  const apart = Math.abs(yr - ys) < 30 ? (30 - Math.abs(yr - ys)) / 2 : 0;
  const [dr, ds] = yr <= ys ? [-apart, apart] : [apart, -apart];
  const label = (at: number): number => Math.max(PAD.top + 4, Math.min(at, HIGH - PAD.bottom - 14));
  return (
    <div ref={ref}>
      <svg
        class="pnl"
        width={wide}
        height={HIGH}
        viewBox={`0 0 ${wide} ${HIGH}`}
        role="img"
        aria-label={`Made ${money(lastOf(real), { sign: true })}; all signals would have made ${money(lastOf(shadow), { sign: true })}`}
      >
        {steps(low, high).map((usd) => (
          <g key={usd}>
            <path d={`M${PAD.left} ${y(usd)}H${wide - PAD.right}`} class={usd === 0 ? 'zero' : 'gridline'} />
            <text x={PAD.left - 8} y={y(usd) + 3.5} class="ax" text-anchor="end">
              {money(usd, { digits: 0 })}
            </text>
          </g>
        ))}
        {[0, 0.25, 0.5, 0.75, 1].map((part) => (
          <text key={part} x={x(from + part * (until - from))} y={HIGH - 5} class="ax" text-anchor="middle">
            {clockShort(from + part * (until - from))}
          </text>
        ))}
        <path d={path(shadow)} class="p-sh" />
        <path d={path(real)} class="p-live" />
        <g class="ends-at">
          <text x={wide - PAD.right + 8} y={label(yr + dr)} class="lb real">
            Real
          </text>
          <text x={wide - PAD.right + 8} y={label(yr + dr) + 13} class="lb2">
            {money(lastOf(real), { sign: true })}
          </text>
          <text x={wide - PAD.right + 8} y={label(ys + ds)} class="lb">
            Shadow
          </text>
          <text x={wide - PAD.right + 8} y={label(ys + ds) + 13} class="lb2">
            {money(lastOf(shadow), { sign: true })}
          </text>
        </g>
      </svg>
    </div>
  );
}

export function AgainstShadow({ asked }: { readonly asked: Signal<Asked<TradingView>> }) {
  return (
    <Panel
      title="Real against shadow"
      note={asked.value.value === null ? 'USD' : `USD, cumulative, ${duration(asked.value.value.window_ms)}`}
      testid="against-shadow"
      acts={
        <a class="lnk small" href={to('trading')}>
          Trading
        </a>
      }
    >
      <Answer asked={asked.value} what="the trades" lines={5}>
        {({ real, shadow }) =>
          real.length + shadow.length < 2 ? (
            <Empty
              title="No trade has ended yet"
              says="Every signal also gets a trade on paper that is never sent, blocked ones too: the shadow."
            />
          ) : (
            <Lines real={begun(real)} shadow={begun(shadow)} />
          )
        }
      </Answer>
    </Panel>
  );
}
