/** A long table of which only what can be seen is drawn. */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import type { SignalView } from '../../../src/inspector/contract.ts';
import { clock, dateTime, day, percent, price, words } from '../format.ts';
import { to } from '../route.ts';
import type { Feed } from './feed.ts';
import { type Filter, queryOf } from './filter.ts';
import { known } from './known.ts';
import { Side } from './positions.tsx';
import { scrollTo, windowOf } from './window.ts';
import { inSentence } from './words.ts';

const OVER = 10;
/** So many rows are scrolled before the drawn ones change. */
const STRIDE = 4;
/** So near to the end, older ones are asked for. */
const NEAR_END = 40;
const narrow = matchMedia('(max-width: 720px)');
/** Heights as the style has them, px. */
const tall = () => (narrow.matches ? { row: 58, head: 0 } : { row: 32, head: 31 });
const COLUMNS = [
  ['at', 'At, UTC'],
  ['symbol', 'Symbol'],
  ['way', 'Side'],
  ['strategy', 'Strategy'],
  ['state', 'State'],
  ['because', 'Not traded because'],
  ['num confidence', 'Confidence'],
  ['num price', 'Price, USD'],
] as const;

export function SignalTable({ feed, filter }: { readonly feed: Feed; readonly filter: Filter }) {
  const { rows, total, complete } = feed.list.value;
  const box = useRef<HTMLDivElement>(null);
  const size = useSignal({ height: 600, row: tall().row });
  const stride = useSignal(0);
  const wanted = useRef<number | null>(null);
  const { height, row } = size.value;
  const strideAt = (top: number): number => Math.floor(top / (STRIDE * size.peek().row));
  const view = windowOf({
    scrolled: stride.value * STRIDE * row,
    height: height + STRIDE * row,
    row,
    count: rows.length,
    over: OVER,
  });
  const newest = known(rows[0]?.at);
  const today = newest === null ? '' : day(newest);
  feed.seen.value = [view.first, view.end];
  const query = useMemo(() => queryOf(filter), [filter]);

  // A row that stays is the same element: nothing of it is compared, let alone drawn, again.
  const before = useRef<ReadonlyMap<SignalView, Drawn>>(new Map());
  const now = new Map<SignalView, Drawn>();
  const drawn = rows.slice(view.first, view.end).map((signal, n) => {
    const index = view.first + n;
    const old = before.current.get(signal);
    const same = old !== undefined && old.index === index && old.query === query && old.today === today;
    const one = same
      ? old
      : {
          index,
          query,
          today,
          element: <Row key={signal.id} signal={signal} index={index} query={query} today={today} />,
        };
    now.set(signal, one);
    return one.element;
  });
  before.current = now;

  useLayoutEffect(() => {
    const here = box.current;
    if (here === null) return;
    here.scrollTop = feed.scrolled.value;
    stride.value = strideAt(here.scrollTop);
    const measure = (): void => {
      const { row: each, head } = tall();
      const next = { height: here.clientHeight - head, row: each };
      if (next.height !== size.peek().height || next.row !== size.peek().row) size.value = next;
    };
    measure();
    const resized = new ResizeObserver(measure);
    resized.observe(here);
    return () => resized.disconnect();
  }, [feed]);
  const near = view.end > rows.length - NEAR_END;
  const error = feed.error.value;
  useEffect(() => {
    // What failed is asked again when the server answers again, not in a loop.
    if (near && error === null) feed.more();
  }, [near, rows.length, error]);
  // The row that the keyboard goes to is drawn only after the list has moved there.
  useLayoutEffect(() => {
    if (wanted.current === null) return;
    const link = box.current?.querySelector<HTMLElement>(`[data-row="${wanted.current}"]`);
    if (!link) return;
    wanted.current = null;
    link.focus({ preventScroll: true });
  });

  const onScroll = (): void => {
    const here = box.current;
    if (here === null) return;
    stride.value = strideAt(here.scrollTop);
    feed.scrolled.value = here.scrollTop;
    reads();
  };
  const reads = (): void => {
    const here = box.current;
    feed.reading.value = here !== null && (here.scrollTop > row / 2 || here.contains(document.activeElement));
  };
  // The focus is nowhere until it has arrived.
  const left = (): void => void setTimeout(reads);
  const onKeyDown = (event: KeyboardEvent): void => {
    const at = Number((event.target as HTMLElement).dataset.row ?? view.first);
    const page = Math.max(1, Math.floor(height / row) - 1);
    const target = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: rows.length - 1,
    }[event.key];
    const here = box.current;
    if (target === undefined || here === null) return;
    event.preventDefault();
    const index = Math.min(rows.length - 1, Math.max(0, target));
    const top = scrollTo(index, { scrolled: here.scrollTop, height, row });
    wanted.current = index;
    here.scrollTop = top;
    // Also where it need not move: the effect above then finds the row.
    stride.value = strideAt(top);
    here.querySelector<HTMLElement>(`[data-row="${index}"]`)?.focus({ preventScroll: true });
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys move between the links in it
    <div
      class="signals scroll"
      ref={box}
      onScroll={onScroll}
      onKeyDown={onKeyDown}
      onFocusCapture={reads}
      onBlurCapture={left}
    >
      <table aria-rowcount={(complete ? rows.length : (known(total) ?? rows.length)) + 1}>
        <caption class="vh">Signals, newest first; arrow keys go from row to row</caption>
        <thead>
          <tr class="signal">
            {COLUMNS.map(([key, name]) => (
              <th key={key} scope="col" class={key}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Room height={view.above} />
          {drawn}
          <Room height={view.height - view.above - (view.end - view.first) * row} />
        </tbody>
      </table>
    </div>
  );
}

/** The place of the rows that are not drawn. */
function Room({ height }: { readonly height: number }) {
  if (height <= 0) return null;
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a row takes no focus
    <tr aria-hidden="true" class="room-row">
      <td colSpan={COLUMNS.length} style={{ height: `${height}px` }} />
    </tr>
  );
}

interface Drawn {
  readonly index: number;
  readonly query: RowProps['query'];
  readonly today: string;
  readonly element: VNode;
}

interface RowProps {
  readonly signal: SignalView;
  readonly index: number;
  readonly query: Readonly<Record<string, string>>;
  /** The day of the newest: others are named. */
  readonly today: string;
}

function Row({ signal, index, query, today }: RowProps) {
  const { id, symbol, direction, strategy, state, at, confidence, blocked_by, reason } = signal;
  const when = known(at);
  return (
    <tr class="signal" aria-rowindex={index + 2}>
      <td class="at">
        <a
          href={to('signals', id, query)}
          data-row={index}
          title={id}
          aria-label={`${symbol} ${when === null ? id : dateTime(when)}`}
        >
          {when !== null && day(when) !== today && <span class="dim">{day(when)}</span>}
          {when === null ? '–' : clock(when)}
        </a>
      </td>
      <td class="symbol">{symbol}</td>
      <td class="way">
        <Side side={direction} />
      </td>
      <td class="strategy">{words(strategy)}</td>
      <td class="state">
        <i class={`swatch st-${state.split('.')[0]}`} aria-hidden="true" />
        {inSentence(state)}
      </td>
      <td class="because cut">
        {blocked_by !== null && blocked_by !== undefined && <b>{words(blocked_by)}</b>} {reason}
      </td>
      <td class="num confidence">{percent(confidence, 0)}</td>
      <td class="num price">{price(signal.price)}</td>
    </tr>
  );
}
