/** All signals: found by state, symbol and words; live, and still while one reads. */
import { useComputed } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { SIGNAL_STATES } from '../../../src/machines/messages.ts';
import { count } from '../format.ts';
import { overview } from '../live.ts';
import { Button } from '../part/button.tsx';
import { Empty, Failed, Loading } from '../part/state.tsx';
import { go, route, to } from '../route.ts';
import { type Feed, feedOf } from './feed.ts';
import { type Filter, filterOf, queryOf } from './filter.ts';
import { NoTrading } from './no-trading.tsx';
import { SignalTable } from './signal-table.tsx';
import { counted } from './words.ts';

const PAUSE_MS = 250;

export function SignalList() {
  const query = useComputed(() => JSON.stringify(filterOf(route.value.query)));
  const filter = useMemo(() => JSON.parse(query.value) as Filter, [query.value]);
  const feed = useMemo(() => feedOf(filter), [filter]);
  const app = overview.value?.kind === 'app';
  useEffect(() => (app ? undefined : feed.follow()), [feed, app]);
  if (app)
    return (
      <main class="page trading">
        <div class="head">
          <h1>Signals</h1>
        </div>
        <NoTrading />
      </main>
    );
  return (
    <main class="page trading list-page">
      <div class="head">
        <h1>Signals</h1>
        <Counted feed={feed} />
        <span class="sp" />
        <Filters filter={filter} feed={feed} />
      </div>
      <section class="panel fill" aria-label="Signals">
        <Waiting feed={feed} />
        <Content feed={feed} filter={filter} />
      </section>
    </main>
  );
}

function Counted({ feed }: { readonly feed: Feed }) {
  const { rows, total } = feed.list.value;
  if (feed.heardAt.value === null) return null;
  return (
    <p class="dim" role="status">
      {counted(total)} match, {count(rows.length)} loaded, newest first
    </p>
  );
}

function Content({ feed, filter }: { readonly feed: Feed; readonly filter: Filter }) {
  const { rows, complete } = feed.list.value;
  const error = feed.error.value;
  const some = Object.values(filter).some((one) => one !== '');
  if (rows.length === 0 && error !== null)
    return (
      <Failed title="Signals could not be read" says={`${error}. The page asks again every 3 s.`} again={feed.again} />
    );
  if (feed.heardAt.value === null) return <Loading what="the signals" lines={14} />;
  if (rows.length === 0)
    return some ? (
      <Empty title="No signal matches" says="None of the signals on record has this state, symbol and text together.">
        <Button onClick={() => go(to('signals'))}>Show all signals</Button>
      </Empty>
    ) : (
      <Empty title="No signal yet" says="The first signal of a strategy shows here within a few seconds." />
    );
  return (
    <>
      {error !== null && (
        <p class="stale" role="status">
          Not refreshed: {error}.
        </p>
      )}
      <SignalTable feed={feed} filter={filter} />
      <p class="list-end">
        {complete ? (
          <span class="dim">That is all of them.</span>
        ) : (
          <Button size="tiny" onClick={feed.more} disabled={feed.state.value !== 'still'}>
            {feed.state.value === 'more' ? 'Loading older ones' : 'Load older ones'}
          </Button>
        )}
      </p>
    </>
  );
}

/** New ones, when somebody reads: they come when asked for. */
function Waiting({ feed }: { readonly feed: Feed }) {
  const { waiting, gap } = feed.list.value;
  if (waiting.length === 0) return null;
  return (
    <button
      type="button"
      class="waiting"
      onClick={() => {
        feed.scrolled.value = 0;
        feed.reading.value = false;
        feed.showWaiting();
        document.querySelector('.signals')?.scrollTo(0, 0);
      }}
    >
      {gap ? `More than ${count(waiting.length)} new signals` : `${count(waiting.length)} new`}, show
    </button>
  );
}

function Filters({ filter, feed }: { readonly filter: Filter; readonly feed: Feed }) {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const set = (change: Partial<Filter>): void =>
    go(to('signals', { ...queryOf({ ...filterOf(route.peek().query), ...change }) }), true);
  const symbols = useMemo(() => {
    const seen = new Set([
      ...(overview.value?.feed?.symbols ?? []),
      ...feed.list.value.rows.slice(0, 500).map(({ symbol }) => symbol),
      ...(filter.symbol === '' ? [] : [filter.symbol]),
    ]);
    return [...seen].sort();
  }, [overview.value?.feed?.symbols, feed.heardAt.value === null, filter.symbol]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    <search class="filters">
      <select
        class="select"
        aria-label="State"
        value={filter.state}
        onChange={(event) => set({ state: event.currentTarget.value })}
      >
        <option value="">Any state</option>
        {SIGNAL_STATES.map((state) => (
          <option key={state} value={state}>
            {state}
          </option>
        ))}
      </select>
      <select
        class="select"
        aria-label="Symbol"
        value={filter.symbol}
        onChange={(event) => set({ symbol: event.currentTarget.value })}
      >
        <option value="">Any symbol</option>
        {symbols.map((symbol) => (
          <option key={symbol} value={symbol}>
            {symbol}
          </option>
        ))}
      </select>
      <input
        class="field"
        type="search"
        aria-label="Search signals"
        placeholder="Id, guard or reason"
        defaultValue={filter.search}
        onInput={(event) => {
          const { value } = event.currentTarget;
          clearTimeout(timer.current);
          timer.current = setTimeout(() => set({ search: value.trim() }), PAUSE_MS);
        }}
      />
    </search>
  );
}
