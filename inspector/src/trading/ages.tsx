/** Signals by state, and the unfinished ones by age: a queue that grows old shows here first. */
import type { TradingView } from '../../../src/inspector/contract.ts';
import { Panel } from '../part/panel.tsx';
import { Empty } from '../part/state.tsx';
import { known } from './known.ts';
import { stackOf, startsOf } from './stack.ts';
import { limitAt, type Share, sharesOf, totalOf } from './states.ts';
import { counted, span } from './words.ts';

/** Parts of a bar that are not zero are at least this much of it. */
const LEAST = 0.8;

export function AgesPanel({ view }: { readonly view: TradingView }) {
  const shares = sharesOf(view.by_state);
  const total = totalOf(shares);
  return (
    <Panel title="Signals by state and age" note={`signals, ${span(view.window_ms)}; by age: those not finished, now`}>
      {total === 0 ? (
        <Empty
          title="No signal yet"
          says="Every signal is counted here by the state it is in, until it is learned or expired."
        />
      ) : (
        <div class="states">
          <Stack shares={shares} width={100} height={16} />
          <ul class="state-list">
            {shares.map(({ state, count, broken }) => (
              <li key={state} class={count === 0 ? 'none-of' : ''}>
                <i class={`swatch st-${state}`} aria-hidden="true" />
                <span>{state}</span>
                <b class="num">{broken ? 'not known' : counted(count)}</b>
              </li>
            ))}
          </ul>
          <Ages ages={view.ages} limit={view.stuck_after_ms} />
        </div>
      )}
    </Panel>
  );
}

/** Shares side by side, `width` % of the room. */
function Stack({
  shares,
  width,
  height,
}: {
  readonly shares: readonly Share[];
  readonly width: number;
  readonly height: number;
}) {
  const lengths = stackOf(
    shares.map(({ count }) => count),
    width,
    Math.min(LEAST, width),
  );
  const starts = startsOf(lengths);
  return (
    <svg class="stacked" width="100%" height={height} aria-hidden="true">
      {shares.map(({ state, count }, n) =>
        count > 0 ? (
          <rect
            key={state}
            class={`st-${state}`}
            x={`${starts[n] ?? 0}%`}
            width={`${lengths[n] ?? 0}%`}
            height={height}
          />
        ) : null,
      )}
    </svg>
  );
}

function Ages({ ages, limit }: { readonly ages: TradingView['ages']; readonly limit: number }) {
  if (ages.length === 0) return null;
  const rows = ages.map(({ by_state }) => sharesOf(by_state));
  const most = Math.max(1, ...rows.map(totalOf));
  const mark = limitAt(ages, limit);
  return (
    <ul class="ages" aria-label="Unfinished signals by age">
      {ages.map(({ up_to_ms }, n) => {
        const shares = rows[n] ?? [];
        const many = totalOf(shares);
        const from = known(ages[n - 1]?.up_to_ms);
        const name = known(up_to_ms) === null ? `over ${span(from)}` : `up to ${span(up_to_ms)}`;
        const parts = shares.filter(({ count }) => count > 0).map(({ state, count }) => `${counted(count)} ${state}`);
        return (
          <li key={name} class={mark?.before === n ? 'limit' : ''}>
            {mark?.before === n && (
              <span class="limit-says">
                stuck limit {span(limit)}
                {mark.within ? ', within this row' : ''}
              </span>
            )}
            <span class="age">{name}</span>
            <Stack shares={shares} width={(many / most) * 100} height={12} />
            <b class="num">{counted(many)}</b>
            <span class="parts">{parts.length > 0 ? parts.join(', ') : 'none'}</span>
          </li>
        );
      })}
    </ul>
  );
}
