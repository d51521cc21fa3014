/** Does a guard earn its keep? What blocking saved, by the shadow trades of what it blocked. */
import type { TradingView } from '../../../src/inspector/contract.ts';
import { words } from '../format.ts';
import { Panel } from '../part/panel.tsx';
import { Empty } from '../part/state.tsx';
import { known } from './known.ts';
import { linear, reach } from './scale.ts';
import { cash, counted, span } from './words.ts';

type Guard = TradingView['guards'][number];

export function GuardsPanel({ view }: { readonly view: TradingView }) {
  const far = reach(view.guards.flatMap(({ saved_usd, interval }) => [saved_usd, ...(interval ?? [])]));
  return (
    <Panel title="Guards" note={`USD saved by blocking, ${span(view.window_ms)}, with 95 % interval`}>
      {view.guards.length === 0 ? (
        <Empty
          title="No guard has blocked anything"
          says="A guard is judged by the shadow trades of the signals it blocked."
        />
      ) : (
        <>
          <table class="table guards">
            <thead>
              <tr>
                <th scope="col">Guard</th>
                <th scope="col" class="num blocked">
                  Blocked
                </th>
                <th scope="col" class="axis">
                  <span>cost</span>
                  <span>saved</span>
                </th>
                <th scope="col" class="num">
                  USD
                </th>
                <th scope="col">Verdict</th>
              </tr>
            </thead>
            <tbody>
              {view.guards.map((guard) => (
                <Row key={guard.guard} guard={guard} far={far} />
              ))}
            </tbody>
          </table>
          <p class="says">
            The bar is what blocking saved by shadow trades that have ended (n), with fixed exits. It is no verdict:
            without an edge, blocking anything saves its costs. The verdict is that of <code>kintsugi report</code>,
            over all records: is what a guard blocks worse than what it lets pass? Filled: saves. Hollow: costs. Grey:
            no evidence.
          </p>
        </>
      )}
    </Panel>
  );
}

function Row({ guard, far }: { readonly guard: Guard; readonly far: number }) {
  const { verdict, shadows, saved_usd, interval } = guard;
  const low = known(interval?.[0]);
  const high = known(interval?.[1]);
  return (
    <tr>
      <th scope="row" title={guard.guard}>
        {words(guard.guard)}
      </th>
      <td class="num blocked">{counted(guard.blocked)}</td>
      <td class="axis">
        <Bar guard={guard} far={far} />
      </td>
      <td class="num">
        {cash(saved_usd, true)}
        {low !== null && high !== null && (
          <span class="range">
            {cash(low, true)} to {cash(high, true)}
          </span>
        )}
      </td>
      <td class="verdict">
        <span class={verdict === 'costs' ? 'warn' : verdict === 'saves' ? 'strong' : 'soft'}>
          {verdict ?? 'not known'}
        </span>
        <span class="range">n {counted(shadows)}</span>
      </td>
    </tr>
  );
}

function Bar({ guard: { guard, saved_usd, interval, verdict }, far }: { readonly guard: Guard; readonly far: number }) {
  // A whisker at the very edge must still show its cap.
  const place = linear([-far, far], [1, 99]);
  const saved = known(saved_usd);
  const low = saved === null ? null : known(interval?.[0]);
  const high = saved === null ? null : known(interval?.[1]);
  const at = (value: number): string => `${place(value)}%`;
  return (
    <svg width="100%" height="18" role="img" aria-label={`${words(guard)}: ${cash(saved, true)}`}>
      {saved !== null && <line class="zero" x1="50%" x2="50%" y1="0" y2="18" />}
      {saved !== null && (
        <rect
          class={verdict === 'saves' ? 'bar-saves' : verdict === 'costs' ? 'bar-costs' : 'bar-open'}
          x={at(Math.min(0, saved))}
          width={`${Math.abs(place(saved) - place(0))}%`}
          y="4"
          height="10"
          rx="1.5"
        />
      )}
      {low !== null && high !== null && (
        <>
          <line class="whisker" x1={at(low)} x2={at(high)} y1="9" y2="9" />
          <line class="whisker" x1={at(low)} x2={at(low)} y1="6" y2="12" />
          <line class="whisker" x1={at(high)} x2={at(high)} y1="6" y2="12" />
        </>
      )}
      {saved === null && (
        <text class="bar-none" x="50%" y="13" text-anchor="middle">
          {verdict === 'not enough data' ? 'too few shadows yet' : 'not known'}
        </text>
      )}
    </svg>
  );
}
