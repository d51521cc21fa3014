import { clockExact, count, unadorned } from '../format.ts';
import { JsonTree } from '../part/json-tree.tsx';
import { Part } from './part-of.tsx';
import { moment } from './store.ts';

const LINES = 8;

export function LogThen() {
  const known = moment.value.value;
  if (!known) return null;
  const near = [...known.log]
    .sort((a, b) => Math.abs(a.at - known.at) - Math.abs(b.at - known.at))
    .slice(0, LINES)
    .sort((a, b) => a.at - b.at);
  return (
    <>
      <Part title="Log at this instant">
        {near.length === 0 ? (
          <p class="dim">No line near it.</p>
        ) : (
          <ul class="log-lines">
            {near.map((one, at) => (
              <li key={`${one.at}-${at}`} class={one.level}>
                <span class="dim">{clockExact(one.at)}</span> {unadorned(one.message)}
              </li>
            ))}
          </ul>
        )}
      </Part>
      <Part title="Records of the event log">
        {known.records.length === 0 ? <p class="dim">None near it.</p> : <JsonTree value={known.records} open={1} />}
      </Part>
    </>
  );
}

export function TradingThen() {
  const known = moment.value.value;
  if (!known) return null;
  const states = Object.entries(known.by_state);
  if (states.length === 0 && known.positions.length === 0) return null;
  return (
    <Part title="Signals and positions">
      <p class="chips">
        {states.map(([state, n]) => (
          <span key={state} class="chip">
            {state} {count(n)}
          </span>
        ))}
      </p>
      {known.positions.length > 0 && (
        <ul class="paths">
          {known.positions.map(({ symbol, qty, entry }) => (
            <li key={symbol}>
              {symbol} {qty} at {entry}
            </li>
          ))}
        </ul>
      )}
    </Part>
  );
}
